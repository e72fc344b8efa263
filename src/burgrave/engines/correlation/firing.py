"""What a correlation has to hear before it can fire, from what its rules hear."""

from __future__ import annotations

from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, assert_never

from burgrave.engines.detection.correlation_terms import (
    TEMPORAL_TYPES,
    CorrelationType,
    Every,
    Lacking,
    Present,
    Some,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from burgrave.engines.detection.correlation_terms import Bound, Presence

MOST_WAYS: Final = 5_000
"""Ways in which rules can be there or not that are looked at; a condition that takes more is judged too well."""


class Asking(Protocol):
    """What of a correlation decides which of its rules it needs; ``CorrelationRule`` is one."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> CorrelationType: ...
    @property
    def bounds(self) -> Sequence[Bound]: ...
    @property
    def presence(self) -> Presence | None: ...
    @property
    def members(self) -> Sequence[str]: ...


def firing_ranks(correlations: Iterable[Asking], ranks: Mapping[str, float]) -> dict[str, float]:
    """By id of each correlation: the rank at which it can fire; infinity is never.

    A rank says how badly a rule hears, 0 best, and each correlation gets the worst that it cannot do without; a rule
    that stands in neither argument never fires. The finding of a correlation is an event for the one above it.
    """
    found = dict(ranks)
    waiting = {each.id: each for each in correlations}
    asked = tuple(waiting)
    while ready := [each for each in waiting.values() if not waiting.keys() & set(each.members)]:
        for each in ready:
            found[each.id] = _rank(each, [found.get(member, inf) for member in each.members])
            del waiting[each.id]
    return {key: found.get(key, inf) for key in asked}


def able_to_fire(correlations: Iterable[Asking], alive: Collection[str]) -> frozenset[str]:
    """The ids of the correlations that can fire when only the rules with these ids can."""
    ranks = firing_ranks(correlations, dict.fromkeys(alive, 0))
    return frozenset(key for key, rank in ranks.items() if rank == 0)


def _rank(asked: Asking, ranks: Sequence[float]) -> float:
    """Counts and numbers need an event of any rule, temporal types so many rules as they count, or what they say."""
    if not ranks:
        return inf
    if asked.type not in TEMPORAL_TYPES:
        return min(ranks)
    if asked.presence is not None:
        return _condition_rank(asked.presence, ranks)
    enough = (count for count in range(1, len(ranks) + 1) if all(bound.holds(count) for bound in asked.bounds))
    count = next(enough, None)
    return inf if count is None else sorted(ranks)[count - 1]


def _condition_rank(presence: Presence, ranks: Sequence[float]) -> float:
    """The least rank up to which some rules have events and others none, so that the condition holds.

    `_needs` takes each mention of a rule for another rule, which can only say too little. So the rules for which that
    makes a difference are tried both ways, absent first, and ways that cannot do better than one found are left.
    """
    torn = _torn(presence)
    best, left = inf, MOST_WAYS
    ways: list[tuple[int, Mapping[int, bool]]] = [(0, {})]
    while ways:
        count, given = ways.pop()
        rank = _given_rank(presence, ranks, given)
        if rank >= best:
            continue
        if count == len(torn) or not left:
            best = rank
            continue
        left -= 1
        ways += [(count + 1, {**given, torn[count]: there}) for there in (True, False)]
    return best


def _torn(presence: Presence) -> list[int]:
    """The rules that stand at several places, one of which is under an odd number of `not`; the most named first.

    A rule that is only ever wanted may be there for all of its places at once.
    """
    places: defaultdict[int, list[bool]] = defaultdict(list)
    rest = [(presence, True)]
    while rest:
        node, is_wanted = rest.pop()
        match node:
            case Present(member):
                places[member].append(is_wanted)
            case Lacking(part):
                rest.append((part, not is_wanted))
            case Every(parts) | Some(parts):
                rest += [(part, is_wanted) for part in parts]
            case _:
                assert_never(node)
    found = [member for member, wanted in places.items() if len(wanted) > 1 and not all(wanted)]
    return sorted(found, key=lambda member: (-len(places[member]), member))


def _given_rank(presence: Presence, ranks: Sequence[float], given: Mapping[int, bool]) -> float:
    """The rank when it is given of some rules whether they have an event in the window."""
    needs = _needs(presence, ranks, given)
    there = [ranks[member] for member, is_there in given.items() if is_there]
    return max(needs.holds, *there) if there else needs.heard


class _Needs(NamedTuple):
    """The ranks at which a part of a condition can hold or fail, and with an event in the window of its own rules.

    A correlation is asked when an event comes, so a condition that holds only while nothing is there never fires.
    """

    holds: float
    fails: float
    heard: float  # holds, and a rule of this part has an event
    fails_heard: float


def _needs(node: Presence, ranks: Sequence[float], given: Mapping[int, bool]) -> _Needs:
    """Exact where a condition names each rule that is not given once, or never denies it."""
    match node:
        case Present(member) if member in given:
            there, absent = (ranks[member], inf) if given[member] else (inf, 0)
            return _Needs(holds=there, fails=absent, heard=there, fails_heard=inf)
        case Present(member):
            return _Needs(holds=ranks[member], fails=0, heard=ranks[member], fails_heard=inf)
        case Lacking(part):
            return _denied(_needs(part, ranks, given))
        case Every(parts):
            return _every([_needs(part, ranks, given) for part in parts])
        case Some(parts):
            return _denied(_every([_denied(_needs(part, ranks, given)) for part in parts]))
        case _:
            assert_never(node)


def _denied(part: _Needs) -> _Needs:
    return _Needs(holds=part.fails, fails=part.holds, heard=part.fails_heard, fails_heard=part.heard)


def _every(parts: Sequence[_Needs]) -> _Needs:
    heard, fails_heard = [], []
    for place, part in enumerate(parts):
        others = [*parts[:place], *parts[place + 1 :]]
        heard.append(max(part.heard, *(each.holds for each in others)) if others else part.heard)
        elsewhere = min((min(each.heard, each.fails_heard) for each in others), default=inf)
        fails_heard += [part.fails_heard, max(part.fails, elsewhere)]
    return _Needs(
        holds=max(part.holds for part in parts),
        fails=min(part.fails for part in parts),
        heard=min(heard),
        fails_heard=min(fails_heard),
    )
