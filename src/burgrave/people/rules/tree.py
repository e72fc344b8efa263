"""The tree of units, and the part of it where a permission holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from burgrave.people.terms import UnitId, UnitNode

NO_UNITS: tuple[UnitId, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """``above`` has for every unit the unit itself, then its parent, up to the root.

    ``samples`` are the units of the sample.

    What hangs on a cycle or on a unit that is not there has nothing above it, not even itself: no grant reaches it.
    """

    above: Mapping[UnitId, tuple[UnitId, ...]]
    children: Mapping[UnitId, tuple[UnitId, ...]]
    root: UnitId | None
    samples: frozenset[UnitId] = frozenset()
    _below: dict[UnitId, frozenset[UnitId]] = field(default_factory=dict)

    def covers(self, upper: UnitId, lower: UnitId) -> bool:
        """Whether ``lower`` is ``upper`` or stands below it."""
        return upper in self.above.get(lower, NO_UNITS)

    def below(self, unit_id: UnitId) -> frozenset[UnitId]:
        """The unit and everything below it."""
        found = self._below.get(unit_id)
        if found is None:
            found = self._below[unit_id] = frozenset(self._walk(unit_id)) if self.above.get(unit_id) else frozenset()
        return found

    def _walk(self, unit_id: UnitId) -> Iterator[UnitId]:
        waiting = [unit_id]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend(self.children.get(here, NO_UNITS))

    def common(self, first: UnitId, second: UnitId) -> UnitId | None:
        """The top of what lies below both; None when the two parts have nothing in common."""
        if self.covers(first, second):
            return second
        return first if self.covers(second, first) else None

    def tops(self, units: Iterable[UnitId]) -> frozenset[UnitId]:
        """The same part of the tree by the fewest units: without those that stand below another of them."""
        given = frozenset(unit for unit in units if self.above.get(unit))
        return frozenset(unit for unit in given if given.isdisjoint(self.above[unit][1:]))


def tree_of(nodes: Iterable[UnitNode]) -> Tree:
    """The tree of these units."""
    nodes = tuple(nodes)
    parents = {node.unit_id: node.parent_id for node in nodes}
    above: dict[UnitId, tuple[UnitId, ...]] = {}
    for unit_id in parents:
        _climb(unit_id, parents, above)
    children: dict[UnitId, list[UnitId]] = defaultdict(list)
    for unit_id, parent in parents.items():
        if parent is not None:
            children[parent].append(unit_id)
    tops = [unit_id for unit_id, parent in parents.items() if parent is None]
    return Tree(
        above=above,
        children={unit_id: tuple(found) for unit_id, found in children.items()},
        root=tops[0] if len(tops) == 1 else None,
        samples=frozenset(node.unit_id for node in nodes if node.is_sample),
    )


def _climb(unit_id: UnitId, parents: Mapping[UnitId, UnitId | None], above: dict[UnitId, tuple[UnitId, ...]]) -> None:
    path: dict[UnitId, None] = {}
    step: UnitId | None = unit_id
    while step is not None and step in parents and step not in above and step not in path:
        path[step] = None
        step = parents[step]
    stands = step is None or (step in above and bool(above[step]))
    upper = above[step] if step is not None and step in above else NO_UNITS
    for each in reversed(path):
        upper = (each, *upper) if stands else NO_UNITS
        above[each] = upper


@dataclass(frozen=True, slots=True, eq=False)
class Reach(AbstractSet[UnitId]):
    """The units below some tops, as a set that is never written out unless somebody walks through it."""

    tree: Tree
    tops: frozenset[UnitId]

    def __contains__(self, unit_id: object) -> bool:
        return not self.tops.isdisjoint(self.tree.above.get(unit_id, NO_UNITS))  # type: ignore[call-overload]  # a set is asked for anything

    def __iter__(self) -> Iterator[UnitId]:
        for top in self.tops:
            yield from self.tree.below(top)

    def __len__(self) -> int:
        return sum(len(self.tree.below(top)) for top in self.tops)

    def __bool__(self) -> bool:
        return bool(self.tops)

    @property
    def is_everything(self) -> bool:
        return self.tree.root is not None and self.tree.root in self.tops

    @classmethod
    def _from_iterable(cls, it: Iterable[UnitId]) -> frozenset[UnitId]:  # type: ignore[override]  # joined parts are plain sets
        return frozenset(it)
