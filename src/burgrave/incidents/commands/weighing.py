"""What the assets of an alert need makes it more urgent; when their need changes, so does the alert."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.assets import queries as assets
from burgrave.incidents import models
from burgrave.incidents.rules.priority import priority
from burgrave.incidents.terms import REWEIGH_JOB, AlertsReweighed, AlertState, Level
from burgrave.jobs import commands as jobs
from burgrave.ledger import commands as ledger
from burgrave.people import queries as people
from burgrave.web.terms import Actor

UNDECIDED = (AlertState.NEW, AlertState.ACKNOWLEDGED, AlertState.ESCALATED)
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """What each computer's assets need at most, and how many levels the scheme has."""

    needs: Mapping[str, int]
    levels: int

    @classmethod
    def of(cls, unit_id: UUID, computers: Collection[str]) -> Scales:
        """Those for alerts of a unit: what is made up and what is real do not weigh on each other. Four statements."""
        return cls.among(computers, is_sample=unit_id in people.sample_units())

    @classmethod
    def among(cls, computers: Collection[str], *, is_sample: bool) -> Scales:
        needs = assets.highest_needs(computers, is_sample=is_sample)
        return cls(needs=needs, levels=len(assets.scheme().levels))

    def need(self, computer: str) -> int:
        return self.needs.get(computer, 0)

    def priority(self, level: Level, computer: str) -> Level:
        return priority(level, self.need(computer), levels=self.levels)


def ask_for_weighing(*, now: datetime) -> None:
    """A worker weighs all undecided alerts soon; while one waits for that, asking again adds nothing."""
    jobs.enqueue(REWEIGH_JOB, {}, now=now, unique_key=REWEIGH_JOB)


@transaction.atomic
def reweigh(*, actor: Actor, now: datetime) -> int:
    """Every undecided alert is as urgent as what its assets need now. Returns how many changed.

    What is decided keeps the priority by which it was decided. Statements grow with the computers of undecided alerts,
    never with the inventory.
    """
    changed = sum(_reweigh(is_sample=each) for each in (False, True))
    if changed:
        ledger.append(AlertsReweighed(alerts=changed), actor=actor, at=now)
    return changed


def _reweigh(*, is_sample: bool) -> int:
    undecided = models.Alert.objects.filter(state__in=UNDECIDED, unit__is_sample=is_sample)
    held = list(undecided.order_by().values_list("computer", "level", "need", "priority").distinct())
    scales = Scales.among({computer for computer, _level, _need, _priority in held}, is_sample=is_sample)
    moves: dict[tuple[str, int, Level], list[str]] = {}
    for computer, level, need, was in held:
        urgent = scales.priority(Level(level), computer)
        if (need, was) != (scales.need(computer), urgent):
            moves.setdefault((level, scales.need(computer), urgent), []).append(computer)
    changed = 0
    for (level, need, urgent), computers in moves.items():
        for start in range(0, len(computers), CHUNK):
            some = undecided.filter(level=level, computer__in=computers[start : start + CHUNK])
            keys = list(some.exclude(need=need, priority=urgent).values_list("pk", flat=True))
            for first in range(0, len(keys), CHUNK):
                found = models.Alert.objects.filter(pk__in=keys[first : first + CHUNK])
                changed += found.update(need=need, priority=urgent, priority_rank=urgent.rank)
    return changed
