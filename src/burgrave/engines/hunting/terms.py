"""Words of hunts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends are included; None is open. With an end, events that state no time are left out."""

    since: datetime | None = None
    until: datetime | None = None
