"""One change of many assets: all of them or none, each with its own record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.assets import models, queries
from burgrave.assets.commands import rows
from burgrave.assets.commands.loading import apart, fill, must_be_people, must_not_mix
from burgrave.assets.queries.finding import entry_of_facts
from burgrave.assets.queries.plain import chunks
from burgrave.assets.rules import lifecycle
from burgrave.assets.terms import EDIT, READ, AssetChange, AssetFacts, Lifecycle, records
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.editing import touch
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def change_many(asset_ids: Sequence[UUID], change: AssetChange, *, actor: Actor, now: datetime) -> int:
    """Every asset is as the change says. Returns how many differ from before; those alone have a new version.

    Raises NotFound when one is not there or not seen, Forbidden, LifecycleStep, ReasonMissing, BadInput.
    """
    if change.unit_id is not None:
        actor.must(EDIT, change.unit_id)
    changed: list[models.Asset] = []
    written: list[Record] = []
    found: list[models.Asset] = []
    for some in chunks(sorted(set(asset_ids))):
        locked = models.Asset.objects.select_for_update().filter(pk__in=some).order_by("pk")
        found += locked.prefetch_related("identifiers")
    if len(found) != len(set(asset_ids)) or not all(actor.may(READ, UnitId(row.unit_id)) for row in found):
        raise NotFound("one of these assets is not there any more, or not visible to you; nothing was changed")
    for unit_id in {UnitId(row.unit_id) for row in found}:
        actor.must(EDIT, unit_id)

    facts = [change.of(queries.facts_of(row)) for row in found]
    must_be_people(facts[:1])
    _must_keep_apart(found, facts)
    entries = []
    for row, wanted in zip(found, facts, strict=True):
        made = tuple(_changed(row, wanted, change, actor=actor, now=now))
        if made:
            touch(row, actor=actor, now=now)
            changed.append(row)
            written += made
            entries.append(entry_of_facts(row.pk, row.number, wanted))

    rows.change_assets([tuple(getattr(row, name) for name in rows.ASSET_COLUMNS) for row in changed])
    if change.is_review:
        models.Asset.objects.filter(pk__in=[row.pk for row in changed]).update(
            reviewed_on=now.date(), reviewed_by=actor.name
        )
    lists.index(entries)

    if written:
        act = records.AssetsChanged(fields=change.fields, assets=len(changed))
        ledger.append_all([*written, act], actor=actor, at=now)
    return len(changed)


def _must_keep_apart(found: Sequence[models.Asset], facts: Sequence[AssetFacts]) -> None:
    """Return when nothing goes into the sample or out of it, by unit or by owner. Raises SampleStaysApart."""
    samples = people.sample_units()
    for row, wanted in zip(found, facts, strict=True):
        if (row.unit_id in samples) != (wanted.unit_id in samples):
            raise apart()
    must_not_mix(facts)


def _changed(
    row: models.Asset, wanted: AssetFacts, change: AssetChange, *, actor: Actor, now: datetime
) -> Iterator[Record]:
    version = row.version
    if change.is_review:
        row.reviewed_on, row.reviewed_by = now.date(), actor.name
    if names := fill(row, replace(wanted, lifecycle=Lifecycle(row.lifecycle))):
        yield records.AssetEdited(asset_id=row.pk, fields=tuple(sorted(names)), name=Sealed(row.name))
    if change.lifecycle is not None and change.lifecycle != row.lifecycle:
        row.lifecycle = lifecycle.step(Lifecycle(row.lifecycle), change.lifecycle, reason=change.reason)
        yield records.AssetMoved(asset_id=row.pk, lifecycle=change.lifecycle, reason=Sealed(change.reason.strip()))
    if change.is_review:
        yield records.AssetReviewed(asset_id=row.pk, version=version)
