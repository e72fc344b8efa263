"""The inventory as a list: its columns, how an address narrows it, and its rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.assets.queries.assets import ORDERS, export, ids_of, number_text, scheme, visible
from burgrave.assets.terms import DIMENSIONS, AssetFilter, AssetRow, AssetType, Lifecycle, Scheme
from burgrave.engines.sheets import Cell
from burgrave.lists.terms import ListColumn, Narrowing, first_of
from burgrave.web.paging import order_of
from burgrave.web.terms import Actor, uuid_or_none

RANKS = frozenset("123456")
COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",)),
    ListColumn(key="name", label=pgettext_lazy("name of an asset", "Name"), exports=("name",), is_fixed=True),
    ListColumn(key="type", label=_("Type"), exports=("type",)),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="owner", label=_("Owner"), exports=("owner",)),
    ListColumn(key="need", label=_("Need"), exports=tuple(map(str, DIMENSIONS))),
    ListColumn(key="life", label=_("Phase"), exports=("lifecycle",)),
    ListColumn(key="review", label=_("Review due"), exports=("review_due_on",)),
    ListColumn(key="reference", label=_("Reference"), exports=("reference",), is_default=False),
    ListColumn(key="tags", label=_("Tags"), exports=("tags", "personal_data")),
)


def narrowed(asked: Narrowing) -> AssetFilter:
    """How an address narrows the list; what is absurd is passed over."""
    need = first_of(asked, "need")
    only = asked.get("only", ())
    return AssetFilter(
        text=first_of(asked, "q").replace("\x00", "").strip()[:200],
        types=tuple(AssetType(each) for each in asked.get("type", ()) if each in set(AssetType)),
        units=tuple(unit for each in asked.get("unit", ()) if (unit := uuid_or_none(each))),
        lifecycles=tuple(Lifecycle(each) for each in asked.get("life", ()) if each in set(Lifecycle)),
        need=int(need) if need in RANKS else 0,
        personal_data="personal" in only,
        overdue="overdue" in only,
        unowned="unowned" in only,
    )


def listed_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    """The keys of the narrowed list, so many at most."""
    return ids_of(narrowed(asked), most=most, actor=actor, today=timezone.localdate(now))


def listed_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """The first of these assets by name, as far as the actor may see them. One statement."""
    found = visible(actor).filter(pk__in=ids).order_by("sort_key", "id").values_list("number", "name")
    return tuple(f"{number_text(number)} {name}" for number, name in found[:most])


def listed_rows(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Every asset of the narrowed list as cells, in the order that the address asks for."""
    levels = scheme()
    with closing(
        export(
            narrowed(asked), order=order_of(asked, ORDERS, default="name"), actor=actor, today=timezone.localdate(now)
        )
    ) as rows:
        for row in rows:
            yield _cells(row, levels)


def _cells(row: AssetRow, levels: Scheme) -> Mapping[str, Cell]:
    return {
        "number": row.number,
        "name": row.name,
        "type": str(row.type),
        "unit": row.unit_name,
        "owner": row.owner_name,
        **{str(each): levels.name(row.need.of(each)) for each in DIMENSIONS},
        "lifecycle": str(row.lifecycle),
        "review_due_on": row.review_due_on,
        "reference": row.reference,
        "tags": ", ".join(row.tags),
        "personal_data": row.personal_data,
    }
