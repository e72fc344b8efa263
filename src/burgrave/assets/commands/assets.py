"""One asset: added, edited, classified, moved through its life, reviewed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assets import models, queries
from burgrave.assets.commands.loading import (
    classified,
    classify_row,
    fill,
    lock_inventory,
    locked,
    must_be_current,
    must_be_people,
    must_fit,
    must_not_mix,
    must_stay_in_kind,
    next_number,
)
from burgrave.assets.commands.needs import renew
from burgrave.assets.errors import LevelInUse, ReasonMissing, ReferenceTaken
from burgrave.assets.queries.finding import entry_of_facts
from burgrave.assets.rules import lifecycle
from burgrave.assets.rules.merging import spelled
from burgrave.assets.terms import (
    CLASSIFY,
    DIMENSIONS,
    EDIT,
    SCHEME,
    AssetFacts,
    AssetId,
    Lifecycle,
    Need,
    Scheme,
    records,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.web.editing import touch
from burgrave.web.errors import BadInput, StaleEdit
from burgrave.web.terms import Actor


@transaction.atomic
def add_asset(facts: AssetFacts, *, actor: Actor, now: datetime) -> AssetId:
    """The asset stands in the inventory. Raises ReferenceTaken, Forbidden, BadInput."""
    actor.must(EDIT, facts.unit_id)
    if facts.own != Need():
        actor.must(CLASSIFY, facts.unit_id)
    scheme = queries.scheme()
    must_fit([facts.own], scheme=scheme)
    must_be_people([facts])
    must_not_mix([facts])
    inventory = lock_inventory()
    _must_be_free(facts.reference, but=None)
    identifiers = spelled(facts)

    row = models.Asset(id=uuid4(), number=next_number(inventory), added_at=now, changed_by=actor.name, changed_at=now)
    row.lifecycle = facts.lifecycle
    fill(row, facts)
    assessed = classify_row(row, facts)
    inventory.save()
    row.save(force_insert=True)
    models.Identifier.objects.bulk_create(
        models.Identifier(asset=row, kind=kind, value=value) for kind, value in identifiers
    )
    renew([row.pk])
    lists.index([entry_of_facts(row.pk, row.number, facts)])

    added = records.AssetAdded(asset_id=row.pk, asset_type=facts.type, unit_id=facts.unit_id, name=Sealed(row.name))
    ledger.append(added, actor=actor, at=now)
    if assessed:
        ledger.append(classified(row, scheme_version=scheme.version), actor=actor, at=now)
    return AssetId(row.pk)


@transaction.atomic
def edit_asset(asset_id: UUID, facts: AssetFacts, *, version: int, actor: Actor, now: datetime) -> None:
    """The asset is as the facts say, classification and life left out. Raises StaleEdit, ReferenceTaken, NotFound."""
    row = locked(asset_id, permission=EDIT, actor=actor)
    if facts.unit_id != row.unit_id:
        actor.must(EDIT, facts.unit_id)

    must_be_current(row, version=version)
    must_be_people([facts])
    must_not_mix([facts])
    if facts.unit_id != row.unit_id:
        must_stay_in_kind(row, facts.unit_id)
    _must_be_free(facts.reference, but=row.pk)
    identifiers = spelled(facts)

    changed = list(fill(row, facts))
    if set(identifiers) != {(each.kind, each.value) for each in row.identifiers.all()}:
        row.identifiers.all().delete()
        models.Identifier.objects.bulk_create(
            models.Identifier(asset=row, kind=kind, value=value) for kind, value in identifiers
        )
        changed.append("identifiers")
    if not changed:
        return
    touch(row, actor=actor, now=now)
    row.save()
    lists.index([entry_of_facts(row.pk, row.number, facts)])

    edited = records.AssetEdited(asset_id=row.pk, fields=tuple(sorted(changed)), name=Sealed(row.name))
    ledger.append(edited, actor=actor, at=now)


@transaction.atomic
def classify(asset_id: UUID, own: Need, *, version: int, actor: Actor, now: datetime) -> int:
    """The asset was assessed so; its supports inherit it. Returns how many needs changed, its own included."""
    lock_inventory()
    row = locked(asset_id, permission=CLASSIFY, actor=actor)
    scheme = queries.scheme()

    must_be_current(row, version=version)
    must_fit([own], scheme=scheme)

    for dimension in DIMENSIONS:
        setattr(row, f"own_{dimension}", own.of(dimension))
    touch(row, actor=actor, now=now)
    row.save()
    changed = renew([row.pk])

    ledger.append(classified(row, scheme_version=scheme.version), actor=actor, at=now)
    return changed


@transaction.atomic
def lower_need(asset_id: UUID, to: Need, *, reason: str, version: int, actor: Actor, now: datetime) -> int:
    """The asset takes these ranks instead of what it would inherit; 0 lets it inherit again.

    Raises ReasonMissing, StaleEdit, NotFound, Forbidden.
    """
    lock_inventory()
    row = locked(asset_id, permission=CLASSIFY, actor=actor)

    must_be_current(row, version=version)
    must_fit([to], scheme=queries.scheme())
    if to != Need() and not reason.strip():
        raise ReasonMissing(
            "a need is lowered only with a reason",
            mend="Say why this asset needs less than those that depend on it, such as a second one that stands ready.",
        )

    for dimension in DIMENSIONS:
        setattr(row, f"lowered_{dimension}", to.of(dimension))
    row.lowered_reason = reason.strip() if to != Need() else ""
    touch(row, actor=actor, now=now)
    row.save()
    changed = renew([row.pk])

    lowered = records.NeedLowered(
        asset_id=row.pk,
        confidentiality=to.confidentiality,
        integrity=to.integrity,
        availability=to.availability,
        reason=Sealed(row.lowered_reason),
    )
    ledger.append(lowered, actor=actor, at=now)
    return changed


@transaction.atomic
def move(asset_id: UUID, to: Lifecycle, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The asset is in the phase. Raises LifecycleStep, ReasonMissing, StaleEdit, NotFound, Forbidden."""
    row = locked(asset_id, permission=EDIT, actor=actor)

    must_be_current(row, version=version)
    row.lifecycle = lifecycle.step(Lifecycle(row.lifecycle), to, reason=reason)

    touch(row, actor=actor, now=now)
    row.save()

    ledger.append(records.AssetMoved(asset_id=row.pk, lifecycle=to, reason=Sealed(reason.strip())), actor=actor, at=now)


