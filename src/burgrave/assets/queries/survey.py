"""What saving many assets would change, without changing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from uuid import UUID

from burgrave.assets import models
from burgrave.assets.queries.assets import facts_of, scheme
from burgrave.assets.queries.kept import contained_below, ids_by_reference, linked, standing
from burgrave.assets.queries.plain import chunks
from burgrave.assets.rules import lifecycle
from burgrave.assets.rules.containment import first_circle
from burgrave.assets.rules.merging import differing, merged
from burgrave.assets.rules.telling import Names, tell_differences
from burgrave.assets.terms import CLASSIFY, CONTAINMENT, EDIT, READ, AssetFacts, DependencyKind, Need
from burgrave.engines.sheets import Change, Fault
from burgrave.people import queries as people
from burgrave.web.errors import Refusal
from burgrave.web.terms import Actor, UnitId

AT_ONCE, MOST_CHANGES = 2_000, 500


@dataclass(slots=True)
class Survey:
    """``changes`` are the first of those that would be new or changed; every fault is kept."""

    new: int = 0
    changed: int = 0
    same: int = 0
    dependencies: int = 0
    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def survey(
    facts: Sequence[AssetFacts],
    *,
    lines: Sequence[int],
    said: AbstractSet[str] | None,
    links: Sequence[tuple[str, DependencyKind, str]],
    actor: Actor,
) -> Survey:
    """What `save_many` would do with them, and every reason for which it would refuse them, by line."""
    found = Survey()
    names = Names(
        units={row.unit_id: row.name for row in people.named_units(READ, actor=actor)},
        persons={},
        scheme=scheme(),
    )
    keys: dict[str, UUID] = {}
    new: set[str] = set()
    numbered = list(zip(lines, facts, strict=True))
    for some in chunks(numbered, AT_ONCE):
        known = standing([each for _line, each in some], said=said)
        differ: dict[UUID, tuple[int, AssetFacts]] = {}
        for line, each in some:
            _must_be_allowed(line, each, actor=actor, found=found)
            kept = known.get(each.reference)
            if kept is None:
                found.new += 1
                new.add(each.reference)
                if len(found.changes) < MOST_CHANGES:
                    found.changes.append(Change(line=line, key="", name=each.name, fields=()))
                continue
            keys[each.reference] = kept.asset_id
            if not actor.may(EDIT, kept.unit_id):
                _refuse(line, each, "an asset that you may edit; this one belongs to another unit", found=found)
            elif kept.is_same:
                found.same += 1
            else:
                differ[kept.asset_id] = (line, each)
        _compare(differ, said=said, actor=actor, names=names, found=found)
    line_of = {each.reference: line for line, each in numbered}
    _survey_links(links, keys, new, line_of=line_of, actor=actor, found=found)
    found.faults.sort(key=lambda fault: fault.line)
    return found


def _refuse(line: int, facts: AssetFacts, expected: str, *, found: Survey, mend: str = "") -> None:
    found.faults.append(Fault(line=line, column="the row", found=facts.reference, expected=expected, mend=mend))


def _must_be_allowed(line: int, facts: AssetFacts, *, actor: Actor, found: Survey) -> None:
    if not actor.may(EDIT, facts.unit_id):
        _refuse(line, facts, "a unit where you may edit assets", found=found)
    if facts.own != Need() and not actor.may(CLASSIFY, facts.unit_id):
        _refuse(line, facts, "no classification, for you may not classify in this unit", found=found)


def _compare(
    differ: Mapping[UUID, tuple[int, AssetFacts]],
    *,
    said: AbstractSet[str] | None,
    actor: Actor,
    names: Names,
    found: Survey,
) -> None:
    for some in chunks(sorted(differ)):
        rows = models.Asset.objects.filter(pk__in=some).prefetch_related("identifiers").order_by("pk")
        for row in rows:
            line, given = differ[row.pk]
            kept = facts_of(row)
            wanted = given if said is None else merged(kept, given, said=said)
            fields = differing(kept, wanted)
            if not fields:
                found.same += 1
                continue
            found.changed += 1
            try:
                if "lifecycle" in fields:
                    lifecycle.step(kept.lifecycle, wanted.lifecycle, reason="import")
            except Refusal as refusal:
                _refuse(line, given, str(refusal), found=found, mend=refusal.mend)
            if "own" in fields and not actor.may(CLASSIFY, UnitId(row.unit_id)):
                _refuse(line, given, "the classification as it is, for you may not classify in its unit", found=found)
            if len(found.changes) < MOST_CHANGES:
                told = tell_differences(kept, wanted, fields, names=names)
                found.changes.append(Change(line=line, key=str(row.pk), name=kept.name, fields=told))


def _survey_links(
    links: Sequence[tuple[str, DependencyKind, str]],
    keys: Mapping[str, UUID],
    new: AbstractSet[str],
    *,
    line_of: Mapping[str, int],
    actor: Actor,
    found: Survey,
) -> None:
    wanted = dict.fromkeys(links)
    outside = {name for one, _kind, other in wanted for name in (one, other)} - keys.keys() - new
    others = {name: key for name, (key, unit_id) in ids_by_reference(outside).items() if actor.may(READ, unit_id)}
    ids = {**keys, **others}
    there = linked([(ids[one], kind, ids[other]) for one, kind, other in wanted if one in ids and other in ids])
    containing: list[tuple[str, str]] = []
    for one, kind, other in wanted:
        line = line_of.get(one, 0)
        if one == other:
            found.faults.append(Fault(line=line, column=str(kind), found=other, expected="another asset than itself"))
        elif other not in ids and other not in new:
            found.faults.append(
                Fault(
                    line=line,
                    column=str(kind),
                    found=other,
                    expected="the reference of an asset in this file or in the inventory",
                    mend="add the asset, or take the reference out",
                )
            )
        elif one in new or other in new or (ids[one], kind, ids[other]) not in there:
            found.dependencies += 1
            if kind in CONTAINMENT:
                containing.append((one, other))
    if containing:
        names = {key: name for name, key in ids.items()}
        below = contained_below({ids[other] for _one, other in containing if other in ids}, CONTAINMENT)
        known = [(names.get(one, str(one)), names.get(other, str(other))) for one, other in below]
        circle = first_circle([*containing, *known])
        if circle:
            line = min((line_of[name] for name in circle if name in line_of), default=0)
            expected = "nothing that lies within itself or consists of itself, not even by a detour"
            found.faults.append(
                Fault(line=line, column="consists_of", found=" → ".join([*circle, circle[0]])[:300], expected=expected)
            )
