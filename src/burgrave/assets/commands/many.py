"""Many assets at once, keyed by their reference: what an import writes. The same again changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assets import models, queries
from burgrave.assets.commands.loading import (
    classified,
    classify_row,
    fill,
    lock_inventory,
    must_be_people,
    must_fit,
    next_number,
    spelled,
)
from burgrave.assets.commands.needs import holds_itself, renew
from burgrave.assets.errors import ContainmentCycle, SelfDependency
from burgrave.assets.rules import lifecycle
from burgrave.assets.rules.merging import merged
from burgrave.assets.terms import (
    CLASSIFY,
    CONTAINMENT,
    EDIT,
    READ,
    AssetFacts,
    AssetId,
    DependencyKind,
    Lifecycle,
    Need,
    SaveCounts,
    Scheme,
    records,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, UnitId

CHUNK = 500
IMPORTED = "import"
"""The reason of a step that a file asked for."""
CHANGEABLE = tuple(
    each.name
    for each in models.Asset._meta.concrete_fields  # noqa: SLF001 - Django names its fields nowhere else
    if not each.primary_key
)
Link = tuple[str, DependencyKind, str]
"""Reference of the dependent, kind, reference of the support."""


@dataclass(slots=True)
class _Batch:
    """What is written at the end, in as few statements as it takes."""

    scheme: Scheme
    new: list[models.Asset] = field(default_factory=list)
    changed: list[models.Asset] = field(default_factory=list)
    same: int = 0
    identifiers: list[models.Identifier] = field(default_factory=list)
    assessed: set[UUID] = field(default_factory=set)
    records: list[Record] = field(default_factory=list)

    def add(self, facts: AssetFacts, *, number: int, actor: Actor, now: datetime) -> None:
        row = models.Asset(id=uuid4(), number=number, added_at=now, changed_by=actor.name, changed_at=now)
        row.lifecycle = facts.lifecycle
        fill(row, facts)
        self.new.append(row)
        self._identify(row, facts)
        added = records.AssetAdded(asset_id=row.pk, asset_type=facts.type, unit_id=facts.unit_id, name=Sealed(row.name))
        self.records.append(added)
        if classify_row(row, facts):
            self.records.append(classified(row, scheme_version=self.scheme.version))
        self.assessed.add(row.pk)

    def change(self, row: models.Asset, facts: AssetFacts, *, actor: Actor, now: datetime) -> None:
        """Raises Forbidden for who may not edit it where it is, LifecycleStep, ReasonMissing."""
        actor.must(EDIT, UnitId(row.unit_id))
        unit_id = UnitId(row.unit_id)
        names = list(fill(row, facts))
        if set(spelled(facts)) != {(kept.kind, kept.value) for kept in row.identifiers.all()}:
            row.identifiers.all().delete()
            self._identify(row, facts)
            names.append("identifiers")
        records_before = len(self.records)
        if names:
            edited = records.AssetEdited(asset_id=row.pk, fields=tuple(sorted(names)), name=Sealed(row.name))
            self.records.append(edited)
        if facts.lifecycle != row.lifecycle:
            row.lifecycle = lifecycle.step(Lifecycle(row.lifecycle), facts.lifecycle, reason=IMPORTED)
            self.records.append(records.AssetMoved(asset_id=row.pk, lifecycle=facts.lifecycle, reason=Sealed(IMPORTED)))
        if classify_row(row, facts):
            actor.must(CLASSIFY, unit_id)
            self.records.append(classified(row, scheme_version=self.scheme.version))
            self.assessed.add(row.pk)
        if len(self.records) == records_before:
            self.same += 1
            return
        row.version, row.changed_by, row.changed_at = row.version + 1, actor.name, now
        self.changed.append(row)

    def write(self) -> None:
        models.Asset.objects.bulk_create(self.new, batch_size=CHUNK // 10)
        models.Asset.objects.bulk_update(self.changed, CHANGEABLE, batch_size=CHUNK // 25)
        models.Identifier.objects.bulk_create(self.identifiers, batch_size=CHUNK)

    def _identify(self, row: models.Asset, facts: AssetFacts) -> None:
        self.identifiers += [models.Identifier(asset=row, kind=kind, value=value) for kind, value in spelled(facts)]


@transaction.atomic
def save_many(
    facts: Sequence[AssetFacts],
    *,
    said: AbstractSet[str] | None = None,
    links: Sequence[Link] = (),
    actor: Actor,
    now: datetime,
) -> SaveCounts:
    """Every asset stands in the inventory as its facts say, and every link; all of them or none.

    Each has a reference, each reference once. ``said`` names what the facts speak of, as `rules.merging` has it; what
    an asset has besides stays. Without it they speak of everything. Dependencies are added, never removed. Raises
    BadInput, Forbidden, LifecycleStep, SelfDependency, ContainmentCycle.
    """
    inventory, batch = lock_inventory(), _Batch(queries.scheme())
    _must_be_usable(facts, scheme=batch.scheme, actor=actor)
    known = _known([each.reference for each in facts], locks=True)
    for each in facts:
        row = known.get(each.reference)
        if row is None:
            batch.add(each, number=next_number(inventory), actor=actor, now=now)
        else:
            wanted = each if said is None else merged(queries.facts_of(row), each, said=said)
            batch.change(row, wanted, actor=actor, now=now)
    inventory.save()
    batch.write()

    ids = {row.reference: row.pk for row in (*known.values(), *batch.new)}
    fresh = _link(links, ids, actor=actor)
    renew(batch.assessed | {support for _dependent, _kind, support in fresh})

    counts = SaveCounts(
        new=len(batch.new),
        changed=len(batch.changed),
        same=batch.same,
        ids={key: AssetId(value) for key, value in ids.items()},
    )
    batch.records += [
        records.DependencyAdded(dependent_id=dependent, support_id=support, dependency_kind=kind)
        for dependent, kind, support in fresh
    ]
    if batch.records:
        saved = records.AssetsSaved(new=counts.new, changed=counts.changed, same=counts.same, dependencies=len(fresh))
        ledger.append_all([*batch.records, saved], actor=actor, at=now)
    return counts


def _must_be_usable(facts: Sequence[AssetFacts], *, scheme: Scheme, actor: Actor) -> None:
    references = Counter(each.reference for each in facts)
    if not all(references):
        raise BadInput("assets that are saved at once have a reference each, by which they are found again")
    if twice := sorted(each for each, count in references.items() if count > 1):
        raise BadInput("a reference stands for two assets: %(twice)s", words={"twice": ", ".join(twice[:5])})
    must_be_people(facts)
    must_fit((each.own for each in facts), scheme=scheme)
    for unit_id in {each.unit_id for each in facts}:
        actor.must(EDIT, unit_id)
    for unit_id in {each.unit_id for each in facts if each.own != Need()}:
        actor.must(CLASSIFY, unit_id)


def _known(references: Sequence[str], *, locks: bool = False) -> dict[str, models.Asset]:
    found: dict[str, models.Asset] = {}
    for start in range(0, len(references), CHUNK):
        rows = models.Asset.objects.filter(reference__in=references[start : start + CHUNK]).order_by("pk")
        rows = rows.select_for_update() if locks else rows
        found |= {row.reference: row for row in rows.prefetch_related("identifiers")}
    return found


def _link(links: Sequence[Link], ids: dict[str, UUID], *, actor: Actor) -> list[tuple[UUID, DependencyKind, UUID]]:
    """The links stand. Returns those that are new.

    As with one link, the right to edit the dependent is asked for, and that to see the support.
    """
    outside = sorted({name for dependent, _kind, support in links for name in (dependent, support)} - ids.keys())
    others = {name: row for name, row in _known(outside).items() if actor.may(READ, UnitId(row.unit_id))}
    for reference in {link[0] for link in links} & others.keys():
        actor.must(EDIT, UnitId(others[reference].unit_id))
    found = {name: row.pk for name, row in others.items()}
    if missing := [name for name in outside if name not in found]:
        raise BadInput("there is no asset with the reference %(missing)s", words={"missing": ", ".join(missing[:5])})
    keys = ids | found
    wanted = dict.fromkeys((keys[dependent], kind, keys[support]) for dependent, kind, support in links)
    if itself := next((dependent for dependent, _kind, support in wanted if dependent == support), None):
        name = next(reference for reference, key in keys.items() if key == itself)
        raise SelfDependency("%(name)s depends on itself", words={"name": name})
    there: set[tuple[UUID, str, UUID]] = set()
    dependents = sorted({dependent for dependent, _kind, _support in wanted})
    for start in range(0, len(dependents), CHUNK):
        rows = models.Dependency.objects.filter(dependent_id__in=dependents[start : start + CHUNK])
        there.update(rows.values_list("dependent_id", "kind", "support_id"))
    fresh = [each for each in wanted if (each[0], str(each[1]), each[2]) not in there]
    models.Dependency.objects.bulk_create(
        (models.Dependency(dependent_id=a, kind=kind, support_id=b) for a, kind, b in fresh), batch_size=CHUNK // 5
    )
    names = {key: reference for reference, key in keys.items()}
    for dependent, kind, support in fresh:
        if kind in CONTAINMENT and holds_itself(dependent, support, CONTAINMENT):
            raise ContainmentCycle(
                "%(support)s already lies within %(dependent)s, or consists of it; both ways at once cannot be",
                words={"support": names[support], "dependent": names[dependent]},
            )
    return fresh
