"""Who was asked what, as a list: its columns, how an address narrows it, and its rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from burgrave.engines.sheets import Cell
from burgrave.lists.terms import ListColumn, Narrowing, first_of
from burgrave.policies.queries import acknowledging
from burgrave.policies.terms.acknowledging import AskFilter, AskRow, AskState
from burgrave.web.terms import Actor, uuid_or_none

COLUMNS = (
    ListColumn(key="name", label=_("Person"), exports=("person",), is_fixed=True),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="document", label=_("Document"), exports=("number", "title")),
    ListColumn(key="state", label=_("State"), exports=("state",)),
    ListColumn(key="asked", label=_("Asked"), exports=("asked_at",), is_default=False),
    ListColumn(key="due", label=_("Due"), exports=("due_on",)),
    ListColumn(key="opened", label=_("Opened"), exports=("opened_at",)),
    ListColumn(key="confirmed", label=_("Confirmed at"), exports=("confirmed_at", "version", "digest")),
)
EXPORTED = tuple(name for column in COLUMNS for name in column.exports)


def narrowed(asked: Narrowing) -> AskFilter:
    """How an address narrows the list; what is absurd is passed over."""
    return AskFilter(
        document_id=uuid_or_none(first_of(asked, "document")),
        units=tuple(unit for each in asked.get("unit", ()) if (unit := uuid_or_none(each))),
        states=tuple(AskState(each) for each in asked.get("state", ()) if each in set(AskState)),
        text=first_of(asked, "q").replace("\x00", "").strip()[:200],
    )


def listed_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    """The keys of the narrowed list, so many at most."""
    return acknowledging.ids_of(narrowed(asked), most=most, actor=actor, today=timezone.localdate(now))


def listed_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """Person and document of the first of these asks by both, as far as the actor oversees them. One statement."""
    return acknowledging.names_of(ids, most=most, actor=actor)


def listed_rows(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Every row of the narrowed list as cells."""
    with closing(acknowledging.export(narrowed(asked), actor=actor, today=timezone.localdate(now))) as rows:
        for row in rows:
            yield cells(row)


def cells(row: AskRow) -> Mapping[str, Cell]:
    return {
        "person": row.name,
        "unit": row.unit_name,
        "number": row.document,
        "title": row.title,
        "state": str(row.state),
        "asked_at": row.asked_at,
        "due_on": row.due_on,
        "opened_at": row.opened_at,
        "confirmed_at": row.confirmed_at,
        "version": row.number,
        "digest": row.digest,
    }
