"""What a line of a text log gives, and what a format of such lines is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from burgrave.engines.events.terms import NO_LOG_SOURCE, Limits, LogSource, UnknownText

SKEW = timedelta(days=1)
"""A clock may run ahead by so much before a month without a year is taken for one of the year before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event of one line. ``channel`` and ``provider`` only where the line holds a Windows-like event."""

    fields: Mapping[str, str | None]
    at: datetime | None
    computer: str = ""
    event_id: str = ""
    provider: str = ""
    channel: str = ""
    record_id: str = ""
    log_source: LogSource = NO_LOG_SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a line cannot say itself: the limits of reading, and when the file was received (for a missing year)."""

    limits: Limits
    received_at: datetime | None = None
    unknown: UnknownText = UnknownText.REFUSE

    def year_of(self, month: int, day: int, clock: tuple[int, int, int]) -> datetime | None:
        """The newest such moment that is not after the receipt; None without a receipt or for no date at all."""
        if self.received_at is None:
            return None
        newest = self.received_at + SKEW
        for year in range(newest.year, newest.year - 9, -1):  # 29 February comes every four years, or eight
            try:
                moment = datetime(year, month, day, *clock, tzinfo=UTC)
            except ValueError:
                continue
            if moment <= newest:
                return moment
        return None


Parser: TypeAlias = Callable[[str], Line | None]
"""Gives the event of a line, or None for a line that belongs to the file and is no event. Raises RecordRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of text log: its name in a sentence, and how a parser of one file begins."""

    name: str
    begin: Callable[[Context], Parser]
