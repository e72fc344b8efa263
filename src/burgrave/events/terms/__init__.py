"""Words of the kept events: what was heard, how long it is kept, and what a hunt asks and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from burgrave.events.terms.hunts import (
    DEEPEST_PAGE,
    FACETS,
    LONGEST_QUESTION,
    MOST_FOUND,
    MOST_SELECTED,
    PAGE,
    VALUES_OF_FACET,
    HuntFile,
    HuntFilter,
    HuntPage,
    KeptEvent,
    Span,
)
from burgrave.events.terms.records import (
    DaySealed,
    EventsExpired,
    HuntDownloaded,
    RetentionChanged,
    SampleLeft,
    day_subject,
    retention_subject,
)
from burgrave.events.terms.scans import KeptPiece, KeptScan

HUNT: Final = "events.hunt"
MANAGE: Final = "events.manage"

SEAL_JOB: Final = "events.seal"
EXPIRE_JOB: Final = "events.expire"
COMPACT_JOB: Final = "events.compact"

RETENTION_DAYS: Final = 365
SEGMENT_DAYS: Final = 365
"""For how many days the raw bytes of streams stay evidence, unless something keeps them."""
SHORTEST_RETENTION, LONGEST_RETENTION = 1, 3_650
FULL_DAY: Final = 64
"""Parts of a day and unit that are compacted before the day is over."""
VERIFIED_FOR: Final = 30
"""Days until a file of the store is read again to see whether it is unchanged."""

TEXT_MAX: Final = 200
"""Longest text about a kind that the catalogue keeps; the files keep it whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardKind:
    """One kind of event that a unit was heard to send: how often, on which day last, and the newest time they state.

    Events may state no time, or one long before they came.
    """

    unit_id: UUID
    product: str
    category: str
    service: str
    channel: str
    event_code: str
    events: int
    heard_on: date
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFigures:
    """What is kept for those who ask: how much, from when to when.

    ``verified`` files were read again and found sound, the one that was read longest ago at ``verified_since``.
    """

    events: int
    parts: int
    size_bytes: int
    first_at: datetime | None
    last_at: datetime | None
    verified: int
    verified_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One day on which a unit's events were kept; without seal while it is not over."""

    unit_id: UUID
    unit_name: str
    kept_on: date
    events: int
    parts: int
    size_bytes: int
    sha256: str
    sealed_at: datetime | None

    @property
    def subject(self) -> str:
        """What the ledger knows the day by."""
        return day_subject(self.unit_id, self.kept_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRow:
    """For how many days events are kept after the day on which they came, and raw segments after they came."""

    days: int
    segment_days: int
    version: int
    changed_at: datetime | None


__all__ = [
    "COMPACT_JOB",
    "DEEPEST_PAGE",
    "EXPIRE_JOB",
    "FACETS",
    "FULL_DAY",
    "HUNT",
    "LONGEST_QUESTION",
    "LONGEST_RETENTION",
    "MANAGE",
    "MOST_FOUND",
    "MOST_SELECTED",
    "PAGE",
    "RETENTION_DAYS",
    "SEAL_JOB",
    "SEGMENT_DAYS",
    "SHORTEST_RETENTION",
    "TEXT_MAX",
    "VALUES_OF_FACET",
    "VERIFIED_FOR",
    "DayRow",
    "DaySealed",
    "EventsExpired",
    "HeardKind",
    "HuntDownloaded",
    "HuntFile",
    "HuntFilter",
    "HuntPage",
    "KeptEvent",
    "KeptFigures",
    "KeptPiece",
    "KeptScan",
    "RetentionChanged",
    "RetentionRow",
    "SampleLeft",
    "Span",
    "day_subject",
    "retention_subject",
]
