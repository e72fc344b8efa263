"""What the inventory holds of many assets, read without making a model of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from burgrave.assets import models
from burgrave.assets.terms import (
    DIMENSIONS,
    AssetFacts,
    AssetType,
    IdentifierKind,
    Lifecycle,
    Need,
)
from burgrave.web.terms import PersonId, UnitId

CHUNK = 500
"""Parameters of one statement; SQLite takes a thousand and more, and this is far enough from that."""
_TYPES, _PHASES, _KINDS = ({str(each): each for each in kind} for kind in (AssetType, Lifecycle, IdentifierKind))
_COLUMNS = (
    "id",
    "reference",
    "name",
    "type",
    "unit_id",
    "owner_id",
    "custodian_id",
    "description",
    "value_minor",
    "currency",
    "personal_data",
    "lifecycle",
    "review_every_days",
    "tags",
)
_OWN = {str(dimension): f"own_{dimension}" for dimension in DIMENSIONS}
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Kept:
    """An asset as it stands."""

    asset_id: UUID
    facts: AssetFacts


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in their order, ``size`` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def kept_by_reference(references: Sequence[str]) -> Mapping[str, Kept]:
    """Those of the references that stand in the inventory, whoever may see them. Two statements for 500."""
    found: dict[str, Kept] = {}
    for some in chunks(references):
        kept = list(models.Asset.objects.filter(reference__in=some).values(*_COLUMNS, *_OWN.values()))
        names = _identifiers([row["id"] for row in kept])
        for row in kept:
            found[row["reference"]] = Kept(
                row["id"],
                AssetFacts(
                    reference=row["reference"],
                    name=row["name"],
                    type=_TYPES[row["type"]],
                    unit_id=UnitId(row["unit_id"]),
                    owner_id=PersonId(row["owner_id"]) if row["owner_id"] else None,
                    custodian_id=PersonId(row["custodian_id"]) if row["custodian_id"] else None,
                    description=row["description"],
                    own=Need(**{name: row[own] for name, own in _OWN.items()}),
                    value_minor=row["value_minor"],
                    currency=row["currency"],
                    personal_data=row["personal_data"],
                    lifecycle=_PHASES[row["lifecycle"]],
                    review_every_days=row["review_every_days"],
                    tags=tuple(row["tags"]),
                    identifiers=tuple(names.get(row["id"], ())),
                ),
            )
    return found


def ids_by_reference(references: Iterable[str]) -> Mapping[str, tuple[UUID, UnitId]]:
    """Key and unit of each that stands in the inventory. One statement for 500."""
    found: dict[str, tuple[UUID, UnitId]] = {}
    for some in chunks(sorted(references)):
        rows = models.Asset.objects.filter(reference__in=some).values_list("reference", "id", "unit_id")
        found |= {reference: (key, UnitId(unit_id)) for reference, key, unit_id in rows}
    return found


def contained_below(keys: Collection[UUID], kinds: Collection[str]) -> list[tuple[UUID, UUID]]:
    """Every edge of these kinds that can be reached from the keys downwards."""
    seen, fresh = set(keys), sorted(keys)
    edges: list[tuple[UUID, UUID]] = []
    while fresh:
        found: list[tuple[UUID, UUID]] = []
        for some in chunks(fresh):
            rows = models.Dependency.objects.filter(dependent_id__in=some, kind__in=kinds)
            found += rows.values_list("dependent_id", "support_id")
        edges += found
        fresh = sorted({support for _dependent, support in found} - seen)
        seen.update(fresh)
    return edges


def _identifiers(keys: Sequence[UUID]) -> Mapping[UUID, Sequence[tuple[IdentifierKind, str]]]:
    found: dict[UUID, list[tuple[IdentifierKind, str]]] = defaultdict(list)
    rows = models.Identifier.objects.filter(asset_id__in=keys).order_by("id")
    for key, kind, value in rows.values_list("asset_id", "kind", "value"):
        found[key].append((_KINDS[kind], value))
    return found
