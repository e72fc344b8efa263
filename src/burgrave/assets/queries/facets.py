"""How many assets each facet of the inventory leaves, counted along one index in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from burgrave.assets import models
from burgrave.assets.queries.assets import in_phases, visible
from burgrave.assets.terms import AssetFilter, AssetType, Lifecycle
from burgrave.web.paging import bounded_groups
from burgrave.web.terms import MOST_COUNTED, Actor

FACET_ROWS = 20_000
"""A facet that leaves more assets than so many carries no counts."""
MARKS = {"personal": 1, "overdue": 2, "unowned": 4}
FacetCounts: TypeAlias = "tuple[int | None, dict[tuple[str, str], int]]"


def facet_counts(narrowed: AssetFilter, *, units: Sequence[UUID], ranks: int, actor: Actor, today: date) -> FacetCounts:
    """How many assets there are at all, and with each value of each facet in place of what is chosen of it.

    All are counted to MOST_COUNTED and one further. A facet that leaves more than FACET_ROWS is not counted. One
    statement; nothing while text is searched.
    """
    if narrowed.text:
        return None, {}
    given = visible(actor)
    asked: dict[str, tuple[AssetFilter, Combinable]] = {
        "type": (replace(narrowed, types=()), F("type")),
        "life": (replace(narrowed, lifecycles=()), F("lifecycle")),
        "unit": (replace(narrowed, units=()), F("unit_id")),
        "need": (replace(narrowed, need=0), F("need_highest")),
        "only": (narrowed, _mark("personal", today) + _mark("overdue", today) + _mark("unowned", today)),
    }
    cut: dict[str, QuerySet[models.Asset, Any]] = {
        name: _scanned(given, each, today=today).order_by().values(value=column)[: FACET_ROWS + 1]
        for name, (each, column) in asked.items()
    }
    cut["all"] = _scanned(given, narrowed, today=today).order_by().values(value=Value(""))[: MOST_COUNTED + 1]
    found = bounded_groups(cut)
    counts: dict[tuple[str, str], int] = {}
    for name in asked:
        values = {value: count for (facet, value), count in found.items() if facet == name}
        if sum(values.values()) <= FACET_ROWS:
            counts |= {
                (name, value): count for value, count in _options(name, values, units=units, ranks=ranks).items()
            }
    return found.get(("all", ""), 0), counts


def _options(name: str, values: Mapping[str, int], *, units: Sequence[UUID], ranks: int) -> Mapping[str, int]:
    """The counts by the values of the address, those without rows too."""
    if name == "type":
        return {**dict.fromkeys(map(str, AssetType), 0), **values}
    if name == "life":
        return {**dict.fromkeys(map(str, Lifecycle), 0), **values}
    if name == "unit":
        return {**dict.fromkeys(map(str, units), 0), **{str(UUID(value)): count for value, count in values.items()}}
    if name == "need":
        return {
            str(rank): sum(count for value, count in values.items() if int(value) >= rank)
            for rank in range(1, ranks + 1)
        }
    return {mark: sum(count for value, count in values.items() if int(value) & bit) for mark, bit in MARKS.items()}


def _mark(name: str, today: date) -> Case:
    """The number of the mark where it holds of an asset, else 0."""
    holds = {
        "personal": Q(personal_data=True),
        "overdue": Q(review_due_on__lt=today) & ~Q(lifecycle=Lifecycle.DISPOSED),
        "unowned": Q(owner=None),
    }[name]
    return Case(When(holds, then=Value(MARKS[name])), default=Value(0), output_field=IntegerField())


def _scanned(found: QuerySet[models.Asset], narrowed: AssetFilter, *, today: date) -> QuerySet[models.Asset]:
    """The narrowed assets, looked for along the one index that holds all that a facet asks.

    An index of one column that leads to half of the inventory costs ten times as much: each of its rows is fetched.
    """
    if narrowed.units:
        found = found.filter(unit_id__in=narrowed.units)
    if narrowed.types:
        found = found.alias(kind=Coalesce("type", Value(""))).filter(kind__in=narrowed.types)
    if narrowed.lifecycles:
        found = in_phases(found, narrowed.lifecycles)
    if narrowed.need:
        found = found.alias(rank=Coalesce("need_highest", Value(0))).filter(rank__gte=narrowed.need)
    wanted = (narrowed.personal_data, narrowed.overdue, narrowed.unowned)
    for name in (name for name, is_wanted in zip(MARKS, wanted, strict=True) if is_wanted):
        found = found.alias(**{name: _mark(name, today)}).filter(**{f"{name}__gt": 0})
    return found
