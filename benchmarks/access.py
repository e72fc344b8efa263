"""How fast access is decided, beside Cedar and beside a naive walk up the tree, in one run.

Usage: python benchmarks/access.py [SECONDS]

An organisation of 500 units, seven levels deep, with 200 persons and 2,000 grants of the shipped roles, one in twenty
with an end, one in twenty over. Random requests (person, permission, unit), the same for all three. Printed: decisions
per second of one core's time (other work on the machine does not count), the sample, and the ratios; and what it costs
to compile the grants of a person, once a request. Cedar gets all policies in one set, parsed before.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import cedarpy

from burgrave.people import rules
from burgrave.people.terms import PERMISSIONS, ROLES, HeldGrant, PersonId, UnitId, UnitNode
from burgrave.web.terms import Actor

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
UNITS, PERSONS, GRANTS, REQUESTS, CEDAR_REQUESTS = 500, 200, 2_000, 200_000, 2_000
Request = tuple[PersonId, str, UnitId]


def organisation(draw: random.Random) -> tuple[list[UnitNode], dict[PersonId, list[HeldGrant]]]:
    """Units of at most seven levels, and the grants of each person."""
    nodes = [UnitNode(unit_id=UnitId(UUID(int=1)), parent_id=None)]
    depth = {nodes[0].unit_id: 0}
    while len(nodes) < UNITS:
        parent = draw.choice(nodes[-60:] if draw.random() < 0.5 else nodes)
        if depth[parent.unit_id] < 6:
            node = UnitNode(unit_id=UnitId(UUID(int=len(nodes) + 1)), parent_id=parent.unit_id)
            depth[node.unit_id] = depth[parent.unit_id] + 1
            nodes.append(node)
    persons = [PersonId(UUID(int=10_000 + number)) for number in range(PERSONS)]
    grants: dict[PersonId, list[HeldGrant]] = {person: [] for person in persons}
    for _ in range(GRANTS):
        person, (role, permissions) = draw.choice(persons), draw.choice(list(ROLES.items()))
        chance = draw.random()
        expires_at = NOW - timedelta(days=1) if chance < 0.05 else NOW + timedelta(days=9) if chance < 0.1 else None
        grants[person].append(
            HeldGrant(
                person_id=person,
                role=role,
                unit_id=draw.choice(nodes).unit_id,
                permissions=permissions,
                expires_at=expires_at,
            )
        )
    return nodes, grants


def naive(parents: dict[UnitId, UnitId | None], grants: dict[PersonId, list[HeldGrant]], request: Request) -> bool:
    """Walk up the tree, and look through all grants at each step."""
    person, permission, unit_id = request
    step: UnitId | None = unit_id
    while step is not None:
        for grant in grants[person]:
            alive = grant.expires_at is None or grant.expires_at > NOW
            if alive and grant.unit_id == step and permission in grant.permissions:
                return True
        step = parents[step]
    return False


def rate(run: Callable[[], int], *, seconds: float) -> tuple[float, int]:
    """Decisions per second of processor time, the median of the rounds that fit, and how many those were."""
    rates: list[float] = []
    until = time.process_time() + seconds
    while not rates or time.process_time() < until:
        begin = time.process_time()
        count = run()
        rates.append(count / (time.process_time() - begin))
    return statistics.median(rates), len(rates)


def cedar_of(nodes: list[UnitNode], grants: dict[PersonId, list[HeldGrant]]) -> tuple[str, list[dict[str, object]]]:
    """The same organisation as policies and entities."""
    policies = []
    for person, held in grants.items():
        for grant in held:
            if not grant.permissions:
                continue
            actions = ", ".join(f'Action::"{permission}"' for permission in sorted(grant.permissions))
            ends = f" when {{ context.now < {int(grant.expires_at.timestamp())} }}" if grant.expires_at else ""
            policies.append(
                f'permit (principal == User::"{person}", action in [{actions}], '
                f'resource in Unit::"{grant.unit_id}"){ends};'
            )
    entities: list[dict[str, object]] = [
        {
            "uid": {"type": "Unit", "id": str(node.unit_id)},
            "attrs": {},
            "parents": [{"type": "Unit", "id": str(node.parent_id)}] if node.parent_id else [],
        }
        for node in nodes
    ]
    entities += [{"uid": {"type": "User", "id": str(person)}, "attrs": {}, "parents": []} for person in grants]
    return "\n".join(policies), entities


def main() -> int:
    """Print the figures. Exit code 1 when the three do not agree."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    draw = random.Random(20260302)
    nodes, grants = organisation(draw)
    persons, permissions = list(grants), sorted(PERMISSIONS)
    requests: list[Request] = [
        (draw.choice(persons), draw.choice(permissions), draw.choice(nodes).unit_id) for _ in range(REQUESTS)
    ]
    parents = {node.unit_id: node.parent_id for node in nodes}
    tree = rules.tree_of(nodes)

    def compiled(person: PersonId) -> Actor:
        allowed = rules.compile_allowed(grants[person], tree, now=NOW)
        return Actor(person_id=person, label="x", name="x", allowed=allowed)

    actors = {person: compiled(person) for person in persons}
    answers = [actors[person].may(permission, unit_id) for person, permission, unit_id in requests]
    slow = [naive(parents, grants, request) for request in requests[:20_000]]

    def decide() -> int:
        for person, permission, unit_id in requests:
            actors[person].may(permission, unit_id)
        return len(requests)

    def walk() -> int:
        for request in requests[:20_000]:
            naive(parents, grants, request)
        return 20_000

    def compile_all() -> int:
        for person in persons:
            compiled(person)
        return len(persons)

    policies, entities = cedar_of(nodes, grants)
    # Parsed once, so that only deciding is measured.
    policy_set, entity_set = cedarpy.PolicySet.from_str(policies), cedarpy.Entities.from_json_str(json.dumps(entities))
    asked = [
        {
            "principal": f'User::"{person}"',
            "action": f'Action::"{permission}"',
            "resource": f'Unit::"{unit_id}"',
            "context": {"now": int(NOW.timestamp())},
        }
        for person, permission, unit_id in requests[:CEDAR_REQUESTS]
    ]
    cedar_answers: list[bool] = []

    def ask_cedar() -> int:
        given = cedarpy.is_authorized_batch(asked, policy_set, entity_set)
        cedar_answers[:] = [each.decision == cedarpy.Decision.Allow for each in given]
        return len(asked)

    fast, rounds = rate(decide, seconds=seconds)
    walked, walk_rounds = rate(walk, seconds=seconds)
    cedar, cedar_rounds = rate(ask_cedar, seconds=seconds)
    per_person, _ = rate(compile_all, seconds=1)
    agree = cedar_answers == answers[:CEDAR_REQUESTS] and slow == answers[:20_000]

    allowed = sum(answers)
    print(
        f"{UNITS} units, {PERSONS} persons, {GRANTS} grants; {REQUESTS:,} requests, {allowed:,} allowed; "
        "seconds of one core"
    )
    print(f"Burgrave, compiled   {fast:>12,.0f} decisions/s   median of {rounds} rounds of {REQUESTS:,}")
    print(f"naive walk           {walked:>12,.0f} decisions/s   median of {walk_rounds} rounds of 20,000")
    print(f"cedarpy, batch       {cedar:>12,.0f} decisions/s   median of {cedar_rounds} rounds of {CEDAR_REQUESTS:,}")
    print(f"Burgrave : naive walk = {fast / walked:.1f} : 1;  Burgrave : cedarpy = {fast / cedar:.0f} : 1")
    each = GRANTS / PERSONS
    print(f"compiling a person with {each:.0f} grants on average: {1e6 / per_person:.0f} µs, once a request")
    print(f"goal of 200,000 decisions/s: {'reached' if fast >= 200_000 else 'missed'} ({fast / 200_000:.1f} times)")
    print(f"all three agree: {agree}")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
