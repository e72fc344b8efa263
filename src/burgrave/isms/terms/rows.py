"""What queries give out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from burgrave.isms.terms import (
    Bearer,
    Content,
    Direction,
    Duty,
    Kind,
    ReadingId,
    StatementDraft,
    StatementId,
    StatementState,
)
from burgrave.web.terms import PersonId, UnitId


class Standing(StrEnum):
    """How an indicator stands. ``STALE``: its last reading is too old to speak for today."""

    MET = "met"
    MISSED = "missed"
    STALE = "stale"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    statement_id: StatementId
    number: str
    kind: Kind
    title: str
    state: StatementState
    unit_id: UnitId
    unit_name: str
    owner_name: str
    version: int
    approved_version: int
    review_due_on: date
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A version of a statement; ``approved_at`` None where it never held."""

    version: int
    title: str
    content: Content
    digest: str
    written_at: datetime
    written_by: str
    written_by_id: PersonId | None
    approved_at: datetime | None
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """The record. ``shown`` is the newest version; ``in_force`` the approved one, where there is one."""

    row: StatementRow
    draft: StatementDraft
    shown: VersionRow
    in_force: VersionRow | None
    versions: tuple[VersionRow, ...]
    reviewed_on: date | None
    reviewed_by: str
    retired_reason: str
    waiting_authors: frozenset[PersonId]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRow:
    reading_id: ReadingId
    on: date
    value: Decimal
    sample_size: int | None
    note: str
    source: str
    taken_by: str
    taken_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorRow:
    """An indicator with its last reading and what follows from it; ``why`` says it in words of ours."""

    row: StatementRow
    objective_id: StatementId
    unit_of_measure: str
    target: Decimal
    direction: Direction
    source: str
    every_days: int
    last: ReadingRow | None
    standing: Standing
    next_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What is missing in a process: nobody accountable, nobody responsible, or a duty that nobody active bears."""

    duty: Duty
    bearer: Bearer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    row: StatementRow
    letters: tuple[str, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Processes against bearers; ``letters`` of a row stand in the order of ``bearers``."""

    bearers: tuple[tuple[Bearer, str], ...]
    rows: tuple[MatrixRow, ...]
