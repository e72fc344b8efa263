"""What the domain appends to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from burgrave.isms.terms import Kind
from burgrave.ledger.terms import Record, Sealed


def statement_subject(statement_id: UUID) -> str:
    return f"isms.statement:{statement_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfStatement(Record):
    statement_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (statement_subject(self.statement_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementWritten(_OfStatement):
    """A version of a statement exists; ``digest`` is the SHA-256 of its canonical form."""

    kind: ClassVar[str] = "isms.statement_written"
    statement_kind: Kind
    version: int
    digest: str
    title: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementApproved(_OfStatement):
    """The version with this digest holds (ISO/IEC 27001:2022, 7.5.2)."""

    kind: ClassVar[str] = "isms.statement_approved"
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReviewed(_OfStatement):
    """Somebody confirmed that what holds is still true."""

    kind: ClassVar[str] = "isms.statement_reviewed"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRetired(_OfStatement):
    """The statement holds no more; its versions are kept."""

    kind: ClassVar[str] = "isms.statement_retired"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTaken(_OfStatement):
    """An indicator had this value on the day."""

    kind: ClassVar[str] = "isms.reading_taken"
    reading_id: UUID
    on: date
    value: str
    sample_size: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingWithdrawn(_OfStatement):
    """A reading was wrong and counts no more; it is kept."""

    kind: ClassVar[str] = "isms.reading_withdrawn"
    reading_id: UUID
    on: date
    reason: Sealed
