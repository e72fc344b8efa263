"""What is due, and what becomes of due times that passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from burgrave.jobs.errors import BadTiming
from burgrave.jobs.terms import CatchUp, Decision, Overlap, Timing

GRACE = timedelta(minutes=5)
"""So late a due time still counts as met; beyond it, it passed while nothing ran."""
MOST_AT_ONCE = 50
MOST_COUNTED = 10_000


def must_be_sound(timing: Timing) -> None:
    """Return when the timing can be followed. Raises BadTiming."""
    if timing.zone not in available_timezones():
        raise BadTiming(
            "%(zone)s is no time zone",
            words={"zone": timing.zone[:100] or "–"},
            mend="Use a name of the IANA database, such as Europe/Berlin.",
        )
    if not timing.cron:
        return
    try:
        next(CronSim(timing.cron, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise BadTiming(
            "%(cron)s is no time that cron understands: %(fault)s",
            words={"cron": timing.cron[:100], "fault": str(error).lower()},
            mend="Give five fields: minute, hour, day of the month, month, day of the week. 15 3 * * * is 03:15 daily.",
        ) from error
    except StopIteration as error:
        raise BadTiming(
            "%(cron)s never comes",
            words={"cron": timing.cron[:100]},
            mend="Choose a day that exists.",
        ) from error


def following(timing: Timing, after: datetime) -> Iterator[datetime]:
    """The due times after ``after``, in UTC, without end. Raises BadTiming when cron has no further one."""
    if timing.every is not None:
        due = after
        while True:
            due += timing.every
            yield due
    local = after.astimezone(ZoneInfo(timing.zone))
    for due in CronSim(timing.cron, local):
        yield due.astimezone(UTC)
    raise BadTiming("%(cron)s never comes", words={"cron": timing.cron}, mend="Choose a day that exists.")


def first(timing: Timing, after: datetime) -> datetime:
    return next(following(timing, after))


def upcoming(timing: Timing, next_at: datetime, count: int) -> tuple[datetime, ...]:
    """The next ``count`` due times, ``next_at`` being the first."""
    return (next_at, *islice(following(timing, next_at), count - 1))


def decide(
    timing: Timing, *, due_at: datetime, now: datetime, catch_up: CatchUp, overlap: Overlap, is_open: bool
) -> Decision:
    """What becomes of ``due_at`` and of every due time after it up to ``now``; ``is_open``: an earlier run still is."""
    if due_at > now:
        raise ValueError(f"nothing is due before {due_at.isoformat()}, got now={now.isoformat()}")
    if catch_up is CatchUp.EACH:
        run = tuple(islice(_until(timing, due_at, now), MOST_AT_ONCE))
        return Decision(run=run, skipped=(), missed=0, missed_from=None, next_at=first(timing, run[-1]))
    count, newest = _counted(timing, due_at, now)
    next_at = first(timing, newest)
    too_late = catch_up is CatchUp.SKIP and now - newest > GRACE
    missed = count if too_late else count - 1
    run, skipped = ((), ()) if too_late else ((newest,), ())
    if run and is_open and overlap is Overlap.SKIP:
        run, skipped = (), run
    return Decision(run=run, skipped=skipped, missed=missed, missed_from=due_at if missed else None, next_at=next_at)


def _until(timing: Timing, due_at: datetime, now: datetime) -> Iterator[datetime]:
    yield due_at
    for due in following(timing, due_at):
        if due > now:
            return
        yield due


def _counted(timing: Timing, due_at: datetime, now: datetime) -> tuple[int, datetime]:
    """How many due times passed from ``due_at`` to ``now``, counted up to MOST_COUNTED, and the newest of them."""
    if timing.every is not None:
        steps = (now - due_at) // timing.every
        return steps + 1, due_at + steps * timing.every
    count, newest = 0, due_at
    for due in islice(_until(timing, due_at, now), MOST_COUNTED):
        count, newest = count + 1, due
    if count < MOST_COUNTED:
        return count, newest
    # Seconds do not count: from the minute after now backwards, the first is the newest that has come.
    local = now.astimezone(ZoneInfo(timing.zone)).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return count, next(CronSim(timing.cron, local, reverse=True)).astimezone(UTC)
