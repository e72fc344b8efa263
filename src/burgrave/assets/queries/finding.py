"""Assets as the search knows them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from burgrave.assets import models
from burgrave.assets.queries.assets import KIND, number_text
from burgrave.assets.rules.merging import spelled
from burgrave.assets.terms import AssetFacts, IdentifierKind
from burgrave.lists.terms import Entry
from burgrave.web.terms import UnitId


def entry_of(row: models.Asset, identifiers: Iterable[str]) -> Entry:
    """The asset with the names that other systems give it."""
    return Entry(
        kind=KIND,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        identifier=number_text(row.number),
        title=row.name,
        text=" ".join((row.reference, *row.tags, *identifiers, row.description)).strip(),
    )


def entry_of_facts(asset_id: UUID, number: int, facts: AssetFacts) -> Entry:
    """The same of what was said about an asset."""
    return entry_with(asset_id, number, facts, names=spelled(facts))


def entry_with(asset_id: UUID, number: int, facts: AssetFacts, *, names: Iterable[tuple[IdentifierKind, str]]) -> Entry:
    """The same where the ``names`` that other systems give it are in their one spelling already."""
    return Entry(
        kind=KIND,
        object_id=asset_id,
        unit_id=facts.unit_id,
        identifier=number_text(number),
        title=facts.name.strip(),
        text=" ".join((facts.reference, *facts.tags, *(value for _kind, value in names), facts.description)).strip(),
    )


def asset_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of assets after an id. Two statements."""
    rows = models.Asset.objects.order_by("pk").prefetch_related("identifiers")
    rows = rows.filter(pk__gt=after) if after else rows
    return [entry_of(row, (each.value for each in row.identifiers.all())) for row in rows[:limit]]
