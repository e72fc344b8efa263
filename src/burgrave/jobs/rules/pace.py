"""When a job runs again, how fast it goes, and whether whoever runs it is still there."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from burgrave.jobs.terms import BEAT, Json, KindPolicy, WorkerState

SILENT_AFTER = 4 * BEAT
_SECRET = re.compile(r"pass|secret|token|key|credential|authori[sz]|cookie|private", re.IGNORECASE)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OF_DATABASES = frozenset({"OperationalError", "DiskFull"})
_FULL = re.compile(r"disk is full|could not extend file|no space left", re.IGNORECASE)
LONGEST_ARGUMENT = 200
WITHHELD = "…"


def wait_after(attempts: int, *, policy: KindPolicy, chance: float) -> timedelta:
    """The pause before the next attempt; ``chance`` is drawn from 0 to 1 and decides how much the jitter takes away."""
    if attempts < 1:
        raise ValueError(f"a pause follows at least one attempt, got attempts={attempts}")
    doublings = min(attempts - 1, 20)
    return min(policy.first_wait * (1 << doublings), policy.longest_wait) * (1 - policy.jitter * chance)


def is_out_of_room(error: BaseException | None) -> bool:
    """Whether a disk or quota was full, of this machine or of its database: what was tried may succeed later."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        if type(error).__name__ in _OF_DATABASES and _FULL.search(str(error)):
            return True
        error = error.__cause__
    return False


def worker_state(*, beat_at: datetime, stopped_at: datetime | None, now: datetime) -> WorkerState:
    """A worker that said farewell has stopped; one that merely is not heard any more is silent."""
    if stopped_at is not None:
        return WorkerState.STOPPED
    return WorkerState.SILENT if now - beat_at > SILENT_AFTER else WorkerState.ALIVE


def shown_args(args: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """The arguments as a page shows them: what is named like a secret is withheld, what is long is cut."""
    return tuple((name, WITHHELD if _SECRET.search(name) else _shown(value)) for name, value in sorted(args.items()))


def _shown(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {shown}" for name, shown in shown_args(value)) + "}"
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)[:LONGEST_ARGUMENT]
    text = str(value)
    return text if len(text) <= LONGEST_ARGUMENT else f"{text[:LONGEST_ARGUMENT]}…"


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
