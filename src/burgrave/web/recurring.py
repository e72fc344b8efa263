"""What is due on a day, as each domain gives it to the calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from burgrave.web.terms import Actor, Words

RowT = TypeVar("RowT", bound=Model)
MOST_OCCASIONS = 200
"""So many a query gives at most; it counts the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Something that is due on a day. ``key`` identifies it in the address of its page; ``who`` is whose it is."""

    on: date
    title: Words
    key: str
    number: str = ""
    who: str = ""
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasions:
    """The first of what is due, in the order of days, and how many there are."""

    rows: tuple[Occasion, ...]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


OccasionQuery: TypeAlias = Callable[[date, date, Actor], Occasions]
"""What is due from the first day to the last, both included, and visible to the actor."""


def occasions(found: QuerySet[RowT], occasion: Callable[[RowT], Occasion]) -> Occasions:
    """The first of the rows, and how many there are. Two statements at most."""
    rows = tuple(found[: MOST_OCCASIONS + 1])
    total = len(rows) if len(rows) <= MOST_OCCASIONS else found.count()
    return Occasions(rows=tuple(occasion(row) for row in rows[:MOST_OCCASIONS]), total=total)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSource:
    """A kind of occasion, with the page of one. ``stays_due``: what is past is overdue."""

    label: Words
    icon: str
    permission: str
    url_name: str
    parameter: str
    query: OccasionQuery
    stays_due: bool = True


CalendarSources: TypeAlias = Mapping[str, CalendarSource]
