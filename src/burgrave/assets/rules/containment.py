"""Nothing lies within itself or consists of itself, not even by a detour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def first_circle(edges: Iterable[tuple[Key, Key]]) -> Sequence[Key]:
    """The keys of one circle in their order, empty when there is none; each key and edge is visited once."""
    below: dict[Key, list[Key]] = defaultdict(list)
    for dependent, support in edges:
        below[dependent].append(support)
    left: set[Key] = set()
    for start in tuple(below):
        if start in left:
            continue
        way: dict[Key, None] = {start: None}
        waiting = [iter(below[start])]
        while waiting:
            following = next(waiting[-1], None)
            if following is None:
                waiting.pop()
                left.add(way.popitem()[0])
            elif following in way:
                keys = list(way)
                return keys[keys.index(following) :]
            elif following not in left:
                way[following] = None
                waiting.append(iter(below.get(following, ())))
    return ()
