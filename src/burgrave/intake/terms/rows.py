"""What queries give: frozen rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from burgrave.incidents.terms import HeldSegments
from burgrave.intake.terms.facts import LogSourceFacts, LogSourceId, SourceKind, SourceState
from burgrave.intake.terms.listening import ConsumerState


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSourceRow:
    """``is_silent`` says that it was heard of too long ago, by ``silent_after``; ``silent_from`` when that began.

    ``events_day`` and ``events_week`` count what was read of it in the last 24 hours and 7 days.
    """

    log_source_id: LogSourceId
    name: str
    unit_id: UUID
    unit_name: str
    kind: SourceKind
    product: str
    category: str
    service: str
    state: SourceState
    owner_name: str
    last_heard_at: datetime | None
    silent_after: timedelta | None
    is_silent: bool
    silent_from: datetime | None
    events_day: int
    events_week: int
    version: int

    @property
    def sigma(self) -> str:
        """The Sigma log source in one text, empty where the events tell it."""
        return " / ".join(part for part in (self.product, self.category, self.service) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token without the token: ``hint`` is how it begins."""

    token_id: UUID
    hint: str
    made_at: datetime
    made_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str

    def works(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSourceView:
    """All of one log source. ``assets`` are those that the reader sees, by identifier and name."""

    row: LogSourceRow
    facts: LogSourceFacts
    assets: tuple[tuple[UUID, str], ...]
    hidden_assets: int
    added_at: datetime
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSourceToken:
    """The only place where the token stands."""

    token_id: UUID
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whoever holds a token of a source."""

    log_source_id: LogSourceId
    token_id: UUID
    name: str
    state: SourceState
    close_after: timedelta
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReceipt:
    """The batch is on disk, ``size_bytes`` of it in the segment; ``was_known``: it stood there already by its key."""

    segment_id: UUID | None
    size_bytes: int
    was_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedBatches:
    """Batches over HTTP that were refused within seven days, for want of room on ``disk`` or because much waited."""

    disk: int
    waiting: int
    last_disk_at: datetime | None
    last_waiting_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolHealth:
    """The spool as a whole. ``disk`` and ``waiting`` batches of so many ``log_sources`` were refused within a day.

    ``damaged`` are files that stood where a segment should and were none; they are kept aside.
    """

    waiting_bytes: int
    free_bytes: int
    least_free_bytes: int
    disk: int
    waiting: int
    log_sources: int
    last_at: datetime | None
    damaged: tuple[Path, ...]

    @property
    def is_full(self) -> bool:
        return self.free_bytes < self.least_free_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReport:
    """How one stream fares. ``refused`` is of HTTP, ``consumer`` of Kafka, ``raw`` for those who read event files."""

    waiting_bytes: int
    most_waiting_bytes: int
    free_bytes: int
    least_free_bytes: int
    is_full: bool
    week: StreamFigures
    refused: RefusedBatches | None
    consumer: ConsumerState | None
    raw: HeldSegments | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFigures:
    """Of a stream within seven days. ``repeated`` batches came again under their key and stand once.

    ``torn_bytes`` were never acknowledged: their writer was killed. ``dropped`` and ``cut`` count messages of
    syslog; of a folder ``dropped`` counts files that vanished before they were read.
    """

    segments: int
    batches: int
    repeated: int
    torn_bytes: int
    dropped: int
    cut: int
