"""Schedules are changed, paused, and run by hand."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.jobs import commands as jobs
from burgrave.jobs import queries
from burgrave.jobs.terms import JobId, Timing
from burgrave.ledger import commands as ledger
from burgrave.operations.commands.access import must_manage
from burgrave.operations.terms import ScheduleChanged, SchedulePaused, ScheduleResumed, ScheduleRunByHand
from burgrave.web.terms import Actor


@transaction.atomic
def change_schedule(name: str, *, timing: Timing | None, version: int, actor: Actor, now: datetime) -> None:
    """The schedule is due at these times from now on, or at those of the code again (``None``).

    Raises Forbidden, BadTiming, NoSuchSchedule or StaleSchedule.
    """
    must_manage(actor)

    jobs.change_schedule(name, timing=timing, version=version, now=now)

    row = queries.schedule(name)
    every = row.timing.every
    ledger.append(
        ScheduleChanged(
            schedule=name,
            from_code=not row.own,
            cron=row.timing.cron,
            every_seconds=None if every is None else int(every.total_seconds()),
            time_zone=row.timing.zone,
        ),
        actor=actor,
        at=now,
    )


@transaction.atomic
def pause_schedule(name: str, *, actor: Actor, now: datetime) -> None:
    """The schedule rests until it is resumed; nothing is recorded when it rests already."""
    must_manage(actor)
    if queries.schedule(name).is_paused:
        return

    jobs.pause_schedule(name, is_paused=True, now=now)

    ledger.append(SchedulePaused(schedule=name), actor=actor, at=now)


@transaction.atomic
def resume_schedule(name: str, *, actor: Actor, now: datetime) -> None:
    """The schedule goes on with its next due time; what was due meanwhile is not made up for."""
    must_manage(actor)
    if not queries.schedule(name).is_paused:
        return

    jobs.pause_schedule(name, is_paused=False, now=now)

    ledger.append(ScheduleResumed(schedule=name), actor=actor, at=now)


@transaction.atomic
def run_schedule(name: str, *, actor: Actor, now: datetime) -> JobId:
    """The schedule's job is queued once more, now. Raises Forbidden or NoSuchSchedule."""
    must_manage(actor)

    number = jobs.fire_now(name, now=now)

    ledger.append(ScheduleRunByHand(schedule=name, job_number=number), actor=actor, at=now)
    return number
