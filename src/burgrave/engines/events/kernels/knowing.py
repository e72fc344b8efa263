"""Sequences of bytes that are known by one number each: the same sequence, the same number."""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.words import INSIDE, WORD, hashed

COUNT, FILL, SEED = range(3)
UNKNOWN: Final = -1
_ONE: Final = np.uint64(1)


@compiled
def _same(one: Any, other: Any, begin: int, length: int) -> bool:
    at = 0
    while at + WORD <= length:
        if one[at] != other[begin + at]:
            return False
        at += WORD
    return bool((one[at] ^ other[begin + at]) & INSIDE[length - at] == 0)


@compiled
def known(words: Any, length: int, store: Any) -> int:
    """The number of a sequence, which is kept if it is new; UNKNOWN if there is no room.

    ``words`` are the eight bytes from each of its bytes on. ``store`` are the same of the sequences that are kept, one
    behind the other, where each begins and ends, a table of twice as many places or more (a power of two, -1 where
    nothing is), and `COUNT`, `FILL` and `SEED`.
    """
    kept, edges, table, told = store
    likeness = hashed(words, 0, length, np.uint64(told[SEED]))
    mask = np.uint64(len(table) - 1)
    while True:
        place = np.int64(likeness & mask)
        number = table[place]
        if number < 0:
            break
        begin = edges[number, 0]
        if edges[number, 1] - begin == length and _same(words, kept, begin, length):
            return int(number)
        likeness += _ONE
    number, begin = told[COUNT], told[FILL]
    if number >= len(edges) or begin + length + WORD > len(kept):
        return UNKNOWN
    for at in range(0, length, WORD):
        kept[begin + at] = words[at]
    edges[number, 0] = begin
    edges[number, 1] = begin + length
    table[place] = number
    told[COUNT] = number + 1
    told[FILL] = begin + length
    return int(number)
