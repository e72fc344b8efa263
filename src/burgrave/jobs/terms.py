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
