"""The texts of a batch are looked up among those that are known, and those that are not are kept."""

from typing import Any, Final

import numpy as np

from burgrave.engines.detection.codes import (
    ABSENT,
    BEGIN,
    BYTES,
    FULL,
    HASH,
    LONG,
    PLACES,
    SIZE,
    SLOT,
    TEXTS,
    UNSEEN,
)
from burgrave.engines.detection.kernels.compiling import compiled
from burgrave.engines.detection.kernels.memory import byte_at, copied, int_at, is_same, long_at, word_at

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(29)
_EIGHT: Final = np.uint64(8)
_SEPARATOR: Final = 10

_OFFSET, _BUFFERS, _CHILDREN = 16, 40, 48  # where an ArrowArray says it


@compiled
def place_of(array: int, child: int, row: int) -> Any:
    """The address of the text in a row of a column, and its size; -1 where there is none."""
    column = long_at(long_at(array + _CHILDREN) + 8 * child)
    at = row + long_at(column + _OFFSET) + long_at(array + _OFFSET)
    buffers = long_at(column + _BUFFERS)
    valid = long_at(buffers)
    if valid != 0 and (int(byte_at(valid + (at >> 3))) >> (at & 7)) & 1 == 0:
        return 0, -1
    offsets = long_at(buffers + 8)
    begin = np.int64(int_at(offsets + 4 * at))
    return long_at(buffers + 16) + begin, np.int64(int_at(offsets + 4 * at + 4)) - begin


@compiled
def _hashed(begin: int, size: int, slot: int, seed: Any) -> Any:
    mixed = (seed ^ np.uint64(size) ^ (np.uint64(slot) << np.uint64(32))) * _MULTIPLIER
    at = begin
    while at + 8 <= begin + size:
        mixed = (mixed ^ word_at(at)) * _MULTIPLIER
        mixed ^= mixed >> _MIX
        at += 8
    rest = np.uint64(0)
    while at < begin + size:
        rest = (rest << _EIGHT) | np.uint64(byte_at(at))
        at += 1
    mixed = (mixed ^ rest) * _MULTIPLIER
    return mixed ^ (mixed >> _MIX)


@compiled
def number_of(array: int, cell: tuple[int, int, int], longest: int, seed: Any, store: Any) -> int:
    """The number of the text in a cell (child, slot, row), which is kept if it is new; ABSENT, FULL or LONG."""
    child, slot, row = cell
    if child < 0:
        return ABSENT
    table, texts, arena, counts = store
    begin, size = place_of(array, child, row)
    if size < 0:
        return ABSENT
    if size > longest:
        return LONG
    likeness = np.int64(_hashed(begin, size, slot, seed))
    mask = len(table) - 1
    place = likeness & mask
    while table[place] >= 0:
        known = table[place]
        if (
            texts[known, HASH] == likeness
            and texts[known, SLOT] == slot
            and texts[known, SIZE] == size
            and is_same(begin, size, arena, texts[known, BEGIN])
        ):
            return int(known)
        place = (place + 1) & mask
    number, used = counts[TEXTS], counts[BYTES]
    if number >= len(texts) or 2 * number >= len(table) or used + size > len(arena):
        return FULL
    copied(begin, size, arena, used)
    texts[number, HASH] = likeness
    texts[number, SLOT] = slot
    texts[number, BEGIN] = used
    texts[number, SIZE] = size
    texts[number, PLACES] = 0
    table[place] = number
    counts[TEXTS] = number + 1
    counts[BYTES] = used + size
    return int(number)


@compiled
def gather(array: int, rows: int, children: Any, anchored: int, longest: int, seed: Any, store: Any, cells: Any) -> int:
    """Number the texts of the columns with anchors, which are the first slots; the others' are UNSEEN.

    Gives FULL or LONG where that ends it, else how many of the texts list places of rules.
    """
    texts = store[1]
    found = 0
    cells[anchored * rows : len(children) * rows] = UNSEEN
    for slot in range(anchored):
        for row in range(rows):
            number = number_of(array, (children[slot], slot, row), longest, seed, store)
            if number < ABSENT:
                return int(number)
            cells[slot * rows + row] = number
            if number >= 0 and texts[number, PLACES] != 0:
                found += 1
    return found


@compiled
def laid_out(array: int, rows: int, columns: int, out: Any) -> int:
    """Copy the bytes of all columns one behind the other, a newline between them; gives how many, or would be."""
    used: Any = 0
    for child in range(columns):
        column = long_at(long_at(array + _CHILDREN) + 8 * child)
        at = long_at(column + _OFFSET) + long_at(array + _OFFSET)
        buffers = long_at(column + _BUFFERS)
        offsets = long_at(buffers + 8)
        begin = np.int64(int_at(offsets + 4 * at))
        size: Any = np.int64(int_at(offsets + 4 * (at + rows))) - begin
        if size == 0:
            continue
        if used + size < len(out):
            copied(long_at(buffers + 16) + begin, size, out, used)
            out[used + size] = _SEPARATOR
        used += size + 1
    return int(used)


@compiled
def is_as_known(array: int, rows: int, known: Any, values: Any) -> bool:
    """Whether columns hold the same text in all rows: child, begin and size of the text in ``values``."""
    for which in range(len(known)):
        at, wanted = known[which, 1], known[which, 2]
        for row in range(rows):
            begin, size = place_of(array, known[which, 0], row)
            if size != wanted or not is_same(begin, size, values, at):
                return False
    return True


@compiled
def looked_up(
    array: int, size: tuple[int, int], agreed: Any, wanted: Any, limits: Any, store: Any, cells: Any, out: Any
) -> tuple[bool, int, int]:
    """What ``is_as_known``, ``laid_out`` and ``gather`` say of a batch; without ``out`` nothing is laid."""
    rows, columns = size
    children, anchored = wanted
    known = len(agreed[0]) == 0 or is_as_known(array, rows, agreed[0], agreed[1])
    used = laid_out(array, rows, columns, out) if len(out) > 0 else 0
    return known, used, gather(array, rows, children, anchored, limits[0], limits[1], store, cells)


@compiled
def numbered_again(table: Any, texts: Any, count: int) -> None:
    """Fill an empty table with the numbers of the texts."""
    mask = len(table) - 1
    for number in range(count):
        place = texts[number, HASH] & mask
        while table[place] >= 0:
            place = (place + 1) & mask
        table[place] = number
