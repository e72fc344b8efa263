"""One asset with everything that its page says: three statements, whatever the inventory and however long its ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, Subquery
from django.db.models.expressions import RawSQL

from burgrave.assets import models
from burgrave.assets.queries.assets import SCHEME_FIELDS, facts_of, need_of, number_text, row_of, scheme_of, visible
from burgrave.assets.terms import (
    DEFAULT_SCHEME,
    DIMENSIONS,
    READ,
    AssetId,
    AssetRecord,
    AssetRow,
    AssetView,
    DependencyKind,
    Dimension,
    IdentifierKind,
    Neighbour,
    PathStep,
    Scheme,
    Why,
)
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId

LONGEST_PATH = 50
MOST_NEIGHBOURS = 200
MOST_EDGES = 600
MOST_SURROUNDINGS = 40

_STEP = """{name} AS (
    SELECT e.id, e.dependent_id, e.kind, e.support_id,
        ROW_NUMBER() OVER (ORDER BY a.need_highest DESC, a.name, e.id) AS place
    FROM assets_dependency e JOIN assets_asset a ON a.id = e.{far}_id
    WHERE e.{near}_id IN ({asked}) ORDER BY place LIMIT {most})"""
_BEFORE = "SELECT {far}_id FROM {near}_{step} ORDER BY place LIMIT {most}"
_WAYS = """WITH RECURSIVE way (dimension, step, asset) AS ({first}
    UNION ALL SELECT way.dimension, way.step + 1, {cause}
    FROM way JOIN assets_asset a ON a.id = way.asset WHERE way.step < {most} AND {cause} IS NOT NULL
) SELECT asset FROM way"""
_UP, _DOWN = "support", "dependent"


class _Edge(NamedTuple):
    """A dependency, how many steps away it was met, and from which of its ends."""

    near: str
    step: int
    place: int
    dependency_id: int
    dependent: UUID
    kind: DependencyKind
    support: UUID

    @property
    def far(self) -> UUID:
        return self.dependent if self.near == _UP else self.support

    @property
    def near_end(self) -> UUID:
        return self.support if self.near == _UP else self.dependent


def asset(asset_id: UUID, *, actor: Actor) -> AssetView:
    """The record. Raises NotFound. Three statements."""
    return record(asset_id, depth=1, actor=actor).view


def surroundings(
    asset_id: UUID, *, depth: int, actor: Actor
) -> tuple[tuple[AssetRow, ...], tuple[tuple[AssetId, DependencyKind, AssetId], ...]]:
    """What `record` shows around the asset. Raises NotFound."""
    found = record(asset_id, depth=depth, actor=actor)
    return found.around, found.dependencies


def record(asset_id: UUID, *, depth: int, actor: Actor) -> AssetRecord:
    """The record with what lies ``depth`` dependencies around it. Raises NotFound. Three statements.

    Around it lies what depends on it and what it depends on, not what merely depends on the same: a network that
    carries three hundred computers would fill every picture. At most ``MOST_SURROUNDINGS`` assets, those with the
    highest needs first.
    """
    row, identifiers = _asset(asset_id, actor=actor)
    edges = _edges_around(asset_id, depth=depth)
    reached, near_edges = _reached(asset_id, edges)
    direct = tuple(edge for edge in edges if edge.step == 1 and edge.place <= MOST_NEIGHBOURS)
    rows = _rows(row, chain(reached, (edge.far for edge in direct)))
    seen = {key: row_of(each) for key, each in rows.items() if actor.may(READ, UnitId(each.unit_id))}
    needs, hidden_below = _neighbours((edge for edge in direct if edge.near == _DOWN), seen)
    needed_by, hidden_above = _neighbours((edge for edge in direct if edge.near == _UP), seen)
    around = {key: seen[key] for key in reached if key in seen}
    return AssetRecord(
        view=AssetView(
            row=row_of(row),
            facts=facts_of(row, identifiers),
            owner_name=row.owner.name if row.owner else "",
            custodian_name=row.custodian.name if row.custodian else "",
            why=tuple(_why(row, dimension, rows, actor=actor) for dimension in DIMENSIONS),
            needs=needs,
            needed_by=needed_by,
            hidden=hidden_below + hidden_above,
            lowered=need_of(row, "lowered"),
            lowered_reason=row.lowered_reason,
            reviewed_on=row.reviewed_on,
            reviewed_by=row.reviewed_by,
            added_at=row.added_at,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
        ),
        scheme=_scheme(row),
        around=tuple(around.values()),
        dependencies=tuple(
            (AssetId(edge.dependent), edge.kind, AssetId(edge.support))
            for edge in near_edges
            if edge.dependent in around and edge.support in around
        ),
    )


def _asset(asset_id: UUID, *, actor: Actor) -> tuple[models.Asset, tuple[tuple[IdentifierKind, str], ...]]:
    """The asset with its identifiers, in one statement: it comes once for each of them. Raises NotFound.

    The classification scheme that holds comes along, as columns of the asset.
    """
    newest = models.Scheme.objects.order_by("-version")
    found = list(
        visible(actor)
        .select_related("unit", "owner", "custodian")
        .filter(pk=asset_id)
        .annotate(identifier_kind=F("identifiers__kind"), identifier_value=F("identifiers__value"))
        .annotate(**{f"scheme_{field}": Subquery(newest.values(field)[:1]) for field in SCHEME_FIELDS})
        .order_by("identifiers__id")
    )
    if not found:
        raise NotFound("no asset with this identifier is visible to you")
    pairs = ((each.identifier_kind, each.identifier_value) for each in found)
    return found[0], tuple((IdentifierKind(kind), value) for kind, value in pairs if kind is not None)


def _scheme(row: models.Asset) -> Scheme:
    found = [getattr(row, f"scheme_{field}") for field in SCHEME_FIELDS]
    return DEFAULT_SCHEME if found[0] is None else scheme_of(*found)


def _edges_around(asset_id: UUID, *, depth: int) -> tuple[_Edge, ...]:
    """The dependencies up and down from the asset, the nearest first and of each step the gravest. One statement."""
    steps, given = [], []
    for near, far in ((_UP, _DOWN), (_DOWN, _UP)):
        for step in range(1, depth + 1):
            asked = _BEFORE.format(far=far, near=near, step=step - 1, most=MOST_SURROUNDINGS) if step > 1 else "%s"
            steps.append(_STEP.format(name=f"{near}_{step}", far=far, near=near, asked=asked, most=MOST_EDGES))
            given.append(f"SELECT '{near}', {step}, place, id, dependent_id, kind, support_id FROM {near}_{step}")  # noqa: S608 - words of ours
    with connection.cursor() as cursor:
        key = _key(asset_id)
        cursor.execute(f"WITH {', '.join(steps)} {' UNION ALL '.join(given)}", [key, key])
        found = [
            _Edge(near, int(step), int(place), int(id_), _uuid(dependent), DependencyKind(kind), _uuid(support))
            for near, step, place, id_, dependent, kind, support in cursor.fetchall()
        ]
    # What depends on the asset stands before what it depends on.
    return tuple(sorted(found, key=lambda edge: (edge.near == _DOWN, edge.step, edge.place)))


def _reached(asset_id: UUID, edges: tuple[_Edge, ...]) -> tuple[tuple[UUID, ...], tuple[_Edge, ...]]:
    """The assets around, at most MOST_SURROUNDINGS with the asset itself, and each dependency between them once."""
    reached: dict[UUID, None] = {asset_id: None}
    kept: dict[int, _Edge] = {}
    for near in (_UP, _DOWN):
        fresh = {asset_id}
        for step in sorted({edge.step for edge in edges}):
            here = [edge for edge in edges if edge.near == near and edge.step == step and edge.near_end in fresh]
            kept |= {edge.dependency_id: edge for edge in here}
            further = [key for key in dict.fromkeys(edge.far for edge in here) if key not in reached]
            fresh = set(further[: max(0, MOST_SURROUNDINGS - len(reached))])
            reached |= dict.fromkeys(key for key in further if key in fresh)
    return tuple(reached), tuple(kept.values())


def _rows(row: models.Asset, keys: Iterable[UUID]) -> Mapping[UUID, models.Asset]:
    """These assets and those along which the asset's ranks came. One statement."""
    wanted = Q(pk__in=set(keys))
    if caused := [dimension for dimension in DIMENSIONS if _cause(row, dimension) is not None]:
        first = " UNION ALL ".join(
            f"SELECT CAST('{each}' AS text), 1, cause_{each} FROM assets_asset WHERE id = %s"  # noqa: S608 - words of ours
            for each in caused
        )
        whens = " ".join(f"WHEN '{each}' THEN a.cause_{each}" for each in caused)
        cause = f"CASE way.dimension {whens} END"
        ways = _WAYS.format(first=first, cause=cause, most=LONGEST_PATH)
        wanted |= Q(pk__in=RawSQL(ways, [_key(row.pk)] * len(caused)))  # noqa: S611 - words of ours
    found = models.Asset.objects.filter(wanted).select_related("unit", "owner")
    return {each.pk: each for each in found} | {row.pk: row}


