"""How need is inherited: what others depend on needs at least what they need (maximum principle).

Along each dependency the rank of the dependent flows to its support. An asset whose need was lowered takes that rank
instead, and hands on only that. The computation visits each asset and each edge once per dimension, highest rank first,
so that cycles need no special case: all who depend on each other end with the same rank.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key")


def inherit(
    own: Mapping[Key, int],
    edges: Iterable[tuple[Key, Key]],
    *,
    lowered: Mapping[Key, int],
    outside: Mapping[Key, tuple[int, Key]] | None = None,
) -> dict[Key, tuple[int, Key | None]]:
    """The rank of every asset of ``own`` and the neighbour that it comes from, None where it is its own.

    ``edges`` are (dependent, support), both in ``own``. ``lowered`` are ranks that were decided instead; 0 counts as a
    decision there. ``outside`` is the highest rank that flows into an asset from dependents that are not in
    ``own``, with that dependent. Of equal causes the first wins; one's own rank wins over all.
    """
    supports: dict[Key, list[Key]] = defaultdict(list)
    for dependent, support in edges:
        supports[dependent].append(support)
    found: dict[Key, tuple[int, Key | None]] = {key: (rank, None) for key, rank in lowered.items() if key in own}
    waiting: dict[int, deque[tuple[Key, Key | None]]] = defaultdict(deque)
    for key, rank in own.items():
        waiting[lowered.get(key, rank)].append((key, None))
    for key, (rank, dependent) in (outside or {}).items():
        if key in own and key not in lowered:
            waiting[rank].append((key, dependent))
    flowed: set[Key] = set()
    for rank in sorted(waiting, reverse=True):
        queue = waiting[rank]
        while queue:
            key, cause = queue.popleft()
            if key in flowed:
                continue
            if key in lowered:
                if cause is not None:
                    continue
            else:
                found[key] = (rank, cause)
            flowed.add(key)
            queue.extend((support, key) for support in supports[key] if support not in flowed)
    return found
