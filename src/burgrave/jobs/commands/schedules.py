"""Schedules follow the code, fire once for every due time, and are changed by hand.

The domain above asks for permission and writes the ledger: the queue lies below both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from burgrave.jobs import models
from burgrave.jobs.commands.queue import enqueue
from burgrave.jobs.errors import NoSuchSchedule, StaleSchedule
from burgrave.jobs.queries.timings import code_timing, timing_of
from burgrave.jobs.rules import schedules as rules
from burgrave.jobs.terms import OPEN_STATES, CatchUp, JobId, Outcome, Overlap, ScheduleSpec, Timing


@transaction.atomic
def write_schedules(specs: Iterable[ScheduleSpec], *, now: datetime) -> None:
    """The rows are those of the code; what an administrator changed stays changed. One that left the code is retired.

    Raises BadTiming when the code itself names a time that never comes.
    """
    rows = {row.name: row for row in models.Schedule.objects.select_for_update()}
    named = set()
    for spec in specs:
        rules.must_be_sound(spec.timing)
        named.add(spec.name)
        row = rows.get(spec.name)
        if row is None:
            row = models.Schedule(name=spec.name, next_run_at=rules.first(spec.timing, now))
            _follow(row, spec)
            row.save(force_insert=True)
            continue
        before, was_retired = timing_of(row), row.is_retired
        _follow(row, spec)
        if timing_of(row) != before or was_retired:
            row.next_run_at = rules.first(timing_of(row), now)
        row.save()
    models.Schedule.objects.exclude(name__in=named).update(is_retired=True)


def _follow(row: models.Schedule, spec: ScheduleSpec) -> None:
    row.kind, row.words, row.args, row.is_retired = spec.kind, spec.words, dict(spec.args), False
    row.code_cron, row.code_zone = spec.timing.cron, spec.timing.zone
    row.code_every_seconds = _seconds(spec.timing.every)
    row.catch_up, row.overlap, row.max_attempts = spec.catch_up, spec.overlap, spec.max_attempts


def fire_due(*, now: datetime) -> int:
    """Every due time up to ``now`` has become a job, or is kept as missed or passed over. Returns how many jobs.

    However many workers ask, one due time fires once: the row is locked, and the firing has a unique key.
    """
    due = models.Schedule.objects.filter(is_paused=False, is_retired=False, next_run_at__lte=now)
    return sum(_fire(name, now=now) for name in due.order_by("next_run_at", "name").values_list("name", flat=True))


@transaction.atomic
def _fire(name: str, *, now: datetime) -> int:
    rows = models.Schedule.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    row = rows.filter(pk=name, is_paused=False, is_retired=False, next_run_at__lte=now).first()
    if row is None:
        return 0
    decided = rules.decide(
        timing_of(row),
        due_at=row.next_run_at,
        now=now,
        catch_up=CatchUp(row.catch_up),
        overlap=Overlap(row.overlap),
        is_open=row.firings.filter(job__state__in=OPEN_STATES).exists(),
    )

    if decided.missed_from is not None:
        models.Firing.objects.create(
            schedule=row, due_at=decided.missed_from, at=now, outcome=Outcome.MISSED, count=decided.missed
        )
    for due_at in decided.skipped:
        models.Firing.objects.create(schedule=row, due_at=due_at, at=now, outcome=Outcome.SKIPPED)
    for due_at in decided.run:
        _enqueue(row, due_at=due_at, outcome=Outcome.FIRED, now=now)
    row.next_run_at = decided.next_at
    row.missed += decided.missed
    if decided.run:
        row.last_due_at = decided.run[-1]
    row.save(update_fields=["next_run_at", "missed", "last_due_at"])
    return len(decided.run)


def _enqueue(row: models.Schedule, *, due_at: datetime, outcome: Outcome, now: datetime) -> JobId:
    job_id = enqueue(
        row.kind,
        row.args,
        now=now,
        unique_key=f"schedule:{row.name}:{due_at.isoformat()}",
        max_attempts=row.max_attempts,
    )
    models.Firing.objects.create(schedule=row, due_at=due_at, at=now, outcome=outcome, job_id=job_id)
    return job_id


@transaction.atomic
def fire_now(name: str, *, now: datetime) -> JobId:
    """The schedule's job is queued once more, beside its due times. Raises NoSuchSchedule."""
    return _enqueue(_locked(name), due_at=now, outcome=Outcome.BY_HAND, now=now)


@transaction.atomic
def pause_schedule(name: str, *, is_paused: bool, now: datetime) -> None:
    """The schedule rests, or goes on with its next due time; what was due meanwhile is not made up for."""
    row = _locked(name)
    if row.is_paused and not is_paused:
        row.next_run_at = rules.first(timing_of(row), now)
    row.is_paused = is_paused
    row.version += 1
    row.save(update_fields=["is_paused", "next_run_at", "version"])


@transaction.atomic
def change_schedule(name: str, *, timing: Timing | None, version: int, now: datetime) -> None:
    """The schedule is due at other times from now on; ``None`` gives it those of the code again.

    Raises BadTiming, NoSuchSchedule or StaleSchedule.
    """
    row = _locked(name)
    if row.version != version:
        raise StaleSchedule(
            "somebody changed this schedule since you opened it; nothing was overwritten",
            mend="Look at the current state, and enter your change again.",
        )
    if timing is None or timing == code_timing(row):
        row.own_cron, row.own_every_seconds, row.own_zone = "", None, ""
    else:
        rules.must_be_sound(timing)
        row.own_cron, row.own_every_seconds, row.own_zone = timing.cron, _seconds(timing.every), timing.zone
    row.next_run_at = rules.first(timing_of(row), now)
    row.version += 1
    row.save(update_fields=["own_cron", "own_every_seconds", "own_zone", "next_run_at", "version"])


def _locked(name: str) -> models.Schedule:
    row = models.Schedule.objects.select_for_update().filter(pk=name, is_retired=False).first()
    if row is None:
        raise NoSuchSchedule("there is no schedule %(name)s", words={"name": name[:100]})
    return row


def _seconds(every: timedelta | None) -> int | None:
    return None if every is None else int(every.total_seconds())
