"""Dependencies of many assets at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from burgrave.assets.commands import rows
from burgrave.assets.commands.loading import apart
from burgrave.assets.errors import ContainmentCycle, SelfDependency
from burgrave.assets.queries.kept import Edge, contained_below, ids_by_reference, linked, of_units
from burgrave.assets.queries.plain import chunks
from burgrave.assets.rules.containment import first_circle
from burgrave.assets.terms import CONTAINMENT, EDIT, READ, DependencyKind
from burgrave.assets.terms.records import DependencyAdded
from burgrave.ledger import commands as ledger
from burgrave.people import queries as people
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor

AT_ONCE = 5_000
Link: TypeAlias = "tuple[str, DependencyKind, str]"
"""Reference of the dependent, kind, reference of the support."""


def link_all(
    links: Sequence[Link], ids: Mapping[str, UUID], *, new: AbstractSet[UUID], actor: Actor, now: datetime
) -> tuple[set[UUID], int]:
    """The links stand and are recorded. Returns the supports of those that are new, and how many are new.

    ``new`` are assets that have no dependency so far.

    As with one link, the right to edit the dependent is asked for, and that to see the support. Raises BadInput,
    Forbidden, SelfDependency, ContainmentCycle.
    """
    keys = {**ids, **_outside(links, ids, actor=actor)}
    wanted: dict[Edge, None] = {}
    for dependent, kind, support in links:
        if dependent == support:
            raise SelfDependency("%(name)s depends on itself", words={"name": dependent})
        wanted[keys[dependent], kind, keys[support]] = None
    there = linked([edge for edge in wanted if edge[0] not in new])
    fresh = [each for each in wanted if each not in there]
    _must_stay_apart(fresh)
    _must_not_lie_within_itself(fresh, keys)

    for part in chunks(fresh, AT_ONCE):
        rows.add_dependencies([(dependent, str(kind), support) for dependent, kind, support in part])
        added = [DependencyAdded(dependent_id=a, support_id=b, dependency_kind=kind) for a, kind, b in part]
        ledger.append_bulk(added, actor=actor, at=now)
    return {support for _dependent, _kind, support in fresh}, len(fresh)


def _outside(links: Sequence[Link], ids: Mapping[str, UUID], *, actor: Actor) -> dict[str, UUID]:
    """The assets that links name and that are not among ``ids``. Raises BadInput, Forbidden."""
    names = {name for dependent, _kind, support in links for name in (dependent, support)} - ids.keys()
    found = {name: pair for name, pair in ids_by_reference(names).items() if actor.may(READ, pair[1])}
    for reference in {link[0] for link in links} & found.keys():
        actor.must(EDIT, found[reference][1])
    if missing := sorted(names - found.keys()):
        raise BadInput("there is no asset with the reference %(missing)s", words={"missing": ", ".join(missing[:5])})
    return {name: key for name, (key, _unit_id) in found.items()}


def _must_stay_apart(fresh: Sequence[Edge]) -> None:
    """Return when no dependency leads from the sample to what is real, or back. Raises SampleStaysApart."""
    samples = people.sample_units()
    if not fresh or not samples:
        return
    made_up = of_units({key for dependent, _kind, support in fresh for key in (dependent, support)}, samples)
    if any((dependent in made_up) != (support in made_up) for dependent, _kind, support in fresh):
        raise apart()


def _must_not_lie_within_itself(fresh: Sequence[Edge], keys: Mapping[str, UUID]) -> None:
    """Return when the new containments close no circle with those that stand. Raises ContainmentCycle."""
    containing = [(dependent, support) for dependent, kind, support in fresh if kind in CONTAINMENT]
    if not containing:
        return
    standing = contained_below({support for _dependent, support in containing}, CONTAINMENT)
    circle = first_circle([*containing, *standing])
    if circle:
        names = {key: reference for reference, key in keys.items()}
        closing = next(
            (a, b) for a, b in containing if a in circle and circle[(circle.index(a) + 1) % len(circle)] == b
        )
        raise ContainmentCycle(
            "%(support)s already lies within %(dependent)s, or consists of it; both ways at once cannot be",
            words={"support": names[closing[1]], "dependent": names[closing[0]]},
        )
