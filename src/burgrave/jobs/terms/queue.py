"""Words of the job queue: at-least-once delivery, a lease that is renewed, and a fencing token.

*Lease* and *fencing token* as in Kleppmann, "Designing Data-Intensive Applications", chapter 8: the token grows with
every claim, so that a worker that slept through the end of its lease can no longer write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol, TypeAlias

JobId = NewType("JobId", int)
Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Args: TypeAlias = Mapping[str, Json]

LEASE = timedelta(seconds=30)
BEAT = timedelta(seconds=5)
"""How often a worker is heard."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        return self in OPEN_STATES


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


class Lease(Protocol):
    """What a running job holds: the right to write its effects, until the lease ends."""

    @property
    def attempt(self) -> int:
        """How many workers have claimed this job, this one included; 1 at the first run."""

    def now(self) -> datetime: ...

    def progress(self, done: int, total: int, note: str = "") -> None:
        """The page shows ``done`` of ``total``, and the lease is renewed. Raises LeaseLost or Cancelled."""

    def effects(self) -> AbstractContextManager[None]:
        """A transaction that commits only while this worker holds the job. Raises LeaseLost or Cancelled."""

    def final_effects(self) -> AbstractContextManager[None]:
        """Like ``effects``; the job is done in the same commit."""


JobFunction: TypeAlias = Callable[[Lease, Args], None]
Registry: TypeAlias = Mapping[str, JobFunction]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPolicy:
    """How jobs of a kind are treated. ``concurrency`` 0 means without limit.

    The pause after attempt *n* is ``first_wait`` doubled *n - 1* times, at most ``longest_wait``; a random share of it,
    up to ``jitter``, is taken away, so that what failed together is not tried again together. ``is_long`` keeps a kind
    off the lane that is kept free for short work.
    """

    first_wait: timedelta = timedelta(seconds=2)
    longest_wait: timedelta = timedelta(minutes=10)
    jitter: float = 0.2
    concurrency: int = 0
    is_long: bool = False

    def __post_init__(self) -> None:
        if not timedelta() < self.first_wait <= self.longest_wait:
            raise ValueError(
                f"a policy needs 0 < first_wait <= longest_wait, got {self.first_wait} and {self.longest_wait}"
            )
        if not 0 <= self.jitter < 1:
            raise ValueError(f"the jitter is a share of at least 0 and less than 1, got {self.jitter:g}")
        if self.concurrency < 0:
            raise ValueError(f"the concurrency of a kind is 0 or more, got {self.concurrency}")


Policies: TypeAlias = Mapping[str, KindPolicy]


class AttemptEnd(StrEnum):
    """How an attempt ended. ``LOST``: its worker was silent beyond the lease, killed most likely."""

    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    GIVEN_BACK = "given_back"
    LOST = "lost"


class WorkerState(StrEnum):
    """``SILENT``: no beat for longer than four beats take, and no farewell."""

    ALIVE = "alive"
    SILENT = "silent"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job as a page shows it. ``rate_per_second`` is an average since this attempt began; None while unknown."""

    job_id: JobId
    kind: str
    state: JobState
    attempts: int
    max_attempts: int
    done: int
    total: int
    note: str
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rate_per_second: float | None
    seconds_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt; ``number`` is its fencing token, so it goes on counting when a job is tried again by hand."""

    number: int
    worker: str
    begun_at: datetime
    ended_at: datetime | None
    end: AttemptEnd
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job with everything that its page shows. In ``args`` whatever may be a secret is withheld."""

    row: JobRow
    args: tuple[tuple[str, str], ...]
    unique_key: str
    priority: int
    run_at: datetime
    worker: str
    is_cancel_asked: bool
    attempts: tuple[AttemptRow, ...]
    older_attempts: int
    schedule: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What a list of jobs is cut down to; empty means everything, several values of a field mean *or*."""

    states: tuple[JobState, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFigures:
    """How many jobs of a kind are in which state now."""

    kind: str
    waiting: int
    running: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """How the queue is. ``oldest_due_at`` is the due time that has waited longest; the last three count one hour."""

    at: datetime
    due: int
    later: int
    running: int
    failed: int
    oldest_due_at: datetime | None
    done_last_hour: int
    failed_last_hour: int
    mean_seconds: float | None
    kinds: tuple[KindFigures, ...]

    @property
    def oldest_due_seconds(self) -> float | None:
        return None if self.oldest_due_at is None else max(0.0, (self.at - self.oldest_due_at).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A process that runs jobs. ``jobs`` are those that it holds now, as (number, kind)."""

    name: str
    host: str
    state: WorkerState
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None
    jobs: tuple[tuple[JobId, str], ...]
