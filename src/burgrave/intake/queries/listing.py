"""The register as a list: its columns, how an address narrows it, and its rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.engines.sheets import Cell
from burgrave.intake.queries.sources import ORDERS, export, ids_of
from burgrave.intake.terms import LogSourceFilter, LogSourceRow, SourceKind, SourceState
from burgrave.lists.terms import ListColumn, Narrowing, first_of
from burgrave.web.paging import order_of
from burgrave.web.terms import Actor, uuid_or_none

ORDER = "name"
COLUMNS = (
    ListColumn(key="name", label=pgettext_lazy("name of a log source", "Name"), exports=("name",), is_fixed=True),
    ListColumn(key="state", label=_("State"), exports=("state", "is_silent")),
    ListColumn(key="kind", label=_("How it comes"), exports=("kind",)),
    ListColumn(key="sigma", label=_("Sigma log source"), exports=("product", "category", "service")),
    ListColumn(key="heard", label=_("Last heard"), exports=("last_heard_at", "silent_after_seconds")),
    ListColumn(key="events", label=_("Events"), exports=("events_day", "events_week")),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="owner", label=_("Owner"), exports=("owner",), is_default=False),
)


def narrowed(asked: Narrowing) -> LogSourceFilter:
    """How an address narrows the list; what is absurd is passed over."""
    return LogSourceFilter(
        text=first_of(asked, "q").replace("\x00", "").strip()[:200],
        kinds=tuple(SourceKind(each) for each in asked.get("kind", ()) if each in set(SourceKind)),
        states=tuple(SourceState(each) for each in asked.get("state", ()) if each in set(SourceState)),
        units=tuple(unit for each in asked.get("unit", ()) if (unit := uuid_or_none(each))),
        silent="silent" in asked.get("only", ()),
    )


def listed_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    """The keys of the narrowed list, so many at most."""
    return ids_of(narrowed(asked), most=most, actor=actor, now=now)


def listed_rows(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Every source of the narrowed list as cells, in the order that the address asks for."""
    for row in export(narrowed(asked), order=order_of(asked, ORDERS, default=ORDER), actor=actor, now=now):
        yield _cells(row)


def _cells(row: LogSourceRow) -> Mapping[str, Cell]:
    return {
        "name": row.name,
        "state": str(row.state),
        "is_silent": row.is_silent,
        "kind": str(row.kind),
        "product": row.product,
        "category": row.category,
        "service": row.service,
        "last_heard_at": row.last_heard_at,
        "silent_after_seconds": None if row.silent_after is None else int(row.silent_after.total_seconds()),
        "events_day": row.events_day,
        "events_week": row.events_week,
        "unit": row.unit_name,
        "owner": row.owner_name,
    }
