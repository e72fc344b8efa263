"""How an indicator stands by its readings, and when it is read next."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from burgrave.isms.terms import Direction
from burgrave.isms.terms.rows import Standing


def standing(
    *, value: Decimal | None, read_on: date | None, target: Decimal, direction: Direction, every_days: int, today: date
) -> Standing:
    """Met or missed by the last reading, unless that is older than the interval of the indicator."""
    if value is None or read_on is None:
        return Standing.UNREAD
    if today > next_on(read_on, every_days=every_days):
        return Standing.STALE
    return Standing.MET if meets(value, target=target, direction=direction) else Standing.MISSED


def meets(value: Decimal, *, target: Decimal, direction: Direction) -> bool:
    """Whether the value lies on the good side of the target, which belongs to it."""
    return value >= target if direction is Direction.AT_LEAST else value <= target


def next_on(read_on: date, *, every_days: int) -> date:
    return read_on + timedelta(days=every_days)
