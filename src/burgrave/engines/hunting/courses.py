"""Time cut into steps that begin where people expect it: at full minutes, midnights, Mondays, firsts of months."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import chain, pairwise
from typing import Final

MOST_STEPS: Final = 60
_MONTHS_OF_A_YEAR: Final = 12
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class Unit(StrEnum):
    """What steps are made of. Weeks begin on Mondays (ISO 8601)."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Step:
    """So many units: each step begins at a multiple of them, within a day counted from its midnight."""

    many: int
    unit: Unit

    @property
    def usual(self) -> timedelta:
        """How long most of such steps last: months and years differ, and days where clocks are put forward."""
        return self.many * _USUAL[self.unit]


_USUAL: Final = {
    Unit.SECOND: timedelta(seconds=1),
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.WEEK: timedelta(days=7),
    Unit.MONTH: timedelta(days=30),
    Unit.YEAR: timedelta(days=365),
}
STEPS: Final = (
    Step(1, Unit.SECOND), Step(10, Unit.SECOND), Step(1, Unit.MINUTE), Step(5, Unit.MINUTE), Step(30, Unit.MINUTE),
    Step(1, Unit.HOUR), Step(3, Unit.HOUR), Step(12, Unit.HOUR), Step(1, Unit.DAY), Step(1, Unit.WEEK),
    Step(1, Unit.MONTH), Step(3, Unit.MONTH), Step(1, Unit.YEAR), Step(10, Unit.YEAR), Step(100, Unit.YEAR),
    Step(1_000, Unit.YEAR),
)  # fmt: skip


_FORMS: Final = {
    Unit.SECOND: "%H:%M:%S",
    Unit.MINUTE: "%m-%d %H:%M",
    Unit.HOUR: "%m-%d %H:%M",
    Unit.DAY: "%Y-%m-%d",
    Unit.WEEK: "%Y-%m-%d",
    Unit.MONTH: "%Y-%m",
    Unit.YEAR: "%Y",
}


def written(begin: datetime, step: Step) -> str:
    """The begin of a step, in its own zone, as precisely as it differs from those of other steps."""
    return begin.strftime(_FORMS[step.unit])


def cut(first: datetime, last: datetime, zone: tzinfo = UTC) -> tuple[Step, tuple[tuple[datetime, datetime], ...]]:
    """The shortest step of which at most sixty hold everything from ``first`` to ``last``, and their begins and ends.

    Each ends where the next one begins, in UTC; midnights and firsts of months are those of the zone.
    """
    for step in STEPS:
        if (last - first) / step.usual >= MOST_STEPS:
            continue
        borders = list(_borders(step, first, last, zone))
        if len(borders) <= MOST_STEPS + 1:
            break
    return step, tuple(pairwise(borders))


def _borders(step: Step, first: datetime, last: datetime, zone: tzinfo) -> Iterator[datetime]:
    """The begin of the step that holds ``first``, all after it, and the first that is after ``last``."""
    before: datetime | None = None
    for border in _begins(step, first, zone):
        if border > first and before is not None:
            yield before
        before = border
        if border > last:
            break
    if before is not None:
        yield before


def _begins(step: Step, first: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Begins of steps without end, from one on that is not after ``first``."""
    day = _day(first, zone)
    if step.unit in _OF_A_DAY:
        days = _days(day, lambda each: each + timedelta(days=1))
        for midnight, following in pairwise(_midnights(days, zone)):
            passed = max(0, (first - midnight) // step.usual)
            there = -((midnight - following) // step.usual)  # on some days it is not a multiple
            yield from (midnight + number * step.usual for number in range(passed, there))
        yield _LAST
        return
    yield from _midnights(_days(_floor(step, day), lambda each: _after(step, each)), zone)


_OF_A_DAY: Final = frozenset({Unit.SECOND, Unit.MINUTE, Unit.HOUR})


def _days(day: date, after: Callable[[date], date]) -> Iterator[date]:
    while True:
        yield day
        try:
            day = after(day)
        except (OverflowError, ValueError):  # behind the year 9999
            return


def _midnights(days: Iterator[date], zone: tzinfo) -> Iterator[datetime]:
    return chain((_midnight(day, zone) for day in days), (_LAST,))


def _day(at: datetime, zone: tzinfo) -> date:
    try:
        return at.astimezone(zone).date()
    except OverflowError:  # the last hours of the year 9999
        return at.date()


def _midnight(day: date, zone: tzinfo) -> datetime:
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        return begin.astimezone(UTC)
    except OverflowError:  # before the year 1, or behind 9999
        return begin.replace(tzinfo=UTC)


def _floor(step: Step, day: date) -> date:
    match step.unit:
        case Unit.YEAR:
            return date(max(1, day.year - day.year % step.many), 1, 1)
        case Unit.MONTH:
            return date(day.year, day.month - (day.month - 1) % step.many, 1)
        case Unit.WEEK:
            return max(day, date.min + timedelta(days=6)) - timedelta(days=day.weekday())
    return day


def _after(step: Step, day: date) -> date:
    match step.unit:
        case Unit.YEAR:
            return date(day.year - day.year % step.many + step.many, 1, 1)
        case Unit.MONTH:
            months = day.month - 1 + step.many
            return date(day.year + months // _MONTHS_OF_A_YEAR, months % _MONTHS_OF_A_YEAR + 1, 1)
    return day + step.usual
