"""Two records of one thing become one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from burgrave.assets import models
from burgrave.assets.commands.loading import (
    classify_row,
    fill,
    lock_inventory,
    locked,
    must_be_current,
    must_stay_apart,
)
from burgrave.assets.commands.needs import renew
from burgrave.assets.errors import ContainmentCycle, MergeRefused, ReasonMissing
from burgrave.assets.queries.assets import KIND
from burgrave.assets.queries.duplicates import assessed, edges_of
from burgrave.assets.queries.finding import entry_of_facts
from burgrave.assets.queries.kept import contained_below
from burgrave.assets.rules.containment import first_circle
from burgrave.assets.rules.duplicates import Assessed, Edge, merge, moved_edges
from burgrave.assets.terms import CLASSIFY, CONTAINMENT, DIMENSIONS, EDIT, AssetFacts, Merging, Need, records
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.web.editing import touch
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def merge_assets(
    survivor_id: UUID,
    duplicate_id: UUID,
    *,
    version: int,
    duplicate_version: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> int:
    """The duplicate went into the survivor, and its identifier leads there. Returns how many needs changed.

    The right to edit both is asked for, and that to classify wherever an assessment does not stay as it was. No need
    is lower than before.

    Raises StaleEdit, ReasonMissing, MergeRefused, ContainmentCycle, NotFound, Forbidden, BadInput.
    """
    lock_inventory()
    if survivor_id == duplicate_id:
        raise MergeRefused("an asset is no duplicate of itself", mend="Choose another asset.")
    first, second = (locked(key, permission=EDIT, actor=actor) for key in sorted((survivor_id, duplicate_id)))
    row, gone = (first, second) if first.pk == survivor_id else (second, first)
    must_be_current(row, version=version)
    must_be_current(gone, version=duplicate_version)
    must_stay_apart(row, gone)
    if not reason.strip():
        raise ReasonMissing("two assets are merged only with a reason", mend="Say how you know that they are one.")

    before, given = assessed(row), assessed(gone)
    plan = merge(before, given)
    _must_classify(row, before, plan, actor=actor)
    if given.facts.own != Need() or given.lowered != Need():
        _must_classify(gone, given, plan, actor=actor)
    edges = moved_edges(edges_of(row.pk, gone.pk), survivor=row.pk, duplicate=gone.pk)
    _must_not_lie_within_itself(edges, row=row, gone=gone)

    _end(gone, row, actor=actor, now=now)
    _take(row, plan, edges, actor=actor, now=now)
    changed = renew([row.pk])
    lists.unindex(KIND, [gone.pk])
    lists.index([entry_of_facts(row.pk, row.number, plan.facts)])

    merged = records.AssetsMerged(
        survivor_id=row.pk,
        duplicate_id=duplicate_id,
        fields=plan.fields,
        dependencies=len(edges),
        name=Sealed(gone.name),
        facts=Sealed(_told(given)),
        reason=Sealed(reason.strip()),
    )
    ledger.append(merged, actor=actor, at=now)
    return changed


def _must_classify(row: models.Asset, before: Assessed, plan: Merging, *, actor: Actor) -> None:
    if (before.facts.own, before.lowered) != (plan.facts.own, plan.lowered):
        actor.must(CLASSIFY, UnitId(row.unit_id))


def _must_not_lie_within_itself(edges: Sequence[Edge], *, row: models.Asset, gone: models.Asset) -> None:
    """Return when neither of the two lies within the other by a detour. Raises ContainmentCycle."""
    standing = contained_below({row.pk, gone.pk}, CONTAINMENT)
    below = [(row.pk if one == gone.pk else one, row.pk if other == gone.pk else other) for one, other in standing]
    moved = [(one, other) for one, kind, other in edges if kind in CONTAINMENT]
    if first_circle([pair for pair in (*below, *moved) if pair[0] != pair[1]]):
        raise ContainmentCycle(
            "%(support)s already lies within %(dependent)s, or consists of it; both ways at once cannot be",
            words={"support": gone.name, "dependent": row.name},
            mend="They are not one asset, or a dependency between them is wrong; remove that first.",
        )


def _end(gone: models.Asset, row: models.Asset, *, actor: Actor, now: datetime) -> None:
    """The duplicate is gone, and with it its dependencies; what led to it leads to the survivor."""
    models.Merged.objects.filter(survivor=gone).update(survivor=row)
    models.Merged.objects.create(
        id=gone.pk, survivor=row, number=gone.number, name=gone.name, merged_at=now, merged_by=actor.name
    )
    models.Dependency.objects.filter(Q(dependent=gone) | Q(support=gone)).delete()
    models.Asset.objects.filter(pk=gone.pk).delete()


def _take(row: models.Asset, plan: Merging, edges: Sequence[Edge], *, actor: Actor, now: datetime) -> None:
    """The survivor says what the plan says, and has the dependencies."""
    fill(row, plan.facts)
    classify_row(row, plan.facts)
    for dimension in DIMENSIONS:
        setattr(row, f"lowered_{dimension}", plan.lowered.of(dimension))
    row.lowered_reason = plan.lowered_reason
    touch(row, actor=actor, now=now)
    row.save()
    row.identifiers.all().delete()
    models.Identifier.objects.bulk_create(
        models.Identifier(asset=row, kind=kind, value=value) for kind, value in plan.facts.identifiers
    )
    models.Dependency.objects.bulk_create(
        models.Dependency(dependent_id=one, kind=kind, support_id=other) for one, kind, other in edges
    )


def _told(given: Assessed) -> str:
    """All that was said of the duplicate, so that nothing is lost by merging."""
    said = {field.name: getattr(given.facts, field.name) for field in fields(AssetFacts)}
    for part, need in (("own", given.facts.own), ("lowered", given.lowered)):
        said[part] = {str(each): need.of(each) for each in DIMENSIONS}
    return json.dumps({**said, "lowered_reason": given.lowered_reason}, ensure_ascii=False, default=str)
