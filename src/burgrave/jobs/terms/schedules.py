"""Words of the schedules: what is due when, and what becomes of a due time that passed while nothing ran.

The five fields of *cron* and their meaning on the days when clocks change are those of Debian's cron: a time of day
that is left out in spring runs as soon as the clock has jumped, one that comes twice in autumn runs once; a schedule
that runs every hour or oftener follows the true time and does neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from burgrave.jobs.terms.queue import JobId, Json


class CatchUp(StrEnum):
    """What becomes of due times that passed while no worker ran: none of them, the newest only, or each of them."""

    SKIP = "skip"
    ONCE = "once"
    EACH = "each"


class Overlap(StrEnum):
    """What becomes of a due time while an earlier run is still open: passed over, or queued beside it."""

    SKIP = "skip"
    ALLOW = "allow"


class Outcome(StrEnum):
    """What became of a due time."""

    FIRED = "fired"
    BY_HAND = "by_hand"
    MISSED = "missed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When something is due: five fields of cron in a time zone of IANA, or an interval. Exactly one of the two."""

    cron: str = ""
    every: timedelta | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if bool(self.cron) == (self.every is not None):
            raise ValueError(f"a timing has cron or an interval, got cron={self.cron!r} and every={self.every}")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError(f"an interval is at least one second, got {self.every}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """A schedule as the code defines it. ``words`` says in English what it does; a page says it in other languages.

    ``name`` never changes; the administrator's changes of time, zone and pause are kept under it.
    """

    name: str
    kind: str
    timing: Timing
    words: str
    args: Mapping[str, Json] = field(default_factory=dict)
    catch_up: CatchUp = CatchUp.ONCE
    overlap: Overlap = Overlap.SKIP
    max_attempts: int = 5

    def __post_init__(self) -> None:
        if self.catch_up is CatchUp.EACH and self.overlap is Overlap.SKIP:
            raise ValueError(f"schedule {self.name}: to catch up with each due time, runs must be allowed to overlap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of the due times up to now. ``missed`` is a count that starts at ``missed_from``."""

    run: tuple[datetime, ...]
    skipped: tuple[datetime, ...]
    missed: int
    missed_from: datetime | None
    next_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringRow:
    """``count`` is more than one only for a stretch of missed due times, which begins at ``due_at``."""

    due_at: datetime
    at: datetime
    outcome: Outcome
    count: int
    job_id: JobId | None
    job_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """A schedule as it stands. ``own`` says that an administrator gave it another time than the code."""

    name: str
    kind: str
    words: str
    timing: Timing
    code_timing: Timing
    own: bool
    catch_up: CatchUp
    overlap: Overlap
    is_paused: bool
    next_run_at: datetime
    last_due_at: datetime | None
    last_job_id: JobId | None
    last_job_state: str
    missed: int
    version: int
    upcoming: tuple[datetime, ...] = ()
    firings: tuple[FiringRow, ...] = ()
