"""The units and people of the sample."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from burgrave.people import commands as people
from burgrave.people.terms import SamplePerson
from burgrave.sample.commands.making import Loading
from burgrave.sample.rules import content
from burgrave.sample.rules import people as plans
from burgrave.sample.rules.people import PersonPlan
from burgrave.sample.terms import TREES
from burgrave.web.terms import PersonId, UnitId

COMPANY = "company"


@transaction.atomic
def load_people(loading: Loading) -> None:
    """The units of this copy stand, unless an earlier copy made them, and everybody works there."""
    if loading.copy < TREES:
        loading.trees[loading.copy] = _units(loading)
    planned = plans.people(loading.wanted.tongue, seed=loading.wanted.seed, copy=loading.copy)

    keys = people.add_sample_people([_person(loading, plan) for plan in planned], actor=loading.actor, now=loading.now)

    loading.persons = {plan.key: PersonId(key) for plan, key in zip(planned, keys, strict=True)}
    loading.count(persons=len(keys))


def _units(loading: Loading) -> dict[str, UnitId]:
    made: dict[str, UnitId] = {}
    for line in content.units():
        name = line.name.said(loading.wanted.tongue)
        if line.key == COMPANY and not loading.copy:
            made[line.key] = loading.root
            continue
        made[line.key] = people.add_unit(
            name=f"{name} {loading.copy + 1:03d}" if line.key == COMPANY else name,
            parent_id=made[line.below] if line.below else loading.root,
            actor=loading.actor,
            now=loading.now,
        )
        loading.count(units=1)
    return made


def _person(loading: Loading, plan: PersonPlan) -> SamplePerson:
    now = loading.now
    return SamplePerson(
        email=plan.email,
        name=plan.name,
        unit_id=loading.units[plan.unit],
        joined_at=now - timedelta(days=plan.joined_days_ago),
        language=str(loading.wanted.tongue),
        time_zone=plan.time_zone,
        roles=tuple(
            (role, loading.units[unit], now + timedelta(days=days) if days else None) for role, unit, days in plan.roles
        ),
    )
