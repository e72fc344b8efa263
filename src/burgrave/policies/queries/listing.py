"""The library as a list: its columns, how an address narrows it, and its rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from burgrave.engines.norms import Kind
from burgrave.engines.sheets import Cell
from burgrave.lists.terms import ListColumn, Narrowing, first_of
from burgrave.policies.queries.documents import ORDERS, STAGES, export, ids_of
from burgrave.policies.terms import DocumentState, VersionState
from burgrave.policies.terms.drafts import DocumentFilter, DocumentRow
from burgrave.web.terms import Actor, uuid_or_none

COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",), is_fixed=True),
    ListColumn(key="title", label=_("Title"), exports=("title",), is_fixed=True),
    ListColumn(key="kind", label=_("Kind"), exports=("kind",)),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="owner", label=_("Owner"), exports=("owner",)),
    ListColumn(key="state", label=_("State"), exports=("state", "stage")),
    ListColumn(key="label", label=_("Version"), exports=("version",)),
    ListColumn(key="languages", label=_("Languages"), exports=("languages",), is_default=False),
    ListColumn(key="clauses", label=_("Clauses"), exports=("clauses",)),
    ListColumn(key="review", label=_("Review due"), exports=("review_due_on",)),
    ListColumn(key="changed", label=_("Changed"), exports=("changed_at", "changed_by"), is_default=False),
)


def narrowed(asked: Narrowing) -> DocumentFilter:
    """How an address narrows the list; what is absurd is passed over."""
    only = asked.get("only", ())
    return DocumentFilter(
        text=first_of(asked, "q").replace("\x00", "").strip()[:200],
        kinds=tuple(Kind(each) for each in asked.get("kind", ()) if each in set(Kind)),
        units=tuple(unit for each in asked.get("unit", ()) if (unit := uuid_or_none(each))),
        states=tuple(DocumentState(each) for each in asked.get("state", ()) if each in set(DocumentState)),
        stages=tuple(VersionState(each) for each in asked.get("stage", ()) if each in set(STAGES)),
        overdue="overdue" in only,
        mine="mine" in only,
        on=day_of(first_of(asked, "on")),
    )


def day_of(text: str) -> date | None:
    """The day of an address, None where it is absurd."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def listed_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    """The keys of the narrowed list, so many at most."""
    return ids_of(narrowed(asked), most=most, actor=actor, today=timezone.localdate(now))


def listed_rows(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Every document of the narrowed list as cells, in the order that the address asks for."""
    today = timezone.localdate(now)
    with closing(export(narrowed(asked), order=_order(asked), actor=actor, today=today)) as rows:
        for row in rows:
            yield _cells(row)


def _cells(row: DocumentRow) -> Mapping[str, Cell]:
    return {
        "number": row.number,
        "title": row.title,
        "kind": str(row.kind),
        "unit": row.unit_name,
        "owner": row.owner_name,
        "state": str(row.state),
        "stage": str(row.stage or ""),
        "version": row.label,
        "languages": ", ".join(row.languages),
        "clauses": row.clauses,
        "review_due_on": row.review_due_on,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
    }


def _order(asked: Narrowing) -> tuple[str, ...]:
    sort = first_of(asked, "sort") or "number"
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["number"]).split()
    return tuple(f"-{field}" for field in fields) if sort.startswith("-") else tuple(fields)
