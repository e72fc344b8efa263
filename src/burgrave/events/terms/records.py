"""What the domain appends to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from burgrave.ledger.terms import Record, Sealed


def day_subject(unit_id: UUID, kept_on: date) -> str:
    return f"events.day:{unit_id}.{kept_on.isoformat()}"


def retention_subject() -> str:
    return "events.retention:organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfDay(Record):
    unit_id: UUID
    kept_on: date
    events: int
    parts: int
    sha256: str

    def subjects(self) -> tuple[str, ...]:
        return (day_subject(self.unit_id, self.kept_on),)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySealed(_OfDay):
    """The files that hold what a unit's events of a day were kept in have, as a list, this digest."""

    kind: ClassVar[str] = "events.day_sealed"
    size_bytes: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsExpired(_OfDay):
    """What was kept on the day is gone, since its time is over; the digest is that of its last seal."""

    kind: ClassVar[str] = "events.day_expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionChanged(Record):
    """Events are kept for so many days from now on, and raw segments of streams for so many."""

    kind: ClassVar[str] = "events.retention_changed"
    days: int
    before: int
    segment_days: int
    segments_before: int

    def subjects(self) -> tuple[str, ...]:
        return (retention_subject(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeft(Record):
    """No made-up event is kept any more."""

    kind: ClassVar[str] = "events.sample_left"
    events: int
    parts: int

    def subjects(self) -> tuple[str, ...]:
        return ("events.sample:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntDownloaded(Record):
    """Kept events left as a file: asked how (a question or SQL) and of which time, how many, and its digest."""

    kind: ClassVar[str] = "events.hunt_downloaded"
    language: str
    question: Sealed
    since: datetime | None
    until: datetime | None
    file_format: str
    rows: int
    is_cut: bool
    sha256: str
    size_bytes: int

    def subjects(self) -> tuple[str, ...]:
        return ("events.hunts:downloads",)