@transaction.atomic
def review(asset_id: UUID, *, version: int, actor: Actor, now: datetime) -> None:
    """Somebody confirmed what this version says; the next review is due after the asset's own interval."""
    row = locked(asset_id, permission=EDIT, actor=actor)

    must_be_current(row, version=version)

    row.reviewed_on, row.reviewed_by = now.date(), actor.name
    row.review_due_on = lifecycle.due_on(
        reviewed_on=row.reviewed_on, added_on=row.added_at.date(), every_days=row.review_every_days
    )
    touch(row, actor=actor, now=now)
    row.save()

    ledger.append(records.AssetReviewed(asset_id=row.pk, version=version), actor=actor, at=now)


@transaction.atomic
def define_scheme(levels: tuple[tuple[str, str, str], ...], *, version: int, actor: Actor, now: datetime) -> Scheme:
    """The scheme has these levels (name, Chinese name, meaning), lowest first. ``version`` is the one that was seen.

    Raises LevelInUse where assets are classified by a level that would go, StaleEdit, SchemeUnusable, Forbidden.
    """
    if not actor.may_everywhere(SCHEME):
        actor.must_anywhere(SCHEME)
        raise BadInput("the scheme belongs to the whole organisation; your permission holds in a part of it")
    before = queries.scheme()
    if before.version != version:
        raise StaleEdit(
            "the scheme was changed by %(by)s since you opened it; nothing was overwritten",
            words={"by": before.made_by},
            changed_by=before.made_by,
            changed_at=before.made_at or now,
        )
    usable = lifecycle.usable(levels)
    highest = queries.highest_rank_in_use()
    if highest > len(usable):
        raise LevelInUse(
            "assets are classified as %(level)s, which the new scheme does not have",
            words={"level": before.name(highest)},
            mend="Classify those assets anew first; the list of assets filters them by need.",
        )

    made = Scheme(version=before.version + 1, levels=usable, made_at=now, made_by=actor.name)
    models.Scheme.objects.create(
        version=made.version,
        levels=[{"name": each.name, "name_zh": each.name_zh, "meaning": each.meaning} for each in usable],
        made_at=now,
        made_by=actor.name,
    )

    names = tuple(each.name for each in usable)
    ledger.append(records.SchemeDefined(version=made.version, levels=names), actor=actor, at=now)
    return made


def _must_be_free(reference: str, *, but: UUID | None) -> None:
    if not reference:
        return
    others = models.Asset.objects.filter(reference=reference)
    if (others.exclude(pk=but) if but else others).exists():
        raise ReferenceTaken(
            "another asset has the reference %(reference)s already",
            words={"reference": reference},
            mend="Search for it; it may belong to a unit that you do not see.",
        )
