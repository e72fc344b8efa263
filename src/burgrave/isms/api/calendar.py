"""The calendar in the JSON API."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from burgrave.isms import queries
from burgrave.isms.terms.calendar import Happening
from burgrave.web.errors import BadInput
from burgrave.web.rest.callers import actor_of

router = Router(tags=["isms"])
LONGEST = timedelta(days=400)


class CalendarQuery(Schema):
    """From day to day, both included; today and the ninety days after it when they are left out."""

    first: date | None = None
    last: date | None = None
    source: list[str] = Field([], max_length=40, description="Names of sources; all without one.")


class HappeningOut(Schema):
    on: date
    title: str
    source: str
    key: str
    number: str
    who: str
    href: str
    unit_id: UUID | None
    is_overdue: bool


class CalendarOut(Schema):
    """What is overdue, then what is due; ``left_out`` counts what there was no room for, by the words of its source."""

    overdue: list[HappeningOut]
    coming: list[HappeningOut]
    left_out: dict[str, int]
    sources: dict[str, str]


@router.get("/calendar", response=CalendarOut)
def calendar(request: HttpRequest, wanted: Query[CalendarQuery]) -> object:
    """Everything that recurs and that the caller may see."""
    today = timezone.localdate()
    first = wanted.first or today
    last = wanted.last or first + timedelta(days=90)
    if not timedelta() <= last - first <= LONGEST:
        raise BadInput("the calendar is asked for 1 to 400 days", mend="Choose a last day that follows the first.")
    view = queries.calendar(first, last, wanted=wanted.source, actor=actor_of(request), today=today)
    return {
        "overdue": [_out(each) for each in view.overdue],
        "coming": [_out(each) for each in view.coming],
        "left_out": {str(label): count for label, count in view.more},
        "sources": {name: str(label) for name, label in view.sources},
    }


def _out(row: Happening) -> dict[str, object]:
    return {
        "on": row.on,
        "title": str(row.title),
        "source": row.source,
        "key": row.key,
        "number": row.number,
        "who": row.who,
        "href": row.href,
        "unit_id": row.unit_id,
        "is_overdue": row.is_overdue,
    }