def _neighbours(edges: Iterable[_Edge], seen: Mapping[UUID, AssetRow]) -> tuple[tuple[Neighbour, ...], int]:
    """The visible neighbours, gravest first, and how many are hidden."""
    found = tuple(edges)
    shown = tuple(
        Neighbour(dependency_id=edge.dependency_id, kind=edge.kind, row=seen[edge.far])
        for edge in found
        if edge.far in seen
    )
    return shown, len(found) - len(shown)


def _why(row: models.Asset, dimension: Dimension, rows: Mapping[UUID, models.Asset], *, actor: Actor) -> Why:
    """The reason of a rank: the way to the asset that it came from, LONGEST_PATH steps of it at most."""
    path = [row]
    while len(path) <= LONGEST_PATH and (key := _cause(path[-1], dimension)) is not None:
        path.append(rows[key])
    lowered = getattr(row, f"lowered_{dimension}")
    return Why(
        dimension=dimension,
        rank=getattr(row, f"need_{dimension}"),
        own=getattr(row, f"own_{dimension}"),
        path=tuple(_path_step(each, dimension, actor=actor) for each in path),
        goes_on=_cause(path[-1], dimension) is not None,
        lowered_to=lowered or None,
        reason=row.lowered_reason if lowered else "",
    )


def _cause(row: models.Asset, dimension: Dimension) -> UUID | None:
    cause: UUID | None = getattr(row, f"cause_{dimension}")
    return cause


def _path_step(row: models.Asset, dimension: Dimension, *, actor: Actor) -> PathStep:
    seen = actor.may(READ, UnitId(row.unit_id))
    return PathStep(
        asset_id=AssetId(row.pk),
        number=number_text(row.number) if seen else "",
        name=row.name if seen else "",
        rank=getattr(row, f"need_{dimension}"),
        is_visible=seen,
    )


def _key(asset_id: UUID) -> UUID | str:
    """The identifier as the database keeps it."""
    key: UUID | str = models.Asset._meta.pk.get_db_prep_value(asset_id, connection)  # noqa: SLF001 - Django's documented model API
    return key


def _uuid(kept: object) -> UUID:
    return kept if isinstance(kept, UUID) else UUID(str(kept))
