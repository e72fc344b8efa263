"""Whom a document is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from burgrave.assets import queries as assets
from burgrave.assets.terms import AssetType
from burgrave.people import queries as people
from burgrave.people.terms import Circle
from burgrave.policies import models
from burgrave.policies.queries.reach import document_row
from burgrave.policies.terms.acknowledging import AudienceKind, AudiencePart, AudienceView, Cadence
from burgrave.web.terms import Actor, PersonId, UnitId


def parts_of(document_id: UUID) -> tuple[AudiencePart, ...]:
    """The rules of the document's audience. One statement."""
    return tuple(map(part_of, models.AudienceRule.objects.filter(document_id=document_id).order_by("ordinal")))


def part_of(row: models.AudienceRule) -> AudiencePart:
    return AudiencePart(
        kind=AudienceKind(row.kind),
        unit_id=UnitId(row.unit_id) if row.unit_id else None,
        with_below=row.with_below,
        role=row.role,
        asset_type=row.asset_type,
    )


def circle_of(parts: Sequence[AudiencePart], *, is_sample: bool) -> Circle:
    """The people whom the rules take in; one statement for each type of asset whose owners are meant."""
    units = [part for part in parts if part.kind is AudienceKind.UNIT and part.unit_id]
    owners: set[PersonId] = set()
    for part in parts:
        if part.kind is AudienceKind.OWNERS and part.asset_type in set(AssetType):
            owners |= assets.owners(AssetType(part.asset_type))
    return Circle(
        everybody=any(part.kind is AudienceKind.EVERYBODY for part in parts),
        units=tuple(part.unit_id for part in units if part.unit_id and not part.with_below),
        trees=tuple(part.unit_id for part in units if part.unit_id and part.with_below),
        roles=tuple(part.role for part in parts if part.kind is AudienceKind.ROLE),
        persons=frozenset(owners),
        is_sample=is_sample,
    )


def head_count(
    document_id: UUID, parts: Sequence[AudiencePart], *, actor: Actor, now: datetime
) -> tuple[int, tuple[int, ...]]:
    """How many people the rules take in together, and each by itself: what is shown before they are kept."""
    document = document_row(document_id, actor=actor)
    each = tuple(people.count_members(circle_of([part], is_sample=document.is_sample), now=now) for part in parts)
    return people.count_members(circle_of(parts, is_sample=document.is_sample), now=now), each


def audience(document_id: UUID, *, actor: Actor, now: datetime) -> AudienceView:
    """The audience of a document that the actor may read, with its head count now."""
    document = document_row(document_id, actor=actor)
    parts = parts_of(document_id)
    asking = models.Asking.objects.filter(pk=document_id).first()
    return AudienceView(
        parts=parts,
        people=people.count_members(circle_of(parts, is_sample=document.is_sample), now=now) if parts else 0,
        cadence=cadence_of(asking) if asking else Cadence(),
        version=asking.version if asking else 0,
    )


def cadence_of(asking: models.Asking) -> Cadence:
    return Cadence(
        due_days=asking.due_days,
        remind_before_days=tuple(asking.remind_before_days),
        repeat_days=asking.repeat_days,
        escalate_after_days=asking.escalate_after_days,
    )
