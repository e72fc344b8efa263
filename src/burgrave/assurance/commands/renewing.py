"""Standings kept up to date: a run renews what its measure reaches, a change of links what lies above it, a day all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from burgrave.assurance import models
from burgrave.assurance.commands.rows import add_reach, add_standings
from burgrave.assurance.queries.plain import batches, reach_now
from burgrave.assurance.queries.standing import Key, World, evidence_since, keyed, said, world
from burgrave.engines.standing import (
    CheckState,
    MeasureState,
    Phase,
    Result,
    Run,
    Standing,
    counts_as,
    measure_by,
    standing_by,
    state_of,
)

Keyed = TypeVar("Keyed", UUID, Key)


def check_state(row: models.Check, *, today: date) -> CheckState:
    """What the newest run of a check says today."""
    if row.last_result is None or row.last_run_at is None or row.valid_until is None:
        return CheckState.NEVER_RUN
    return state_of(Run(0, row.last_run_at.date(), Result(row.last_result), row.valid_until), on=today)


def renew_measure(measure: models.Measure, *, today: date) -> None:
    """The measure's state follows its checks, and what it answers follows the measure. Called after a run."""
    states = [check_state(row, today=today) for row in measure.checks.filter(retired_at=None)]
    state = measure_by(Phase(measure.phase), states)
    reached = measure.reach.values_list("requirement_id", flat=True)
    if state == measure.state:
        restand(list(reached.filter(requirement__asked_since__isnull=False)), today=today)
        return
    measure.state = state
    models.Measure.objects.filter(pk=measure.pk).update(state=state)
    restand(list(reached), today=today)


def relink(requirement_ids: Collection[UUID], *, today: date) -> None:
    """What answers these requirements, and all that they answer in turn, is known anew; so is how they stand."""
    reach = reach_now(requirement_ids)
    _reach(reach, kept=[row for some in batches(reach) for row in _kept(Q(requirement_id__in=some))])
    restand(list(map(UUID, reach)), today=today)


def restand(requirement_ids: Collection[UUID], *, today: date) -> None:
    """How these requirements stand follows the states of what answers them and their open findings."""
    for some in batches(requirement_ids):
        rows = models.Requirement.objects.filter(pk__in=some)
        kept = list(rows.values_list("pk", "withdrawn_at", "asked_since", "derived__standing"))
        asked = {key: since for key, left, since, _standing in kept if since is not None and left is None}
        states = _states(some, asked=asked)
        found = set(
            models.FindingRequirement.objects.filter(requirement_id__in=some, finding__state="open").values_list(
                "requirement_id", flat=True
            )
        )
        right = {key: standing_by(states[key], has_open_finding=key in found) for key, left, *_ in kept if left is None}
        known: dict[UUID, int | None] = {key: standing for key, *_, standing in kept}
        _write(right, known={key: each for key, each in known.items() if each is not None}, today=today)


def _states(some: list[UUID], *, asked: Mapping[UUID, datetime]) -> Mapping[UUID, set[MeasureState]]:
    """What the measures do that answer each; evidence from before a requirement asked this is stale there."""
    reach = models.Reach.objects.filter(requirement_id__in=some)
    state = Coalesce("measure__state", int(MeasureState.UNPROVEN))  # no measure: a clause that nothing proves
    pairs = list(reach.values_list("requirement_id", "measure_id", state))
    oldest = evidence_since({measure for key, measure, _ in pairs if key in asked and measure}) if asked else {}
    states: dict[UUID, set[MeasureState]] = defaultdict(set)
    for key, measure, each in pairs:
        is_outdated = key in asked and measure in oldest and oldest[measure] < asked[key]
        states[key].add(counts_as(MeasureState(each), is_outdated=is_outdated))
    return states


def _write(right: Mapping[UUID, Standing], *, known: Mapping[UUID, int], today: date) -> None:
    models.DerivedStanding.objects.filter(pk__in=known.keys() - right.keys()).delete()
    models.DerivedStanding.objects.bulk_create(
        [
            models.DerivedStanding(requirement_id=key, standing=standing, on=today)
            for key, standing in right.items()
            if key not in known
        ]
    )
    for standing, keys in _grouped(right, known).items():
        models.DerivedStanding.objects.filter(pk__in=keys).update(standing=standing, on=today)


@transaction.atomic
def renew_all(*, today: date) -> int:
    """Every state and standing is of today: with the day, evidence grows stale. Returns how many standings changed."""
    now = world(today)
    _checks(today)
    _measures(now)
    _reach(now.reach, kept=_kept(Q()))
    return _standings(now)


Kept = tuple[int, Key, Key | None]


def _kept(of: Q) -> Iterable[Kept]:
    return models.Reach.objects.filter(of).values_list("pk", keyed("requirement_id"), keyed("measure_id"))


def _reach(wanted: Mapping[Key, frozenset[Key | None]], *, kept: Iterable[Kept]) -> None:
    """What is kept of these requirements is what is wanted."""
    known = {(requirement, measure): key for key, requirement, measure in kept}
    right = {(requirement, measure) for requirement, measures in wanted.items() for measure in measures}
    for some in batches([key for pair, key in known.items() if pair not in right]):
        models.Reach.objects.filter(pk__in=some).delete()
    add_reach(sorted(right - known.keys(), key=str))


def _checks(today: date) -> None:
    """Checks say what their latest run says today."""
    state = said(today, result="last_result", valid_until="valid_until")
    models.Check.objects.filter(retired_at=None, last_result__isnull=False).exclude(state=state).update(state=state)


def _measures(now: World) -> None:
    known = dict(models.Measure.objects.values_list(keyed("pk"), "state"))
    for state, keys in _grouped(now.measure_states(), known).items():
        for some in batches(keys):
            models.Measure.objects.filter(pk__in=some).update(state=state)


def _standings(now: World) -> int:
    known = dict(models.DerivedStanding.objects.values_list(keyed("pk"), "standing"))
    right = dict(zip(now.requirements, now.book.standings(), strict=True))
    gone, new = known.keys() - right.keys(), [key for key in right if key not in known]
    for some in batches(gone):
        models.DerivedStanding.objects.filter(pk__in=some).delete()
    add_standings([(key, right[key]) for key in new], on=now.on)
    changed = _grouped(right, known)
    for standing, keys in changed.items():
        for some in batches(keys):
            models.DerivedStanding.objects.filter(pk__in=some).update(standing=standing)
    models.DerivedStanding.objects.exclude(on=now.on).update(on=now.on)
    return len(gone) + len(new) + sum(map(len, changed.values()))


def _grouped(right: Mapping[Keyed, int], known: Mapping[Keyed, int]) -> Mapping[int, list[Keyed]]:
    """What is known otherwise than it is right, by what is right."""
    found: dict[int, list[Keyed]] = defaultdict(list)
    for key, each in right.items():
        if key in known and known[key] != each:
            found[each].append(key)
    return found
