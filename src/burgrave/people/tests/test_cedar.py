"""Cedar judges the same organisations: no disagreement, and a list shows exactly what the decision allows."""

from __future__ import annotations

import os
from collections import Counter

import cedarpy
import pytest
from django.db import transaction

from burgrave.people import models, queries, rules
from burgrave.people.rules.explaining import explain
from burgrave.people.terms import UnitId
from burgrave.people.tests import worlds
from burgrave.web.terms import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.one_round]

REQUESTS = 250
"""Asked in each organisation."""


def judged_by_cedar(world: worlds.World, asked: list[worlds.Request]) -> list[bool]:
    answers = cedarpy.is_authorized_batch(
        [worlds.cedar_request(request) for request in asked], worlds.policies_of(world), worlds.entities_of(world)
    )
    for answer in answers:
        assert answer.diagnostics.errors == []
    return [answer.decision == cedarpy.Decision.Allow for answer in answers]


def disagreements(seed: int) -> tuple[list[str], Counter[bool]]:
    """Where Burgrave, Cedar, the explanation or the filter of a list say different things in one organisation."""
    world = worlds.world_of(seed)
    asked = worlds.requests_of(world, REQUESTS, seed=seed)
    expected = judged_by_cedar(world, asked)
    found: list[str] = []
    with transaction.atomic():
        worlds.write(world)
        actors: dict[tuple[object, int], Actor] = {}
        for request, allowed in zip(asked, expected, strict=True):
            place = (request.person, request.hour)
            if place not in actors:
                actors[place] = queries.actor_of(request.person, request.at)
            actor, unit = actors[place], UnitId(request.unit)
            if actor.may(request.action, unit) is not allowed:
                found.append(f"seed {seed}: Cedar says {allowed} to {request}")
            if _explained(request) is not allowed:
                found.append(f"seed {seed}: the explanation contradicts Cedar's {allowed} to {request}")
        for (person, hour), actor in actors.items():
            for action in worlds.ACTIONS:
                listed = set(
                    models.Unit.objects.filter(queries.within(actor, action, "pk")).values_list("pk", flat=True)
                )
                allowed_units = {unit for unit in world.parents if actor.may(action, UnitId(unit))}
                seen = set(models.Person.objects.filter(queries.within(actor, action)).values_list("pk", flat=True))
                expected_seen = {
                    each.pk for each in models.Person.objects.all() if actor.may(action, UnitId(each.unit_id))
                }
                if listed != allowed_units or set(actor.units(action)) != allowed_units or seen != expected_seen:
                    found.append(f"seed {seed}: the list of {action} for {person} at {hour}")
        transaction.set_rollback(True)
    return found, Counter(expected)


def _explained(request: worlds.Request) -> bool:
    person = models.Person.objects.get(pk=request.person)
    return explain(
        queries.explaining.claims_of([person.pk])[person.pk],  # type: ignore[index]  # the key is the same UUID
        permission=request.action,
        unit_id=UnitId(request.unit),
        is_active=person.is_active,
        tree=queries.access.current_tree(),
        now=request.at,
    ).allowed


def test_no_disagreement_in_eight_organisations() -> None:
    counts: Counter[bool] = Counter()
    for seed in range(8):
        found, counted = disagreements(seed)
        assert found == []
        counts += counted
    assert counts[True] > 200
    assert counts[False] > 200


def test_a_decision_that_forgets_the_end_of_a_grant_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "holds", lambda _grant, *, now: bool(now))
    monkeypatch.setattr(queries.access, "standing", lambda _now: models.models.Q())
    assert any(disagreements(seed)[0] for seed in range(8))


@pytest.mark.slow
def test_no_disagreement_on_many_requests() -> None:
    """2,000 requests in every run of the suite (1,000 on PostgreSQL), 100,000 with BURGRAVE_THOROUGH=1."""
    # Fewer where each of the twenty statements of a request crosses to a server.
    each_run = 1_000 if "DATABASE_URL" in os.environ else 2_000
    requests = 100_000 if os.environ.get("BURGRAVE_THOROUGH") else each_run
    for seed in range(1_000, 1_000 + requests // REQUESTS):
        found, _counted = disagreements(seed)
        assert found == []
