"""What the domain appends to the ledger. What a job does is recorded by the domain that owns the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from burgrave.ledger.terms import Record


def job_subject(number: int) -> str:
    return f"operations.job:{number}"


def schedule_subject(name: str) -> str:
    return f"operations.schedule:{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfJob(Record):
    job_number: int
    job_kind: str

    def subjects(self) -> tuple[str, ...]:
        return (job_subject(self.job_number),)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRetried(_OfJob):
    """A failed job waits for a worker again."""

    kind: ClassVar[str] = "operations.job_retried"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled(_OfJob):
    """A waiting job was cancelled, or a running one was asked to stop."""

    kind: ClassVar[str] = "operations.job_cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsRetried(Record):
    """Failed jobs of a kind wait again."""

    kind: ClassVar[str] = "operations.jobs_retried"
    job_kind: str
    job_numbers: tuple[int, ...]

    def subjects(self) -> tuple[str, ...]:
        return ("operations.jobs",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfSchedule(Record):
    schedule: str

    def subjects(self) -> tuple[str, ...]:
        return (schedule_subject(self.schedule),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged(_OfSchedule):
    """The schedule is due at these times now. ``from_code``: they are those that ship with Burgrave."""

    kind: ClassVar[str] = "operations.schedule_changed"
    from_code: bool
    cron: str
    every_seconds: int | None
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePaused(_OfSchedule):
    kind: ClassVar[str] = "operations.schedule_paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleResumed(_OfSchedule):
    kind: ClassVar[str] = "operations.schedule_resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRunByHand(_OfSchedule):
    kind: ClassVar[str] = "operations.schedule_run_by_hand"
    job_number: int
