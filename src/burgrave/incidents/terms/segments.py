"""How much of the streams is held raw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSegments:
    """How much of a stream is held as raw evidence.

    ``kept`` are older than ``after_days`` and stay, by an alert, a finding or a hold; ``due`` go with the next night,
    or more where ``is_more_due``. ``next_at`` is when the oldest of the others is over.
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
