"""Assets that may be one and the same, what merging two would do, and where a duplicate went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.db.models import Count, Q

from burgrave.assets import models
from burgrave.assets.queries.assets import facts_of, need_of, number_text, row_of, visible
from burgrave.assets.rules.duplicates import PRODUCT_KINDS, Assessed, Edge, merge, moved_edges, pairs
from burgrave.assets.terms import (
    READ,
    AssetId,
    AssetType,
    AssetView,
    Candidate,
    DependencyKind,
    FormerAsset,
    IdentifierKind,
    Lifecycle,
    Merging,
)
from burgrave.people import queries as people
from burgrave.web.terms import Actor

MOST_CANDIDATES, MOST_MEMBERS = 200, 1_000


def duplicates(*, actor: Actor) -> tuple[Candidate, ...]:
    """Pairs that may be one asset, MOST_CANDIDATES at most; those that share most identifiers first. Five statements.

    What is disposed of has no duplicate: its name and its address may well be another's now.
    """
    standing = visible(actor).exclude(lifecycle=Lifecycle.DISPOSED)
    found = pairs(_sharing(actor), _named_alike(actor))
    chosen = sorted(found.items(), key=lambda each: (-len(each[1][0]), not each[1][1]))[:MOST_CANDIDATES]
    keys = {key for pair, _why in chosen for key in pair}
    rows = {row.pk: row_of(row) for row in standing.select_related("unit", "owner").filter(pk__in=keys)}
    return tuple(
        Candidate(one=rows[one], other=rows[other], identifiers=identifiers, same_name=same_name)
        for (one, other), (identifiers, same_name) in chosen
        if one in rows and other in rows
    )


def _sharing(actor: Actor) -> dict[tuple[IdentifierKind, str], Collection[tuple[int, UUID]]]:
    telling = (
        models.Identifier.objects.filter(people.within(actor, READ, "asset__unit"))
        .exclude(asset__lifecycle=Lifecycle.DISPOSED)
        .filter(~Q(kind__in=PRODUCT_KINDS) | Q(asset__type=AssetType.SOFTWARE))
    )
    shared = telling.order_by().values_list("kind", "value").annotate(count=Count("pk")).filter(count__gt=1)
    wanted = {(kind, value) for kind, value, _count in shared.order_by("kind", "value")[:MOST_CANDIDATES]}
    members = telling.filter(value__in={value for _kind, value in wanted}).order_by("value", "kind", "asset__number")
    groups: dict[tuple[IdentifierKind, str], list[tuple[int, UUID]]] = defaultdict(list)
    for kind, value, number, key in members.values_list("kind", "value", "asset__number", "asset_id")[:MOST_MEMBERS]:
        if (kind, value) in wanted:
            groups[IdentifierKind(kind), value].append((number, key))
    return {**groups}


def _named_alike(actor: Actor) -> list[tuple[UUID, str, int, UUID]]:
    """Equal names are sorted to one place, so that the index of the list finds them."""
    standing = visible(actor).exclude(lifecycle=Lifecycle.DISPOSED).order_by()
    alike = standing.values_list("sort_key", "unit_id").annotate(count=Count("pk")).filter(count__gt=1)
    wanted = {(place, unit_id) for place, unit_id, _count in alike.order_by("sort_key", "unit_id")[:MOST_CANDIDATES]}
    members = standing.filter(sort_key__in={place for place, _unit in wanted}).order_by("sort_key", "number")
    columns = ("sort_key", "unit_id", "name", "number", "pk")
    return [row[1:] for row in members.values_list(*columns)[:MOST_MEMBERS] if row[:2] in wanted]


def assessed(row: models.Asset) -> Assessed:
    """The asset with all that bears on its need."""
    return Assessed(
        facts=facts_of(row),
        lowered=need_of(row, "lowered"),
        lowered_reason=row.lowered_reason,
        need=need_of(row, "need"),
    )


def edges_of(*keys: UUID) -> tuple[Edge, ...]:
    """Every dependency of the assets, in both directions. One statement."""
    found = models.Dependency.objects.filter(Q(dependent_id__in=keys) | Q(support_id__in=keys)).order_by("pk")
    rows = found.values_list("dependent_id", "kind", "support_id")
    return tuple((dependent, DependencyKind(kind), support) for dependent, kind, support in rows)


def merging(kept: AssetView, given: AssetView) -> Merging:
    """What the survivor would say, and how many dependencies come over. One statement.

    Raises MergeRefused, BadInput.
    """
    survivor, duplicate = kept.row.asset_id, given.row.asset_id
    plan = merge(_assessed_view(kept), _assessed_view(given))
    edges = moved_edges(edges_of(survivor, duplicate), survivor=survivor, duplicate=duplicate)
    return replace(plan, moved=len(edges))


def _assessed_view(view: AssetView) -> Assessed:
    return Assessed(facts=view.facts, lowered=view.lowered, lowered_reason=view.lowered_reason, need=view.row.need)


def merged_into(asset_id: UUID, *, actor: Actor) -> AssetId | None:
    """The visible asset that the duplicate went into; None where there is none. One statement."""
    found = models.Merged.objects.filter(people.within(actor, READ, "survivor__unit"), pk=asset_id)
    key = found.values_list("survivor_id", flat=True).first()
    return None if key is None else AssetId(key)


def merged_with(asset_id: UUID) -> tuple[FormerAsset, ...]:
    """The duplicates that went into the asset, newest first."""
    return tuple(
        FormerAsset(
            asset_id=AssetId(row.pk),
            number=number_text(row.number),
            name=row.name,
            merged_at=row.merged_at,
            merged_by=row.merged_by,
        )
        for row in models.Merged.objects.filter(survivor_id=asset_id).order_by("-merged_at", "-number")
    )
