"""Assets as a measure or a requirement reaches for them: by unit, type, tag, need, or by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q

from burgrave.assets import models
from burgrave.assets.queries.assets import number_text
from burgrave.assets.terms import AssetBrief, AssetId, AssetType, Lifecycle, Need
from burgrave.web.terms import UnitId

AT_ONCE = 500


def briefs(asset_ids: Collection[UUID]) -> Mapping[AssetId, AssetBrief]:
    """These assets in short, whoever asks: the caller says to whom their names may be shown. One statement each 500."""
    keys = sorted(set(asset_ids), key=str)
    found: dict[AssetId, AssetBrief] = {}
    for first in range(0, len(keys), AT_ONCE):
        for each in _briefs(Q(pk__in=keys[first : first + AT_ONCE])):
            found[each.asset_id] = each
    return found


def briefs_in_use() -> Iterable[AssetBrief]:
    """Every asset that is not disposed of, in short, by number. One statement."""
    return _briefs(~Q(lifecycle=Lifecycle.DISPOSED))


def _briefs(where: Q) -> Iterable[AssetBrief]:
    rows = (
        models.Asset.objects.filter(where)
        .order_by("number")
        .values_list(
            "pk",
            "number",
            "name",
            "unit_id",
            "type",
            "tags",
            "need_confidentiality",
            "need_integrity",
            "need_availability",
        )
    )
    return (
        AssetBrief(
            asset_id=AssetId(key),
            number=number_text(number),
            name=name,
            unit_id=UnitId(unit_id),
            type=AssetType(type_),
            tags=frozenset(tags),
            need=Need(confidentiality=confidentiality, integrity=integrity, availability=availability),
        )
        for key, number, name, unit_id, type_, tags, confidentiality, integrity, availability in rows
    )


def reviews(*, today: date) -> tuple[int, tuple[AssetId, ...]]:
    """How many real assets are in use, and those whose review is overdue, the oldest first. Two statements."""
    found = models.Asset.objects.filter(unit__is_sample=False).exclude(lifecycle=Lifecycle.DISPOSED)
    late = found.filter(review_due_on__lt=today).order_by("review_due_on", "pk").values_list("pk", flat=True)
    return found.count(), tuple(map(AssetId, late))
