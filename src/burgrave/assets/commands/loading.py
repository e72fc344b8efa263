"""Rows locked for a change, seen only by who may change them, and filled from facts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Max

from burgrave.assets import models
from burgrave.assets.errors import SampleStaysApart
from burgrave.assets.queries.finding import entry_of_facts
from burgrave.assets.rules.lifecycle import due_on
from burgrave.assets.terms import DIMENSIONS, READ, AssetFacts, Need, Scheme
from burgrave.assets.terms.records import AssetClassified
from burgrave.engines.pinyin import sort_key
from burgrave.engines.search import folded
from burgrave.lists.terms import Entry
from burgrave.people import queries as people
from burgrave.web import editing
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, UnitId

PLAIN = (
    "name",
    "type",
    "unit_id",
    "reference",
    "description",
    "owner_id",
    "custodian_id",
    "value_minor",
    "currency",
    "personal_data",
    "review_every_days",
)


def locked(asset_id: UUID, *, permission: str, actor: Actor) -> models.Asset:
    """The asset, locked. Raises NotFound where the actor may not even read it, Forbidden without the permission."""
    row = models.Asset.objects.select_for_update().filter(pk=asset_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no asset with this identifier is visible to you")
    actor.must(permission, UnitId(row.unit_id))
    return row


def must_be_current(row: models.Asset, *, version: int) -> None:
    """Return when nobody changed the asset since. Raises StaleEdit."""
    editing.must_be_current(row, version=version, name=row.name)


def lock_inventory() -> models.Inventory:
    """Whoever comes second waits until this transaction ends. Taken before any asset is locked."""
    most = models.Asset.objects.aggregate(most=Max("number"))["most"] or 0
    models.Inventory.objects.get_or_create(pk=models.INVENTORY_PK, defaults={"last_number": most})
    return models.Inventory.objects.select_for_update().get(pk=models.INVENTORY_PK)


def next_number(inventory: models.Inventory) -> int:
    """A number that no asset ever had; the caller saves the inventory."""
    inventory.last_number += 1
    return inventory.last_number


def fill(row: models.Asset, facts: AssetFacts) -> tuple[str, ...]:
    """The row says what the facts say, its life and its classification left out. Returns the fields that changed."""
    changed = []
    wanted = {name: getattr(facts, name) for name in PLAIN} | {
        "tags": list(facts.tags),
        "type": str(facts.type),
        "name": facts.name.strip(),
    }
    for name, value in wanted.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed.append(name)
    row.sort_key = sort_key(row.name)
    row.search_text = search_text(facts, number=row.number)
    row.review_due_on = due_on(
        reviewed_on=row.reviewed_on, added_on=row.added_at.date(), every_days=row.review_every_days
    )
    return tuple(changed)


def search_text(facts: AssetFacts, *, number: int) -> str:
    """What a list searches in where the index of the search finds too many: the same words."""
    return search_text_of(entry_of_facts(UUID(int=0), number, facts))


def search_text_of(entry: Entry) -> str:
    """The same of an asset that the search knows."""
    return folded(f"{entry.identifier} {entry.title} {entry.text}"[:4_000])


def classified(row: models.Asset, *, scheme_version: int) -> AssetClassified:
    """What the row's own need is now."""
    return AssetClassified(
        asset_id=row.pk,
        confidentiality=row.own_confidentiality,
        integrity=row.own_integrity,
        availability=row.own_availability,
        scheme_version=scheme_version,
    )


def must_be_people(facts: Iterable[AssetFacts]) -> None:
    """Return when every owner and custodian is a person of this organisation. Raises BadInput."""
    asked = {each for fact in facts for each in (fact.owner_id, fact.custodian_id) if each is not None}
    if asked - people.names(asked).keys():
        raise BadInput("an owner or custodian is a person of this organisation")


def must_not_mix(facts: Iterable[AssetFacts]) -> None:
    """Return when what is made up has made-up owners, and what is real has real ones. Raises SampleStaysApart."""
    given = tuple(facts)
    samples = people.sample_units()
    if not samples:
        return
    made_up = people.sample_persons({key for each in given for key in (each.owner_id, each.custodian_id) if key})
    for each in given:
        is_sample = each.unit_id in samples
        if any(key is not None and (key in made_up) != is_sample for key in (each.owner_id, each.custodian_id)):
            raise apart()


def must_stay_apart(one: models.Asset, other: models.Asset) -> None:
    """Return when both assets are made up, or both are real. Raises SampleStaysApart."""
    samples = people.sample_units()
    if (one.unit_id in samples) != (other.unit_id in samples):
        raise apart()


def must_stay_in_kind(row: models.Asset, unit_id: UUID) -> None:
    """Return when an asset of the sample stays there, and a real one outside of it. Raises SampleStaysApart."""
    samples = people.sample_units()
    if (row.unit_id in samples) != (unit_id in samples):
        raise apart()


def apart() -> SampleStaysApart:
    return SampleStaysApart(
        "what belongs to the sample and what is real stay apart",
        mend="Choose within the sample, or outside of it.",
    )


def must_fit(needs: Iterable[Need], *, scheme: Scheme) -> None:
    """Return when every rank is one of the scheme. Raises BadInput."""
    most = len(scheme.levels)
    if any(not 0 <= need.of(dimension) <= most for need in needs for dimension in DIMENSIONS):
        raise BadInput("the classification scheme has %(most)s levels", words={"most": str(most)})


def classify_row(row: models.Asset, facts: AssetFacts) -> bool:
    """Whether the assessment of the row changed."""
    before = [getattr(row, f"own_{each}") for each in DIMENSIONS]
    after = [facts.own.of(each) for each in DIMENSIONS]
    for dimension, rank in zip(DIMENSIONS, after, strict=True):
        setattr(row, f"own_{dimension}", rank)
    return before != after
