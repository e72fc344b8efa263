"""What every asset needs follows from who depends on it, and is stored beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from burgrave.assets import models
from burgrave.assets.commands import rows
from burgrave.assets.queries.plain import Native, native, select
from burgrave.assets.rules.needs import inherit
from burgrave.assets.terms import DIMENSIONS

OWN, LOWERED, NEED, CAUSE = range(3), range(3, 6), range(6, 9), range(9, 12)
"""Where the ranks of the three dimensions stand in a row that `_ranks` reads."""
COLUMNS = tuple(f"{part}_{dimension}" for part in ("own", "lowered", "need", "cause") for dimension in DIMENSIONS)
Edge: TypeAlias = "tuple[Native, Native]"


def renew(changed: Collection[UUID]) -> int:
    """The needs of the changed assets and of everything that they depend on are right again. Returns how many changed.

    Statements grow with what is reached below the changed ones, never with the size of the inventory.
    """
    reached, edges = _below({native(key) for key in changed})
    ranks = {row[0]: row[1:] for row in select(("id", *COLUMNS), table="assets_asset", where="id", among=reached)}
    inner = [(dependent, support) for dependent, support in edges if dependent in ranks and support in ranks]
    outer, flowing = _flowing_in(ranks.keys())
    found = [_inherited(place, ranks, inner, outer, flowing) for place in range(len(DIMENSIONS))]
    after: list[rows.Row] = []
    for key, row in ranks.items():
        after_now = [each[key] for each in found]
        needs, causes = [rank for rank, _cause in after_now], [cause for _rank, cause in after_now]
        if (*needs, *causes) != row[NEED.start :]:
            after.append((key, *needs, max(needs), *causes))
    rows.store_needs(after)
    return len(after)


def _inherited(
    place: int,
    ranks: Mapping[Native, tuple[int, ...]],
    inner: Sequence[Edge],
    outer: Sequence[Edge],
    flowing: Mapping[Native, tuple[int, ...]],
) -> Mapping[Native, tuple[int, Native | None]]:
    outside: dict[Native, tuple[int, Native]] = {}
    for dependent, support in outer:
        rank = flowing[dependent][place]
        if rank > outside.get(support, (-1, dependent))[0]:
            outside[support] = (rank, dependent)
    return inherit(
        {key: row[OWN[place]] for key, row in ranks.items()},
        inner,
        lowered={key: rank for key, row in ranks.items() if (rank := row[LOWERED[place]])},
        outside=outside,
    )


def renew_all() -> int:
    """The needs of the whole inventory are right. Returns how many changed."""
    return renew(tuple(models.Asset.objects.values_list("pk", flat=True)))


def _below(changed: set[Native]) -> tuple[set[Native], list[Edge]]:
    """Everything that the changed ones depend on, near and far, and the edges on the way."""
    reached, fresh = set(changed), changed
    edges: list[Edge] = []
    while fresh:
        found = _edges("dependent_id", fresh)
        edges += found
        fresh = {support for _dependent, support in found} - reached
        reached |= fresh
    return reached, edges


def _flowing_in(reached: Collection[Native]) -> tuple[list[Edge], Mapping[Native, tuple[int, ...]]]:
    """The edges that come from elsewhere, and the ranks that stand at their beginning."""
    outer = [(dependent, support) for dependent, support in _edges("support_id", reached) if dependent not in reached]
    columns = ("id", *(f"need_{dimension}" for dimension in DIMENSIONS))
    found = select(columns, table="assets_asset", where="id", among={dependent for dependent, _support in outer})
    return outer, {row[0]: row[1:] for row in found}


def _edges(where: str, among: Iterable[Native]) -> list[Edge]:
    columns = ("dependent_id", "support_id")
    return [(row[0], row[1]) for row in select(columns, table="assets_dependency", where=where, among=among)]


def holds_itself(dependent: UUID, support: UUID, kinds: Collection[str]) -> bool:
    """Whether a containment from ``dependent`` to ``support`` would close a circle."""
    seen, fresh = {support}, [support]
    while fresh:
        if dependent in seen:
            return True
        found = models.Dependency.objects.filter(dependent_id__in=fresh[:500], kind__in=kinds).values_list(
            "support_id", flat=True
        )
        rest = fresh[500:]
        new = set(found) - seen
        seen |= new
        fresh = [*rest, *new]
    return dependent in seen
