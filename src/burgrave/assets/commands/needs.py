"""What every asset needs follows from who depends on it, and is stored beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from burgrave.assets import models
from burgrave.assets.commands import rows
from burgrave.assets.rules.needs import inherit
from burgrave.assets.terms import DIMENSIONS

CHUNK = 500
"""Parameters of one statement; SQLite takes a thousand and more, and this is far enough from that."""
OWN, LOWERED, NEED, CAUSE = range(3), range(3, 6), range(6, 9), range(9, 12)
"""Where the ranks of the three dimensions stand in a row that `_ranks` reads."""
COLUMNS = [f"{part}_{dimension}" for part in ("own", "lowered", "need", "cause") for dimension in DIMENSIONS]


def renew(changed: Collection[UUID]) -> int:
    """The needs of the changed assets and of everything that they depend on are right again. Returns how many changed.

    Statements grow with what is reached below the changed ones, never with the size of the inventory.
    """
    reached, edges = _below(changed)
    ranks = _ranks(reached)
    inner = [(dependent, support) for dependent, support in edges if dependent in ranks and support in ranks]
    outer = _flowing_in(ranks.keys())
    found = [_inherited(place, ranks, inner, outer) for place in range(len(DIMENSIONS))]
    after: list[rows.Row] = []
    for key, row in ranks.items():
        needs, causes = [each[key][0] for each in found], [each[key][1] for each in found]
        if [*needs, *causes] != [*(row[each] for each in NEED), *(row[each] for each in CAUSE)]:
            after.append((key, *needs, max(needs), *causes))
    rows.store_needs(after)
    return len(after)


def _inherited(
    place: int,
    ranks: Mapping[UUID, tuple[int, ...]],
    inner: Sequence[tuple[UUID, UUID]],
    outer: Sequence[tuple[UUID, UUID, tuple[int, ...]]],
) -> Mapping[UUID, tuple[int, UUID | None]]:
    outside: dict[UUID, tuple[int, UUID]] = {}
    for dependent, support, flowing in outer:
        if flowing[place] > outside.get(support, (-1, dependent))[0]:
            outside[support] = (flowing[place], dependent)
    return inherit(
        {key: row[OWN[place]] for key, row in ranks.items()},
        inner,
        lowered={key: rank for key, row in ranks.items() if (rank := row[LOWERED[place]])},
        outside=outside,
    )


def _ranks(reached: Collection[UUID]) -> dict[UUID, tuple[int, ...]]:
    return {
        row[0]: row[1:]
        for chunk in _chunks(reached)
        for row in models.Asset.objects.filter(pk__in=chunk).values_list("pk", *COLUMNS)
    }


def renew_all() -> int:
    """The needs of the whole inventory are right. Returns how many changed."""
    return renew(tuple(models.Asset.objects.values_list("pk", flat=True)))


def _below(changed: Collection[UUID]) -> tuple[set[UUID], list[tuple[UUID, UUID]]]:
    """Everything that the changed ones depend on, near and far, and the edges on the way."""
    reached, fresh = set(changed), list(changed)
    edges: list[tuple[UUID, UUID]] = []
    while fresh:
        found = [
            pair
            for chunk in _chunks(fresh)
            for pair in models.Dependency.objects.filter(dependent_id__in=chunk).values_list(
                "dependent_id", "support_id"
            )
        ]
        edges += found
        fresh = list({support for _dependent, support in found} - reached)
        reached.update(fresh)
    return reached, edges


def _flowing_in(reached: Collection[UUID]) -> list[tuple[UUID, UUID, tuple[int, ...]]]:
    """The edges that come from elsewhere, with the ranks that stand at their beginning."""
    columns = [f"dependent__need_{dimension}" for dimension in DIMENSIONS]
    return [
        (row[0], row[1], row[2:])
        for chunk in _chunks(reached)
        for row in models.Dependency.objects.filter(support_id__in=chunk).values_list(
            "dependent_id", "support_id", *columns
        )
        if row[0] not in reached
    ]


def _chunks(keys: Iterable[UUID]) -> Iterable[Sequence[UUID]]:
    given = sorted(keys)
    return (given[start : start + CHUNK] for start in range(0, len(given), CHUNK))


def holds_itself(dependent: UUID, support: UUID, kinds: Collection[str]) -> bool:
    """Whether a containment from ``dependent`` to ``support`` would close a circle."""
    seen, fresh = {support}, [support]
    while fresh:
        if dependent in seen:
            return True
        found = models.Dependency.objects.filter(dependent_id__in=fresh[:CHUNK], kind__in=kinds).values_list(
            "support_id", flat=True
        )
        rest = fresh[CHUNK:]
        new = set(found) - seen
        seen |= new
        fresh = [*rest, *new]
    return dependent in seen
