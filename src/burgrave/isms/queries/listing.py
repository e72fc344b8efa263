"""Statements as a list that the kit knows: columns, how an address narrows it, and rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from burgrave.engines.sheets import Cell
from burgrave.isms.queries.statements import ORDERS, filtered, number_text, row_of, visible
from burgrave.isms.terms import Kind, StatementFilter, StatementState
from burgrave.lists.terms import ListColumn, Narrowing, first_of
from burgrave.web.terms import Actor, uuid_or_none

COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",)),
    ListColumn(key="title", label=_("Title"), exports=("title",), is_fixed=True),
    ListColumn(key="kind", label=_("Kind"), exports=("kind",)),
    ListColumn(key="state", label=_("State"), exports=("state", "version", "approved_version")),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="owner", label=_("Owner"), exports=("owner",)),
    ListColumn(key="review", label=_("Review due"), exports=("review_due_on",)),
)


def narrowed(asked: Narrowing) -> StatementFilter:
    """How an address narrows the list; what is absurd is passed over."""
    return StatementFilter(
        text=first_of(asked, "q").replace("\x00", "").strip()[:200],
        kinds=tuple(Kind(each) for each in asked.get("kind", ()) if each in set(Kind)),
        states=tuple(StatementState(each) for each in asked.get("state", ()) if each in set(StatementState)),
        units=tuple(unit for each in asked.get("unit", ()) if (unit := uuid_or_none(each))),
        overdue="overdue" in asked.get("only", ()),
    )


def listed_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    """The keys of the narrowed list, so many at most."""
    found = filtered(narrowed(asked), actor=actor, today=timezone.localdate(now))
    return tuple(found.order_by("id").values_list("pk", flat=True)[:most])


def listed_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """The first of these statements by title, as far as the actor may see them. One statement."""
    found = visible(actor).filter(pk__in=ids).order_by("sort_key", "id").values_list("kind", "number", "title")
    return tuple(f"{number_text(Kind(kind), number)} {title}" for kind, number, title in found[:most])


def listed_rows(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Every statement of the narrowed list as cells, in the order that the address asks for."""
    sort = first_of(asked, "sort") or "kind"
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["kind"]).split()
    order = [f"-{field}" for field in fields] if sort.startswith("-") else fields
    found = filtered(narrowed(asked), actor=actor, today=timezone.localdate(now)).select_related("unit", "owner")
    for row in map(row_of, found.order_by(*order).iterator(chunk_size=2_000)):
        yield {
            "number": row.number,
            "title": row.title,
            "kind": str(row.kind),
            "state": str(row.state),
            "version": row.version,
            "approved_version": row.approved_version,
            "unit": row.unit_name,
            "owner": row.owner_name,
            "review_due_on": row.review_due_on,
        }
