"""Words of procedure runs: a published procedure, gone through step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

RunId = NewType("RunId", UUID)

NOTE_MAX = 2_000
LONGEST_RUN_DAYS, LONGEST_CADENCE_DAYS = 366, 1_100


class RunState(StrEnum):
    OPEN = "open"
    FINISHED = "finished"
    ABANDONED = "abandoned"


class StepState(StrEnum):
    """``SKIPPED`` was left out and ``DEVIATED`` was done otherwise than written; both with a reason."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    DEVIATED = "deviated"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """A step as the procedure has it: who does it, and whether something must show that it was done."""

    identifier: str
    text: str
    role: str
    asks_evidence: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """How a run is started. Raises BadInput."""

    document_id: UUID
    unit_id: UnitId
    due_on: date
    starts_on: date
    title: str = ""

    def __post_init__(self) -> None:
        if not 0 <= (self.due_on - self.starts_on).days <= LONGEST_RUN_DAYS:
            raise BadInput(
                "a run is due from its first day on, at most %(most)s days later",
                words={"most": str(LONGEST_RUN_DAYS)},
            )
        if len(self.title) > NOTE_MAX:
            raise BadInput("what a run is for has at most %(most)s characters", words={"most": str(NOTE_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceFacts:
    """A procedure is run again every so many days, each time with so many days to finish. Raises BadInput."""

    document_id: UUID
    unit_id: UnitId
    every_days: int
    due_days: int
    next_on: date
    lead_id: PersonId | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.every_days <= LONGEST_CADENCE_DAYS:
            raise BadInput(
                "a procedure is run again after 1 to %(most)s days", words={"most": str(LONGEST_CADENCE_DAYS)}
            )
        if not 0 <= self.due_days <= LONGEST_RUN_DAYS:
            raise BadInput("a run has at most %(most)s days", words={"most": str(LONGEST_RUN_DAYS)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """How faithfully procedures were run in a period: ``due`` runs were to end in it."""

    due: int
    on_time: int
    late: int
    overdue: int
    abandoned: int
    steps: int
    skipped: int
    deviated: int

    @property
    def ratio(self) -> float | None:
        return self.on_time / self.due if self.due else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as lists show it."""

    run_id: RunId
    number: str
    document_id: UUID
    document: str
    title: str
    what_for: str
    version_number: str
    unit_id: UnitId
    unit_name: str
    state: RunState
    started_at: datetime
    started_by: str
    due_on: date
    ended_at: datetime | None
    steps: int
    settled: int
    skipped: int
    deviated: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step of a run; ``evidence`` are (evidence id, name) of what was kept for it."""

    position: int
    identifier: str
    text: str
    role: str
    asks_evidence: bool
    state: StepState
    note: str
    by: str
    at: datetime | None
    evidence: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run with its steps."""

    row: RunRow
    steps: tuple[StepRow, ...]
    digest: str
    end_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceRow:
    """A procedure that is run again and again."""

    cadence_id: UUID
    document_id: UUID
    document: str
    title: str
    unit_id: UnitId
    unit_name: str
    every_days: int
    due_days: int
    next_on: date
    is_paused: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    text: str = ""
    states: tuple[RunState, ...] = ()
    units: tuple[UUID, ...] = ()
    document_id: UUID | None = None
    late: bool = False
