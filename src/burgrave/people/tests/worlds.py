"""Random organisations, as rows of the tables and, independently, as Cedar policies and entities.

The Cedar side is written from the promises of the domain and shares no code with it: a grant is a policy over a part of
the hierarchy of units, a delegation is one more policy with conditions, a deactivation is a ``forbid``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from burgrave.people import models
from burgrave.people.tests_cast import NOON

ACTIONS = ("people.read", "people.manage", "incidents.read", "incidents.close", "assets.edit", "ledger.read")
LENDABLE = tuple(action for action in ACTIONS if action != "people.manage")
HOURS = (-3, -1, 0, 1, 2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A grant; times are hours from noon."""

    key: UUID
    person: UUID
    role: str
    unit: UUID
    ends: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    key: UUID
    given: Given
    delegate: UUID
    units: tuple[UUID, ...]
    permissions: tuple[str, ...]
    begins: int
    ends: int
    taken_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """``parents`` in order, each after its parent."""

    parents: dict[UUID, UUID | None]
    active: dict[UUID, bool]
    roles: dict[str, tuple[str, ...]]
    given: list[Given] = field(default_factory=list)
    lent: list[Lent] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    person: UUID
    action: str
    unit: UUID
    hour: int

    @property
    def at(self) -> datetime:
        return NOON + timedelta(hours=self.hour)


def world_of(seed: int) -> World:
    """The random organisation of this seed."""
    draw = random.Random(seed)

    def key() -> UUID:
        return UUID(int=draw.getrandbits(128), version=4)

    parents: dict[UUID, UUID | None] = {key(): None}
    for _ in range(draw.randint(0, 14)):
        parents[key()] = draw.choice(list(parents))
    units = list(parents)
    active = {key(): draw.random() < 0.85 for _ in range(draw.randint(2, 6))}
    persons = list(active)
    roles = {
        f"role{number}": tuple(sorted(draw.sample(ACTIONS, draw.randint(0, len(ACTIONS)))))
        for number in range(draw.randint(1, 4))
    }
    world = World(parents=parents, active=active, roles=roles)
    taken = set()
    for _ in range(draw.randint(0, 10)):
        person, role, unit = draw.choice(persons), draw.choice(list(roles)), draw.choice(units)
        if (person, role, unit) not in taken:
            taken.add((person, role, unit))
            ends = draw.choice((None, *HOURS))
            world.given.append(Given(key=key(), person=person, role=role, unit=unit, ends=ends))
    for _ in range(draw.randint(0, 6) if world.given else 0):
        given = draw.choice(world.given)
        world.lent.append(
            Lent(
                key=key(),
                given=given,
                delegate=draw.choice(persons),
                # A unit may have been moved since it was chosen: it need not lie below that of the grant any more.
                units=tuple(draw.sample(units, draw.randint(0, min(2, len(units))))),
                permissions=tuple(sorted(draw.sample(LENDABLE, draw.randint(0, 2)))),
                begins=draw.choice(HOURS),
                ends=draw.choice(HOURS),
                taken_back=draw.random() < 0.2,
            )
        )
    return world


def requests_of(world: World, number: int, *, seed: int) -> list[Request]:
    """Random requests in that organisation."""
    draw = random.Random(seed)
    persons, units = list(world.active), list(world.parents)
    return [
        Request(
            person=draw.choice(persons), action=draw.choice(ACTIONS), unit=draw.choice(units), hour=draw.choice(HOURS)
        )
        for _ in range(number)
    ]


def write(world: World) -> None:
    """The tables hold this organisation."""

    def at(hour: int | None) -> datetime | None:
        return None if hour is None else NOON + timedelta(hours=hour)

    models.Unit.objects.bulk_create(
        models.Unit(pk=key, name=str(key), parent_id=parent, changed_at=NOON) for key, parent in world.parents.items()
    )
    root = next(iter(world.parents))
    models.Organisation.objects.create(name="Any", root_id=root, set_up_at=NOON)
    units = list(world.parents)
    models.Person.objects.bulk_create(
        models.Person(
            pk=key,
            email=f"{key}@example.org",
            name=str(key),
            unit_id=units[number % len(units)],
            is_active=is_active,
            joined_at=NOON,
            changed_at=NOON,
        )
        for number, (key, is_active) in enumerate(world.active.items())
    )
    models.Role.objects.bulk_create(
        models.Role(code=code, name=code, permissions=list(permissions), made_at=NOON)
        for code, permissions in world.roles.items()
    )
    models.Grant.objects.bulk_create(
        models.Grant(
            pk=each.key,
            person_id=each.person,
            role_id=each.role,
            unit_id=each.unit,
            expires_at=at(each.ends),
            granted_at=NOON,
        )
        for each in world.given
    )
    models.Delegation.objects.bulk_create(
        models.Delegation(
            pk=each.key,
            grant_id=each.given.key,
            delegate_id=each.delegate,
            units=[str(unit) for unit in each.units],
            permissions=list(each.permissions),
            reason="any",
            begins_at=at(each.begins),
            ends_at=at(each.ends),
            made_at=NOON,
            taken_back_at=NOON if each.taken_back else None,
        )
        for each in world.lent
    )


def policies_of(world: World) -> str:
    """The same organisation in the language of Cedar."""
    found = ["forbid (principal, action, resource) when { !principal.active };"]
    for given in world.given:
        ends = "" if given.ends is None else f" when {{ context.now < {given.ends} }}"
        if actions := _actions(world.roles[given.role]):
            found.append(
                f'permit (principal == User::"{given.person}", action in [{actions}], '
                f'resource in Unit::"{given.unit}"){ends};'
            )
    for lent in world.lent:
        given = lent.given
        role = [action for action in world.roles[given.role] if action != "people.manage"]
        actions = _actions(tuple(action for action in role if not lent.permissions or action in lent.permissions))
        if not actions or lent.taken_back:
            continue
        conditions = [
            f"context.now >= {lent.begins}",
            f"context.now < {lent.ends}",
            f'User::"{given.person}".active',
        ]
        if given.ends is not None:
            conditions.append(f"context.now < {given.ends}")
        if lent.units:
            conditions.append("(" + " || ".join(f'resource in Unit::"{unit}"' for unit in lent.units) + ")")
        found.append(
            f'permit (principal == User::"{lent.delegate}", action in [{actions}], '
            f'resource in Unit::"{given.unit}") when {{ {" && ".join(conditions)} }};'
        )
    return "\n".join(found)


def entities_of(world: World) -> list[dict[str, Any]]:
    """Persons with their state, and units in their hierarchy, as Cedar wants them."""
    persons = [
        {"uid": {"type": "User", "id": str(key)}, "attrs": {"active": is_active}, "parents": []}
        for key, is_active in world.active.items()
    ]
    units = [
        {
            "uid": {"type": "Unit", "id": str(key)},
            "attrs": {},
            "parents": [{"type": "Unit", "id": str(parent)}] if parent else [],
        }
        for key, parent in world.parents.items()
    ]
    return persons + units


def cedar_request(request: Request) -> dict[str, Any]:
    return {
        "principal": f'User::"{request.person}"',
        "action": f'Action::"{request.action}"',
        "resource": f'Unit::"{request.unit}"',
        "context": {"now": request.hour},
    }


def _actions(permissions: tuple[str, ...]) -> str:
    return ", ".join(f'Action::"{permission}"' for permission in permissions)
