"""Words of the calendar: what recurs, and secret addresses that other programs subscribe to (iCalendar, RFC 5545)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType
from uuid import UUID

from burgrave.web.terms import Words

FeedId = NewType("FeedId", UUID)
FEED_NAME_MAX = 100
MOST_FEEDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An occasion with the source that it comes from; ``href`` opens it."""

    on: date
    title: Words
    source: str
    label: Words
    icon: str
    key: str
    number: str
    who: str
    href: str
    unit_id: UUID | None
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    """Overdue things first, then the days; ``more`` counts by source what was cut off."""

    overdue: tuple[Happening, ...]
    coming: tuple[Happening, ...]
    more: tuple[tuple[Words, int], ...]
    sources: tuple[tuple[str, Words], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    feed_id: FeedId
    name: str
    made_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
