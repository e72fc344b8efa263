"""Standings kept up to date: a run renews what its measure reaches, a change of links what lies above it, a day all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce

from burgrave.assurance import models
from burgrave.assurance.queries.plain import batches, reach_now
from burgrave.assurance.queries.standing import World, world
from burgrave.engines.standing import (
    CheckState,
    MeasureState,
    Phase,
    Result,
    Run,
    Standing,
    measure_by,
    standing_by,
    state_of,
)

AT_ONCE = 500


def check_state(row: models.Check, *, today: date) -> CheckState:
    """What the newest run of a check says today."""
    if row.last_result is None or row.last_run_at is None or row.valid_until is None:
        return CheckState.NEVER_RUN
    return state_of(Run(0, row.last_run_at.date(), Result(row.last_result), row.valid_until), on=today)


def renew_measure(measure: models.Measure, *, today: date) -> None:
    """The measure's state follows its checks, and what it answers follows the measure. Called after a run."""
    said = [check_state(row, today=today) for row in measure.checks.filter(retired_at=None)]
    state = measure_by(Phase(measure.phase), said)
    if state == measure.state:
        return
    measure.state = state
    models.Measure.objects.filter(pk=measure.pk).update(state=state)
    restand(list(measure.reach.values_list("requirement_id", flat=True)), today=today)


def relink(requirement_ids: Collection[UUID], *, today: date) -> None:
    """What answers these requirements, and all that they answer in turn, is known anew; so is how they stand."""
    reach = reach_now(requirement_ids)
    standing: dict[UUID, dict[UUID | None, int]] = defaultdict(dict)
    for some in batches(reach):
        rows = models.Reach.objects.filter(requirement_id__in=some).values_list("requirement_id", "measure_id", "pk")
        for requirement, measure, key in rows:
            standing[requirement][measure] = key
    gone = [
        key
        for requirement, known in standing.items()
        for measure, key in known.items()
        if measure not in reach[requirement]
    ]
    for first in range(0, len(gone), AT_ONCE):
        models.Reach.objects.filter(pk__in=gone[first : first + AT_ONCE]).delete()
    new = [
        models.Reach(requirement_id=requirement, measure_id=measure)
        for requirement, measures in reach.items()
        for measure in measures - set(standing[requirement])
    ]
    models.Reach.objects.bulk_create(new, batch_size=AT_ONCE)
    restand(reach, today=today)


def restand(requirement_ids: Collection[UUID], *, today: date) -> None:
    """How these requirements stand follows the states of what answers them and their open findings."""
    for some in batches(requirement_ids):
        in_force = set(models.Requirement.objects.filter(pk__in=some, withdrawn_at=None).values_list("pk", flat=True))
        states: dict[UUID, set[MeasureState]] = defaultdict(set)
        reach = models.Reach.objects.filter(requirement_id__in=some)
        said = Coalesce("measure__state", int(MeasureState.UNPROVEN))  # no measure: a clause that nothing proves
        for requirement, state in reach.values_list("requirement_id", said):
            states[requirement].add(MeasureState(state))
        found = set(
            models.FindingRequirement.objects.filter(requirement_id__in=some, finding__state="open").values_list(
                "requirement_id", flat=True
            )
        )
        _write(
            {key: standing_by(states[key], has_open_finding=key in found) for key in in_force},
            gone=set(some) - in_force,
            today=today,
        )


def _write(standings: dict[UUID, Standing], *, gone: set[UUID], today: date) -> None:
    known = dict(
        models.DerivedStanding.objects.filter(pk__in=[*standings, *gone]).values_list("requirement_id", "standing")
    )
    models.DerivedStanding.objects.filter(pk__in=gone & set(known)).delete()
    models.DerivedStanding.objects.bulk_create(
        [
            models.DerivedStanding(requirement_id=key, standing=standing, on=today)
            for key, standing in standings.items()
            if key not in known
        ]
    )
    changed: dict[Standing, list[UUID]] = defaultdict(list)
    for key, standing in standings.items():
        if key in known and known[key] != standing:
            changed[standing].append(key)
    for standing, keys in changed.items():
        models.DerivedStanding.objects.filter(pk__in=keys).update(standing=standing, on=today)


@transaction.atomic
def renew_all(*, today: date) -> int:
    """Every state and standing is of today: with the day, evidence grows stale. Returns how many standings changed."""
    now = world(today)
    _measures(now)
    _checks(now)
    before = dict(models.DerivedStanding.objects.values_list("requirement_id", "standing"))
    relinked = models.Reach.objects.values_list("requirement_id", "measure_id")
    known: dict[UUID, set[UUID | None]] = defaultdict(set)
    for requirement, measure in relinked:
        known[requirement].add(measure)
    differing = {key for key, measures in now.reach.items() if known.pop(key, set()) != measures} | set(known)
    if differing:
        relink(differing, today=today)
    standings = now.standings()
    changed = {key for key, standing in standings.items() if before.get(key) != standing} | (
        set(before) - set(standings)
    )
    restand(changed, today=today)
    models.DerivedStanding.objects.exclude(on=today).update(on=today)
    return len(changed)


def _measures(now: World) -> None:
    states = now.measure_states()
    known = dict(models.Measure.objects.values_list("pk", "state"))
    _update(models.Measure, {key: state for key, state in states.items() if known[key] != state})


def _checks(now: World) -> None:
    states = {key: now.book.check(place) for place, key in enumerate(now.checks)}
    known = dict(models.Check.objects.values_list("pk", "state"))
    _update(models.Check, {key: state for key, state in states.items() if known[key] != state})


def _update(
    table: type[models.Measure | models.Check], states: dict[UUID, MeasureState] | dict[UUID, CheckState]
) -> None:
    by_state: dict[int, list[UUID]] = defaultdict(list)
    for key, state in states.items():
        by_state[int(state)].append(key)
    for number, keys in by_state.items():
        for some in batches(keys):
            table.objects.filter(pk__in=some).update(state=number)
