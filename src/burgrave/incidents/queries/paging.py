"""Pages of frozen rows, and the units that a reader may look into."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from burgrave.incidents.terms import READ, PersonRef
from burgrave.people import queries as people
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Cursor, Page

FoundT = TypeVar("FoundT", bound=Model)
RowT = TypeVar("RowT")


def visible(actor: Actor) -> Q:
    """The filter that leaves what the actor may read."""
    return people.within(actor, READ)


def paged(
    found: QuerySet[FoundT],
    row: Callable[[FoundT], RowT],
    *,
    number: int,
    size: int,
    at: Cursor | None = None,
    total: int | None = None,
    most: int | None = None,
) -> Page[RowT]:
    """One page in three statements at most, each row made by ``row``. ``total`` is what was counted to ``most``."""
    return page_of(found, number=number, size=size, at=at, total=total, most=most).of(row)


def person_ref(person: object | None) -> PersonRef | None:
    """Who a joined row of the person table is."""
    return None if person is None else PersonRef(person_id=person.pk, name=person.name)  # type: ignore[attr-defined]  # a row of another domain's table: its name is all that is read
