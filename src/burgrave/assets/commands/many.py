"""Many assets at once, keyed by their reference: what an import writes. The same again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assets import models, queries
from burgrave.assets.commands.loading import classify_row, fill, next_number, spelled
from burgrave.assets.commands.needs import holds_itself, renew
from burgrave.assets.errors import ContainmentCycle, SelfDependency
from burgrave.assets.terms import (
    CLASSIFY,
    CONTAINMENT,
    DIMENSIONS,
    EDIT,
    READ,
    AssetFacts,
    AssetId,
    DependencyKind,
    Need,
    SaveCounts,
    records,
)
from burgrave.ledger import commands as ledger
from burgrave.people import queries as people
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, UnitId

CHUNK = 500
Link = tuple[str, DependencyKind, str]
"""Reference of the dependent, kind, reference of the support."""


@transaction.atomic
def save_many(facts: Sequence[AssetFacts], *, links: Sequence[Link] = (), actor: Actor, now: datetime) -> SaveCounts:
    """Every asset stands in the inventory as its facts say, and every link; all of them or none.

    Each has a reference, each reference once. Dependencies are added, never removed; an own need
    that the facts leave out stays as it was. Raises BadInput, Forbidden,
    SelfDependency, ContainmentCycle.
    """
    _must_be_usable(facts, actor=actor)
    known = _known([each.reference for each in facts])
    new, changed, same = [], [], 0
    number, needs_renewal = next_number(), set()
    identifiers: list[models.Identifier] = []
    for each in facts:
        row = known.get(each.reference)
        if row is None:
            row = models.Asset(id=uuid4(), number=number, added_at=now, changed_by=actor.name, changed_at=now)
            row.lifecycle, number = each.lifecycle, number + 1
            fill(row, each)
            classify_row(row, each)
            new.append(row)
            needs_renewal.add(row.pk)
            identifiers += [models.Identifier(asset=row, kind=kind, value=value) for kind, value in spelled(each)]
            continue
        actor.must(EDIT, UnitId(row.unit_id))
        is_new = bool(fill(row, each))
        # A file without these columns says nothing about the need, so it takes nothing away.
        is_classified = each.own != Need() and classify_row(row, each)
        if is_classified:
            actor.must(CLASSIFY, UnitId(row.unit_id))
        wanted = set(spelled(each))
        if others := wanted != {(kept.kind, kept.value) for kept in row.identifiers.all()}:
            row.identifiers.all().delete()
            identifiers += [models.Identifier(asset=row, kind=kind, value=value) for kind, value in wanted]
        if not (is_new or is_classified or others):
            same += 1
            continue
        row.version, row.changed_by, row.changed_at = row.version + 1, actor.name, now
        changed.append(row)
        if is_classified:
            needs_renewal.add(row.pk)

    models.Asset.objects.bulk_create(new, batch_size=CHUNK // 10)
    plain = [field.name for field in models.Asset._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - Django's own public-by-use list
    models.Asset.objects.bulk_update(changed, plain, batch_size=20)
    models.Identifier.objects.bulk_create(identifiers, batch_size=CHUNK)
    ids = {row.reference: row.pk for row in (*known.values(), *new)}
    added = _link(links, ids, actor=actor)
    renew(needs_renewal | added.keys())

    counts = SaveCounts(
        new=len(new), changed=len(changed), same=same, ids={key: AssetId(value) for key, value in ids.items()}
    )
    if new or changed or added:
        saved = records.AssetsSaved(
            new=counts.new,
            changed=counts.changed,
            same=counts.same,
            dependencies=sum(added.values()),
            facts_sha256=sha256(repr([*facts, *links]).encode()).hexdigest(),
        )
        ledger.append(saved, actor=actor, at=now)
    return counts


def _must_be_usable(facts: Sequence[AssetFacts], *, actor: Actor) -> None:
    references = [each.reference for each in facts]
    if not all(references):
        raise BadInput("assets that are saved at once have a reference each, by which they are found again")
    if len(set(references)) < len(references):
        twice = sorted({each for each in references if references.count(each) > 1}) if len(facts) < CHUNK else []
        raise BadInput("a reference stands for two assets: %(twice)s", words={"twice": ", ".join(twice[:5])})
    asked = {person for each in facts for person in (each.owner_id, each.custodian_id) if person is not None}
    if asked - people.names(asked).keys():
        raise BadInput("an owner or custodian is a person of this organisation")
    for unit_id in {each.unit_id for each in facts}:
        actor.must(EDIT, unit_id)
    for unit_id in {each.unit_id for each in facts if each.own != Need()}:
        actor.must(CLASSIFY, unit_id)
    most = len(queries.scheme().levels)
    if any(not 0 <= each.own.of(dimension) <= most for each in facts for dimension in DIMENSIONS):
        raise BadInput("the classification scheme has %(most)s levels", words={"most": str(most)})


def _known(references: Sequence[str]) -> dict[str, models.Asset]:
    found: dict[str, models.Asset] = {}
    for start in range(0, len(references), CHUNK):
        rows = models.Asset.objects.filter(reference__in=references[start : start + CHUNK])
        found |= {row.reference: row for row in rows.prefetch_related("identifiers")}
    return found


def _link(links: Sequence[Link], ids: dict[str, UUID], *, actor: Actor) -> dict[UUID, int]:
    """The links stand. Returns how many new ones there are by support.

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
    added: dict[UUID, int] = {}
    for _dependent, _kind, support in fresh:
        added[support] = added.get(support, 0) + 1
    return added
