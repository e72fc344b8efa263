"""How urgent an alert is: what its rule says, weighed with what the attacked assets need.

The rule's author knows the attack and not the house; the house knows what an asset needs and not the attack. Both
values are kept, and the priority is read from a table, so that it can be explained and argued about.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from burgrave.incidents.terms import Level


class NeedClass(StrEnum):
    """The highest need of the named assets, by its place in the classification scheme."""

    ORDINARY = "ordinary"
    HIGH = "high"
    HIGHEST = "highest"


PRIORITIES: Final[Mapping[NeedClass, Mapping[Level, Level]]] = {
    NeedClass.ORDINARY: {level: level for level in Level},
    NeedClass.HIGH: {
        Level.INFORMATIONAL: Level.LOW,
        Level.LOW: Level.MEDIUM,
        Level.MEDIUM: Level.HIGH,
        Level.HIGH: Level.HIGH,
        Level.CRITICAL: Level.CRITICAL,
    },
    NeedClass.HIGHEST: {
        Level.INFORMATIONAL: Level.LOW,
        Level.LOW: Level.MEDIUM,
        Level.MEDIUM: Level.HIGH,
        Level.HIGH: Level.CRITICAL,
        Level.CRITICAL: Level.CRITICAL,
    },
}
"""The whole table. An asset that nobody assessed, or a computer that is no asset, never makes an alert less urgent."""

TOO_FEW_FOR_HIGH: Final = 2
"""A scheme of two levels has a highest one and an ordinary one."""


def need_class(rank: int, *, levels: int) -> NeedClass:
    """The class of a need with this rank in a scheme of so many levels; 0 is *not assessed*."""
    if rank >= levels:
        return NeedClass.HIGHEST
    if rank == levels - 1 and levels > TOO_FEW_FOR_HIGH:
        return NeedClass.HIGH
    return NeedClass.ORDINARY


def priority(level: Level, need: int, *, levels: int) -> Level:
    """How urgent an alert of this level is on assets whose highest need has this rank."""
    return PRIORITIES[need_class(need, levels=levels)][level]
