"""Which assets may be one and the same, and what stays when two become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from burgrave.assets.errors import MergeRefused
from burgrave.assets.terms import (
    DIMENSIONS,
    TEXT_MAX,
    AssetFacts,
    AssetType,
    DependencyKind,
    IdentifierKind,
    Lifecycle,
    Merging,
    Need,
)
from burgrave.engines.search import folded

PRODUCT_KINDS = (IdentifierKind.CPE, IdentifierKind.PURL)
"""They name a product or a package: a hundred computers may share one, two software assets hardly do."""
FILLED = ("reference", "owner_id", "custodian_id", "description")
Edge: TypeAlias = "tuple[UUID, DependencyKind, UUID]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """An asset with all that bears on its need."""

    facts: AssetFacts
    lowered: Need
    lowered_reason: str
    need: Need


def tells(kind: IdentifierKind, type_: AssetType) -> bool:
    """Whether two assets of the type that share an identifier of the kind may be one."""
    return kind not in PRODUCT_KINDS or type_ is AssetType.SOFTWARE


def pairs(
    identified: Mapping[tuple[IdentifierKind, str], Collection[tuple[int, UUID]]],
    named: Iterable[tuple[UUID, str, int, UUID]],
) -> Mapping[tuple[UUID, UUID], tuple[tuple[tuple[IdentifierKind, str], ...], bool]]:
    """The oldest of each group with each other of it, and why: shared identifiers, and whether the names are one.

    ``identified`` holds number and key of each asset by identifier, ``named`` unit, name, number and key.
    """
    shared: dict[tuple[UUID, UUID], dict[tuple[IdentifierKind, str], None]] = defaultdict(dict)
    for pair, members in identified.items():
        for each in _with_oldest(members):
            shared[each][pair] = None
    groups: dict[tuple[UUID, str], set[tuple[int, UUID]]] = defaultdict(set)
    for unit_id, name, number, key in named:
        groups[unit_id, folded(name)].add((number, key))
    same = dict.fromkeys(each for members in groups.values() for each in _with_oldest(members))
    return {each: (tuple(shared.get(each, ())), each in same) for each in {**dict.fromkeys(shared), **same}}


def _with_oldest(members: Collection[tuple[int, UUID]]) -> Sequence[tuple[UUID, UUID]]:
    (_number, oldest), *others = sorted(set(members))
    return [(oldest, key) for _number, key in others]


def merge(kept: Assessed, given: Assessed) -> Merging:
    """What the survivor says then: its own facts, and what it lacks from the duplicate. No need is lower than before.

    Raises MergeRefused, and BadInput where both together have too many tags or identifiers.
    """
    if kept.facts.lifecycle is Lifecycle.DISPOSED and given.facts.lifecycle is not Lifecycle.DISPOSED:
        raise MergeRefused(
            "what is in use does not go into an asset that was disposed of",
            mend="Keep the other of the two.",
        )
    facts = _filled(kept.facts, given.facts)
    lowered = Need(**{str(each): _decided(kept, given, each) for each in DIMENSIONS})
    reasons = dict.fromkeys(
        each.lowered_reason
        for each in (kept, given)
        if any(each.lowered.of(dimension) and lowered.of(dimension) for dimension in DIMENSIONS)
    )
    names = ("own", "personal_data", "tags", "identifiers", "value_minor", *FILLED)
    fields = [name for name in names if getattr(facts, name) != getattr(kept.facts, name)]
    if lowered != kept.lowered:
        fields.append("lowered")
    return Merging(facts=facts, lowered=lowered, lowered_reason="\n".join(reasons), fields=tuple(sorted(fields)))


def _filled(kept: AssetFacts, given: AssetFacts) -> AssetFacts:
    filled = {name: getattr(kept, name) or getattr(given, name) for name in FILLED}
    further = given.description.strip()
    if kept.description and further and further not in kept.description:
        filled["description"] = f"{kept.description}\n\n{further}"
        if len(filled["description"]) > TEXT_MAX:
            raise MergeRefused(
                "the descriptions of both are too long for one asset", mend="Shorten one of them, then merge."
            )
    old = ((IdentifierKind.CMDB, given.reference),) if kept.reference and given.reference else ()
    worth = kept if kept.value_minor is not None else given
    return replace(
        kept,
        **filled,
        own=Need(**{str(each): max(kept.own.of(each), given.own.of(each)) for each in DIMENSIONS}),
        value_minor=worth.value_minor,
        currency=worth.currency,
        personal_data=kept.personal_data or given.personal_data,
        tags=tuple(dict.fromkeys((*kept.tags, *given.tags))),
        identifiers=tuple(dict.fromkeys((*kept.identifiers, *given.identifiers, *old))),
    )


def _decided(kept: Assessed, given: Assessed, dimension: str) -> int:
    """What was decided instead of the maximum stays where neither of the two needs more than that."""
    one, other = (getattr(each.lowered, dimension) for each in (kept, given))
    most = max(getattr(each.need, dimension) for each in (kept, given))
    decided: int = max(one, other)
    return decided if decided >= most else 0


def moved_edges(edges: Iterable[Edge], *, survivor: UUID, duplicate: UUID) -> tuple[Edge, ...]:
    """The dependencies of the duplicate as the survivor has them, without those that it has already.

    ``edges`` are those of both. What bound the two to each other is gone: nothing depends on itself.
    """
    standing = tuple(edges)
    there = {each for each in standing if duplicate not in {each[0], each[2]}}
    moved = (
        (survivor if one == duplicate else one, kind, survivor if other == duplicate else other)
        for one, kind, other in standing
    )
    return tuple(dict.fromkeys(each for each in moved if each[0] != each[2] and each not in there))
