"""Words of hunts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

BATCH_ROWS: Final = 500
"""Rows that are on their way together."""


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends are included; None is open. With an end, events that state no time are left out."""

    since: datetime | None = None
    until: datetime | None = None


class Extent(StrEnum):
    """How much of what is found leaves: all of it, or nothing where it is too much; or the newest of it."""

    ALL = "all"
    NEWEST = "newest"
