"""Many assets at once, keyed by their reference: what an import writes. The same again changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assets import models, queries
from burgrave.assets.commands import rows
from burgrave.assets.commands.linking import Link, link_all
from burgrave.assets.commands.loading import (
    classified,
    classify_row,
    fill,
    lock_inventory,
    must_be_people,
    must_fit,
    must_not_mix,
    must_stay_in_kind,
    next_number,
    search_text_of,
)
from burgrave.assets.commands.needs import renew
from burgrave.assets.queries.finding import entry_of_facts, entry_with
from burgrave.assets.queries.kept import standing
from burgrave.assets.queries.plain import chunks
from burgrave.assets.rules import lifecycle
from burgrave.assets.rules.merging import merged, spelled
from burgrave.assets.terms import (
    CLASSIFY,
    DIMENSIONS,
    EDIT,
    AssetFacts,
    AssetId,
    Lifecycle,
    Need,
    SaveCounts,
    Scheme,
    records,
)
from burgrave.engines.pinyin import sort_key
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.lists import commands as lists
from burgrave.lists.terms import Entry
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, UnitId

AT_ONCE = 2_000
"""So many facts are held as rows and records before they are written."""
IMPORTED = "import"
"""The reason of a step that a file asked for."""
_COURSE = (records.AssetAdded, records.AssetEdited, records.AssetMoved, records.AssetClassified)


def _nobody(_done: int, _total: int) -> None:
    """Nobody is told."""


@dataclass(slots=True)
class _Batch:
    """What is written in as few statements as it takes, and then forgotten."""

    scheme: Scheme
    actor: Actor
    now: datetime
    new: list[rows.Row] = field(default_factory=list)
    changed: list[models.Asset] = field(default_factory=list)
    identifiers: list[rows.Row] = field(default_factory=list)
    renamed: list[UUID] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    found: list[Entry] = field(default_factory=list)
    added: set[UUID] = field(default_factory=set)
    assessed: set[UUID] = field(default_factory=set)
    edited: list[UUID] = field(default_factory=list)

    def add(self, facts: AssetFacts, *, number: int) -> UUID:
        key, name = uuid4(), facts.name.strip()
        due_on = lifecycle.due_on(reviewed_on=None, added_on=self.now.date(), every_days=facts.review_every_days)
        ranks, names = [facts.own.of(each) for each in DIMENSIONS], spelled(facts)
        entry = entry_with(key, number, facts, names=names)
        self.new.append(
            (
                key,
                number,
                facts.reference,
                name,
                sort_key(name),
                str(facts.type),
                facts.unit_id,
                facts.owner_id,
                facts.custodian_id,
                facts.description,
                *ranks,
                facts.value_minor,
                facts.currency,
                facts.personal_data,
                str(facts.lifecycle),
                facts.review_every_days,
                due_on,
                list(facts.tags),
                search_text_of(entry),
                self.now,
                1,
                self.actor.name,
                self.now,
            )
        )
        self.identifiers += [(key, str(kind), value) for kind, value in names]
        self.records.append(
            records.AssetAdded(asset_id=key, asset_type=facts.type, unit_id=facts.unit_id, name=Sealed(name))
        )
        if any(ranks):
            ranked = {str(each): rank for each, rank in zip(DIMENSIONS, ranks, strict=True)}
            self.records.append(records.AssetClassified(asset_id=key, **ranked, scheme_version=self.scheme.version))
        self.found.append(entry)
        self.added.add(key)
        return key

    def change(self, row: models.Asset, facts: AssetFacts) -> None:
        """Raises Forbidden for who may not edit it where it is, LifecycleStep, ReasonMissing."""
        unit_id = UnitId(row.unit_id)
        self.actor.must(EDIT, unit_id)
        if facts.unit_id != unit_id:
            must_stay_in_kind(row, facts.unit_id)
        names = list(fill(row, facts))
        if set(spelled(facts)) != {(kept.kind, kept.value) for kept in row.identifiers.all()}:
            self.renamed.append(row.pk)
            self.identifiers += [(row.pk, str(kind), value) for kind, value in spelled(facts)]
            names.append("identifiers")
        records_before = len(self.records)
        if names:
            edited = records.AssetEdited(asset_id=row.pk, fields=tuple(sorted(names)), name=Sealed(row.name))
            self.records.append(edited)
            self.found.append(entry_of_facts(row.pk, row.number, facts))
        if facts.lifecycle != row.lifecycle:
            row.lifecycle = lifecycle.step(Lifecycle(row.lifecycle), facts.lifecycle, reason=IMPORTED)
            self.records.append(records.AssetMoved(asset_id=row.pk, lifecycle=facts.lifecycle, reason=Sealed(IMPORTED)))
        if classify_row(row, facts):
            self.actor.must(CLASSIFY, unit_id)
            self.records.append(classified(row, scheme_version=self.scheme.version))
            self.assessed.add(row.pk)
        if len(self.records) > records_before:
            row.version, row.changed_by, row.changed_at = row.version + 1, self.actor.name, self.now
            self.changed.append(row)
            self.edited.append(row.pk)

    def write(self) -> None:
        """All of it stands in the tables and in the ledger, and nothing more of it is held."""
        rows.add_assets(self.new)
        rows.change_assets([tuple(getattr(row, name) for name in rows.ASSET_COLUMNS) for row in self.changed])
        if self.renamed:
            models.Identifier.objects.filter(asset_id__in=self.renamed).delete()
        rows.add_identifiers(self.identifiers)
        lists.index(self.found)
        ledger.append_bulk(sorted(self.records, key=_course), actor=self.actor, at=self.now)
        for each in (self.new, self.changed, self.identifiers, self.renamed, self.records, self.found):
            each.clear()


def _course(record: Record) -> int:
    """In which order things happen to an asset: records of one class stand together."""
    return _COURSE.index(type(record))


@transaction.atomic
def save_many(
    facts: Sequence[AssetFacts],
    *,
    said: AbstractSet[str] | None = None,
    links: Sequence[Link] = (),
    actor: Actor,
    now: datetime,
    tell: Callable[[int, int], None] = _nobody,
) -> SaveCounts:
    """Every asset stands in the inventory as its facts say, and every link; all of them or none.

    Each has a reference, each reference once. ``said`` names what the facts speak of, as `rules.merging` has it; what
    an asset has besides stays. Without it they speak of everything. Dependencies are added, never removed. ``tell``
    hears how many are done. Raises BadInput, Forbidden, LifecycleStep, SelfDependency, ContainmentCycle.
    """
    inventory, batch = lock_inventory(), _Batch(queries.scheme(), actor, now)
    _must_be_usable(facts, scheme=batch.scheme, actor=actor)
    ids: dict[str, UUID] = {}
    for some in chunks(facts, AT_ONCE):
        known = standing(some, said=said)
        differ: dict[UUID, AssetFacts] = {}
        for each in some:
            kept = known.get(each.reference)
            if kept is None:
                ids[each.reference] = batch.add(each, number=next_number(inventory))
                continue
            ids[each.reference] = kept.asset_id
            actor.must(EDIT, kept.unit_id)
            if not kept.is_same:
                differ[kept.asset_id] = each
        _change(differ, said=said, batch=batch)
        batch.write()
        tell(len(ids), len(facts))
    inventory.save()

    supports, linked = link_all(links, ids, new=batch.added, actor=actor, now=now)
    renew(batch.added | batch.assessed | supports)

    counts = SaveCounts(
        new=len(batch.added),
        changed=len(batch.edited),
        same=len(ids) - len(batch.added) - len(batch.edited),
        ids={key: AssetId(value) for key, value in ids.items()},
        new_ids=tuple(batch.added),
        changed_ids=tuple(batch.edited),
    )
    if counts.new or counts.changed or linked:
        saved = records.AssetsSaved(new=counts.new, changed=counts.changed, same=counts.same, dependencies=linked)
        ledger.append(saved, actor=actor, at=now)
    return counts


def _change(differ: Mapping[UUID, AssetFacts], *, said: AbstractSet[str] | None, batch: _Batch) -> None:
    """What differs is read once more under a lock, and changed as it stands then."""
    for some in chunks(sorted(differ)):
        found = models.Asset.objects.select_for_update().filter(pk__in=some).order_by("pk")
        for row in found.prefetch_related("identifiers"):
            given = differ[row.pk]
            wanted = given if said is None else merged(queries.facts_of(row), given, said=said)
            batch.change(row, wanted)


def _must_be_usable(facts: Sequence[AssetFacts], *, scheme: Scheme, actor: Actor) -> None:
    references = Counter(each.reference for each in facts)
    if not all(references):
        raise BadInput("assets that are saved at once have a reference each, by which they are found again")
    if twice := sorted(each for each, count in references.items() if count > 1):
        raise BadInput("a reference stands for two assets: %(twice)s", words={"twice": ", ".join(twice[:5])})
    must_be_people(facts)
    must_not_mix(facts)
    must_fit((each.own for each in facts), scheme=scheme)
    for unit_id in {each.unit_id for each in facts}:
        actor.must(EDIT, unit_id)
    for unit_id in {each.unit_id for each in facts if each.own != Need()}:
        actor.must(CLASSIFY, unit_id)
