"""What correlations remember, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRow:
    """What correlations remember of the streams of a unit.

    ``size_bytes`` is what stands in windows, ``kept_bytes`` what is written, compressed. ``late``, ``ahead`` and
    ``untimed`` hits took part in no window with others, ``unusable`` ones lacked a field, ``dropped`` ones were let go.
    """

    unit_id: UUID
    unit_name: str
    correlations: int
    groups: int
    hits: int
    waiting: int
    size_bytes: int
    kept_bytes: int
    taken: int
    findings: int
    late: int
    ahead: int
    untimed: int
    unusable: int
    dropped: int
    closed_at: datetime | None
    changed_at: datetime
    dropped_at: datetime | None
