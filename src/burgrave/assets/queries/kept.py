"""What the inventory holds of many assets, beside what a file says of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from burgrave.assets import models
from burgrave.assets.queries.plain import Native, Value, as_uuid, native, natives, select
from burgrave.assets.terms import AssetFacts, DependencyKind
from burgrave.web.terms import UnitId

_READERS: Mapping[str, Callable[[AssetFacts], Value]] = {
    "name": lambda facts: facts.name.strip(),
    "type": lambda facts: str(facts.type),
    "unit_id": lambda facts: facts.unit_id,
    "description": lambda facts: facts.description,
    "owner_id": lambda facts: facts.owner_id,
    "custodian_id": lambda facts: facts.custodian_id,
    "value_minor": lambda facts: facts.value_minor,
    "currency": lambda facts: facts.currency,
    "personal_data": lambda facts: facts.personal_data,
    "lifecycle": lambda facts: str(facts.lifecycle),
    "review_every_days": lambda facts: facts.review_every_days,
    "tags": lambda facts: list(facts.tags),
    "own_confidentiality": lambda facts: facts.own.confidentiality,
    "own_integrity": lambda facts: facts.own.integrity,
    "own_availability": lambda facts: facts.own.availability,
}
"""Every column that facts fill, and what they fill it with."""


Edge: TypeAlias = "tuple[UUID, DependencyKind, UUID]"
"""Dependent, kind, support."""


class Standing(NamedTuple):
    """An asset that stands in the inventory; ``is_same`` says that it holds what was said of it already."""

    asset_id: UUID
    unit_id: UnitId
    is_same: bool


def standing(facts: Sequence[AssetFacts], *, said: AbstractSet[str] | None) -> Mapping[str, Standing]:
    """Those of the assets that there are already, by reference, whoever may see them. Two statements for 1,000.

    Where something may differ in its spelling alone they are not called the same; a closer look tells.
    """
    columns = [name for name in _READERS if said is None or name in said or name.removeprefix("own_") in said]
    readers = [_READERS[name] for name in columns]
    rows = select(
        ("id", "reference", "unit_id", *columns),
        table="assets_asset",
        where="reference",
        among=[each.reference for each in facts],
    )
    kept = {row[1]: row for row in rows}
    names = _identifiers([row[0] for row in kept.values()], said=said)
    units: dict[Native, UnitId] = {}
    found: dict[str, Standing] = {}
    for each in facts:
        row = kept.get(each.reference)
        if row is not None:
            unit_id = units.setdefault(row[2], UnitId(as_uuid(row[2])))
            is_same = _is_same(row[3:], [reader(each) for reader in readers]) and names.get(row[0], set()) == {
                pair for pair in each.identifiers if said is None or pair[0] in said
            }
            found[each.reference] = Standing(as_uuid(row[0]), unit_id, is_same)
    return found


def ids_by_reference(references: Iterable[str]) -> Mapping[str, tuple[UUID, UnitId]]:
    """Key and unit of each that stands in the inventory. One statement for 1,000."""
    rows = select(("reference", "id", "unit_id"), table="assets_asset", where="reference", among=sorted(references))
    return {reference: (as_uuid(key), UnitId(as_uuid(unit_id))) for reference, key, unit_id in rows}


def of_units(keys: Collection[UUID], units: AbstractSet[UnitId]) -> set[UUID]:
    """Those of the assets that belong to one of the units. One statement for 1,000."""
    rows = select(("id", "unit_id"), table="assets_asset", where="id", among=[native(key) for key in keys])
    return {as_uuid(key) for key, unit_id in rows if UnitId(as_uuid(unit_id)) in units}


def contained_below(keys: Collection[UUID], kinds: Collection[str]) -> list[tuple[UUID, UUID]]:
    """Every edge of these kinds that can be reached from the keys downwards."""
    fresh: set[Native] = {native(key) for key in keys}
    seen = set(fresh)
    edges: list[tuple[UUID, UUID]] = []
    while fresh:
        columns = ("dependent_id", "support_id", "kind")
        rows = select(columns, table="assets_dependency", where="dependent_id", among=fresh)
        found = [row[:2] for row in rows if row[2] in kinds]
        edges += [(as_uuid(dependent), as_uuid(support)) for dependent, support in found]
        fresh = {support for _dependent, support in found} - seen
        seen |= fresh
    return edges


def linked(wanted: Collection[Edge]) -> set[Edge]:
    """Those of the dependencies that there are: dependent, kind, support."""
    dependents, supports = natives(edge[0] for edge in wanted), natives(edge[2] for edge in wanted)
    columns = ("dependent_id", "kind", "support_id")
    among = dict.fromkeys(dependents)
    there = set(select(columns, table="assets_dependency", where="dependent_id", among=among))
    asked = zip(dependents, wanted, supports, strict=True)
    return {edge for dependent, edge, support in asked if (dependent, str(edge[1]), support) in there}


def _identifiers(keys: Sequence[Native], *, said: AbstractSet[str] | None) -> Mapping[Native, set[tuple[str, str]]]:
    found: dict[Native, set[tuple[str, str]]] = defaultdict(set)
    rows = select(("asset_id", "kind", "value"), table="assets_identifier", where="asset_id", among=keys)
    for key, kind, value in rows:
        if said is None or kind in said:
            found[key].add((kind, value))
    return found


def _is_same(row: Sequence[Any], given: Sequence[Value]) -> bool:
    for value, wanted in zip(row, given, strict=True):
        if value == wanted:
            continue
        if isinstance(wanted, list):
            if json.loads(value) != wanted:
                return False
        elif not isinstance(wanted, UUID) or value != native(wanted):
            return False
    return True


def references_below(scope: str) -> frozenset[str]:
    """The references that begin with the scope and a stroke: what earlier documents of one product brought."""
    found = models.Asset.objects.filter(reference__startswith=f"{scope}/").values_list("reference", flat=True)
    return frozenset(found)
