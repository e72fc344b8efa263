"""Texts eight bytes at a time: compared, and told apart by a number."""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled

WORD: Final = 8
MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
MIX: Final = np.uint64(29)
INSIDE: Final = np.array([(1 << 8 * length) - 1 for length in range(WORD)], np.uint64)


@compiled
def mixed(likeness: Any, word: Any) -> Any:
    likeness = (likeness ^ word) * MULTIPLIER
    return likeness ^ (likeness >> MIX)


@compiled
def hashed(words: Any, begin: int, end: int, likeness: Any) -> Any:
    """Mix in all bytes of a text, eight at a time, and its length."""
    likeness ^= np.uint64(end - begin)
    at = begin
    while at + WORD <= end:
        likeness = mixed(likeness, words[at])
        at += WORD
    return mixed(likeness, words[at] & INSIDE[end - at])


@compiled
def same(words: Any, one: int, other: int, length: int) -> bool:
    """Whether two texts of one length are the same."""
    at = 0
    while at + WORD <= length:
        if words[one + at] != words[other + at]:
            return False
        at += WORD
    return bool((words[one + at] ^ words[other + at]) & INSIDE[length - at] == 0)
