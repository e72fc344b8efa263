"""When a job runs again, and how fast it goes."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=10)


def wait_after(attempts: int) -> timedelta:
    """The pause before the next attempt: doubled each time, from two seconds up to ten minutes."""
    if attempts < 1:
        raise ValueError(f"a pause follows at least one attempt, got attempts={attempts}")
    doublings = min(attempts - 1, 20)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def rate(done: int, *, since: datetime | None, now: datetime) -> float | None:
    """Units per second since ``since``; None before there is something to divide."""
    if since is None or done <= 0:
        return None
    seconds = (now - since).total_seconds()
    return done / seconds if seconds > 0 else None


def seconds_left(done: int, total: int, per_second: float | None) -> float | None:
    """The time that the rest takes at this rate; None while the rate or the total is unknown."""
    if per_second is None or total <= 0:
        return None
    return max(0, total - done) / per_second
