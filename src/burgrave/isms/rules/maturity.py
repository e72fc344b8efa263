"""What ratings say together: the middle, and how far assessors are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from burgrave.isms.terms.maturity import COUNTS_FOR_DAYS, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """``middle`` is the median; a mean would say that assessors agree who do not."""

    middle: float
    lowest: int
    highest: int


def counts(at: datetime, *, now: datetime) -> bool:
    """Whether a rating still speaks for today."""
    return now - at <= timedelta(days=COUNTS_FOR_DAYS)


def spread(levels: Sequence[Level]) -> Spread | None:
    """None without a rating that counts."""
    if not levels:
        return None
    return Spread(middle=float(median(int(each) for each in levels)), lowest=min(levels), highest=max(levels))
