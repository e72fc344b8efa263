"""The raw bytes of event files: how much of streams is held, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSegments:
    """How much of a stream is held as raw evidence.

    ``kept`` are older than ``after_days`` and stay, by an alert, a finding or a hold; ``due`` go with the next night,
    or more where ``is_more_due``. ``next_at`` is when the oldest of the others is over. ``summed`` segments of
    ``summed_days`` days are only counted any more.
    """

    segments: int
    size_bytes: int
    oldest_at: datetime | None
    kept: int
    due: int
    due_bytes: int
    is_more_due: bool
    next_at: datetime | None
    after_days: int
    summed: int = 0
    summed_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentDayRow:
    """The segments of a stream that came on a day (UTC) and are only counted any more.

    ``sha256`` is over the line of the digest before, empty at first, and a line for the digest of each segment, sorted;
    each step of that is in the ledger (``incidents.segments_summed``).
    """

    day: date
    unit_id: UUID
    segments: int
    events: int
    late: int
    early: int
    unreadable: int
    size_bytes: int
    sha256: str
    summed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRow:
    position: str
    reason: str
    excerpt: bytes

    @property
    def excerpt_text(self) -> str:
        r"""The excerpt as text, with every byte that is no printable ASCII as ``\\xNN``."""
        shown = self.excerpt.decode("ascii", "backslashreplace")
        return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in shown)
