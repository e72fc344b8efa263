"""People as a list that the kit knows: columns, how an address narrows it, and rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.engines.sheets import Cell
from burgrave.lists.terms import ListColumn, Narrowing
from burgrave.people.queries.persons import ORDERS, export, ids_of, names_of
from burgrave.people.terms import PersonFilter, PersonRow, PersonState
from burgrave.web.paging import order_of
from burgrave.web.terms import Actor, uuid_or_none

LONGEST_SEARCH = 200
COLUMNS = (
    ListColumn(key="name", label=pgettext_lazy("name of a person", "Name"), exports=("name",), is_fixed=True),
    ListColumn(key="email", label=_("E-mail address"), exports=("email",)),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="roles", label=_("Roles"), exports=("roles",)),
    ListColumn(key="state", label=_("State"), exports=("state",)),
    ListColumn(key="seen", label=_("Last signed in"), exports=("last_signed_in_at",)),
)


def narrowed(asked: Narrowing) -> PersonFilter:
    """How an address narrows the list; what is absurd is passed over."""
    return PersonFilter(
        text=next(iter(asked.get("q", ())), "").replace("\x00", "").strip()[:LONGEST_SEARCH],
        units=tuple(unit for text in asked.get("unit", ()) if (unit := uuid_or_none(text))),
        roles=tuple(role for role in asked.get("role", ()) if role),
        states=tuple(PersonState(state) for state in asked.get("state", ()) if state in set(PersonState)),
    )


def listed_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    """The keys of the narrowed list, so many at most."""
    return ids_of(narrowed(asked), most=most, actor=actor, now=now)


def listed_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """The first of these people by name, as far as the actor may see them. One statement."""
    return names_of(ids, most=most, actor=actor)


def listed_rows(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Everybody of the narrowed list as cells, in the order that the address asks for."""
    order = order_of(asked, ORDERS, default="name")
    with closing(export(narrowed(asked), order=order, actor=actor, now=now)) as rows:
        yield from map(_cells, rows)


def _cells(row: PersonRow) -> Mapping[str, Cell]:
    return {
        "name": row.name,
        "email": row.email,
        "unit": row.unit_name,
        "roles": ", ".join(row.roles),
        "state": str(row.state),
        "last_signed_in_at": row.last_signed_in_at,
    }
