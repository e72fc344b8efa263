"""What the domain appends to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from burgrave.intake.terms.facts import SourceKind, SourceState, log_source_subject
from burgrave.intake.terms.mappings import mapping_subject
from burgrave.ledger.terms import Record, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfLogSource(Record):
    log_source_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (log_source_subject(self.log_source_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSourceAdded(_OfLogSource):
    """A sender of events stands in the register."""

    kind: ClassVar[str] = "intake.log_source_added"
    unit_id: UUID
    source_kind: SourceKind
    silent_after_seconds: int
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSourceChanged(_OfLogSource):
    """The named fields have new values; 0 seconds of silence means that it may be silent."""

    kind: ClassVar[str] = "intake.log_source_changed"
    fields: tuple[str, ...]
    silent_after_seconds: int
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSourceMoved(_OfLogSource):
    """It is listened to, paused, or retired for good."""

    kind: ClassVar[str] = "intake.log_source_moved"
    state: SourceState
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTokenMade(_OfLogSource):
    """A program may send events of this source, and nothing else."""

    kind: ClassVar[str] = "intake.token_made"
    token_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTokenRevoked(_OfLogSource):
    """The token works no more from this moment."""

    kind: ClassVar[str] = "intake.token_revoked"
    token_id: UUID
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMapping(Record):
    event_mapping_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (mapping_subject(self.event_mapping_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMappingBegun(_OfMapping):
    """An example of a table came in, whose columns are to be mapped; it reads nothing yet."""

    kind: ClassVar[str] = "intake.event_mapping_begun"
    unit_id: UUID
    columns_sha256: str
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMappingSaved(_OfMapping):
    """Tables with these columns become events by the mapping of this digest, from now on."""

    kind: ClassVar[str] = "intake.event_mapping_saved"
    unit_id: UUID
    columns_sha256: str
    mapping_sha256: str
    queued_again: int
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMappingRemoved(_OfMapping):
    """Tables of its kind are asked for again; what was read by it stays."""

    kind: ClassVar[str] = "intake.event_mapping_removed"
    unit_id: UUID
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeft(Record):
    """The made-up log sources are gone."""

    kind: ClassVar[str] = "intake.sample_left"
    log_sources: int

    def subjects(self) -> tuple[str, ...]:
        return ("intake.register:all",)
