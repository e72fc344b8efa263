"""Where a hit belongs: correlations that refer to each other go together, and within them what shares a group.

Groups do not know of each other, so each may be followed by another task. A chain of correlations is parted where all
of them group by the same; where the one above asks for other groups, one task follows the whole chain.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burgrave.engines.correlation import Hit
from burgrave.engines.correlation.terms import microseconds, moment
from burgrave.engines.detection.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from burgrave.engines.detection import CorrelationRule


@dataclass(frozen=True, slots=True)
class Family:
    """Correlations that are connected by what they refer to. ``is_parted``: every group may go its own way."""

    correlations: tuple[CorrelationRule, ...]
    is_parted: bool


def families(correlations: Iterable[CorrelationRule]) -> tuple[Family, ...]:
    """The correlations, each in one family, in their order."""
    known = {each.id: each for each in correlations}
    heads = {key: key for key in known}

    def head(key: str) -> str:
        while heads[key] != key:
            key = heads[key]
        return key

    for each in known.values():
        for member in each.members:
            if member in known:
                heads[head(member)] = head(each.id)
    gathered: defaultdict[str, list[CorrelationRule]] = defaultdict(list)
    for key, each in known.items():
        gathered[head(key)].append(each)
    return tuple(Family(tuple(each), _is_parted(each)) for each in gathered.values())


def _is_parted(family: list[CorrelationRule]) -> bool:
    """Whether a hit and every finding that it leads to belong to the same group wherever the family asks for one."""
    known = {each.id: each for each in family}
    asked: dict[str, set[tuple[str | None, ...]]] = {key: {tuple(each.group_by)} for key, each in known.items()}
    for each in family:
        if not each.group_by:
            return False
        for member in each.members:
            asked.setdefault(member, set()).add(tuple(each.field_of(name, member) for name in each.group_by))
    return all(len(names) == 1 for names in asked.values())


class Addresses:
    """For each hit the families that it concerns, and the share of each that follows its group."""

    def __init__(self, found: Iterable[Family], shares: int) -> None:
        self._shares = shares
        self._listening: defaultdict[str, dict[int, tuple[str | None, ...] | None]] = defaultdict(dict)
        for place, family in enumerate(found):
            for each in family.correlations:
                for member in each.members:
                    names = tuple(each.field_of(name, member) for name in each.group_by)
                    self._listening[member][place] = names if family.is_parted else None

    def of(self, rule: str, values: Mapping[str, str]) -> Iterator[tuple[int, int]]:
        """Families and shares. A hit without one of the fields has no group; the first share counts it."""
        for place, names in self._listening.get(rule, {}).items():
            yield place, 0 if names is None else self._share(names, values)

    def _share(self, names: tuple[str | None, ...], values: Mapping[str, str]) -> int:
        texts = [None if name is None else values.get(name) for name in names]
        if None in texts:
            return 0
        key = "\x1f".join(fold(text) for text in texts if text is not None)
        return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "big") % self._shares


def written_hit(hit: Hit) -> str:
    """The hit as text, for the way to its share."""
    at = None if hit.at is None else microseconds(hit.at)
    return json.dumps([hit.rule, at, hit.event, dict(hit.values)])


def read_hit(text: str) -> Hit:
    rule, at, event, values = json.loads(text)
    return Hit(rule, None if at is None else moment(at), event, values)
