"""Which task reads which files."""

from __future__ import annotations

from heapq import heapify, heapreplace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARE_BYTES: Final = 8 << 20
"""About a second of reading. To start a task costs a fifth of a second, more than a small file needs."""
_OPENING_BYTES: Final = 64 << 10
_MOST_SHARES: Final = 10_000


def files_by_task(sizes: Sequence[int], *, at_least: int) -> list[list[int]]:
    """The places of the files, for each task those that it reads one after the other, about equal in bytes.

    There are so many tasks that each has about ``SHARE_BYTES``, but ``at_least`` as many, so that no core stands idle,
    and never more than files. The largest files come first, so that none is begun when all others are done.
    """
    weights = [size + _OPENING_BYTES for size in sizes]
    wanted = max(at_least, -(-sum(weights) // SHARE_BYTES))
    count = max(1, min(wanted, len(sizes), _MOST_SHARES))
    found: list[list[int]] = [[] for _ in range(count)]
    lightest = [(0, share) for share in range(count)]
    heapify(lightest)
    for place in sorted(range(len(sizes)), key=lambda each: (-weights[each], each)):
        weight, share = lightest[0]
        found[share].append(place)
        heapreplace(lightest, (weight + weights[place], share))
    return found
