"""What every asset needs follows from who depends on it, and is stored beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from burgrave.assets import models
from burgrave.assets.rules.needs import inherit
from burgrave.assets.terms import DIMENSIONS, Dimension

CHUNK = 500
"""Parameters of one statement; SQLite takes a thousand and more, and this is far enough from that."""


def renew(changed: Collection[UUID]) -> int:
    """The needs of the changed assets and of everything that they depend on are right again. Returns how many changed.

    Statements grow with what is reached below the changed ones, never with the size of the inventory.
    """
    reached, edges = _below(changed)
    rows = {row.pk: row for chunk in _chunks(reached) for row in models.Asset.objects.filter(pk__in=chunk)}
    inner = [(dependent, support) for dependent, support in edges if dependent in rows and support in rows]
    outer = _flowing_in(rows.keys())
    after: dict[UUID, models.Asset] = {}
    for dimension in DIMENSIONS:
        outside: dict[UUID, tuple[int, UUID]] = {}
        for dependent, support, ranks in outer:
            rank = ranks[dimension]
            if rank > outside.get(support, (-1, dependent))[0]:
                outside[support] = (rank, dependent)
        found = inherit(
            {key: getattr(row, f"own_{dimension}") for key, row in rows.items()},
            inner,
            lowered={key: rank for key, row in rows.items() if (rank := getattr(row, f"lowered_{dimension}"))},
            outside=outside,
        )
        for key, (rank, cause) in found.items():
            row = rows[key]
            if (getattr(row, f"need_{dimension}"), getattr(row, f"cause_{dimension}")) != (rank, cause):
                setattr(row, f"need_{dimension}", rank)
                setattr(row, f"cause_{dimension}", cause)
                after[key] = row
    _store(after.values())
    return len(after)


def renew_all() -> int:
    """The needs of the whole inventory are right. Returns how many changed."""
    return renew(tuple(models.Asset.objects.values_list("pk", flat=True)))


def _store(rows: Iterable[models.Asset]) -> None:
    kept = list(rows)
    for row in kept:
        row.need_highest = max(row.need_confidentiality, row.need_integrity, row.need_availability)
    fields = [f"{part}_{dimension}" for part in ("need", "cause") for dimension in DIMENSIONS]
    models.Asset.objects.bulk_update(kept, [*fields, "need_highest"], batch_size=100)


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


def _flowing_in(reached: Collection[UUID]) -> list[tuple[UUID, UUID, dict[Dimension, int]]]:
    """The edges that come from elsewhere, with the ranks that stand at their beginning."""
    columns = [f"dependent__need_{dimension}" for dimension in DIMENSIONS]
    return [
        (row[0], row[1], dict(zip(DIMENSIONS, row[2:], strict=True)))
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
