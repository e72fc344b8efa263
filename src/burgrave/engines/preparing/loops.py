"""Which loops there are, and values of the types with which their callers call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from burgrave.engines.detection.numbered import kernels as matching
from burgrave.engines.events.cutting import fours_of, kernels, words_of

if TYPE_CHECKING:
    from burgrave.engines.compiling import Forgotten

_BYTES: Final = 16


class Loops(Enum):
    """What is read or matched by the loops of one kind."""

    LINES = "lines"
    LOGS = "logs"
    MATCHING = "matching"


@dataclass(frozen=True, slots=True)
class Prepared:
    """How many loops there are of the kinds asked for, and how many were not found compiled."""

    loops: int
    compiled: int


_Call: TypeAlias = tuple[Any, tuple[Any, ...]]
"""A compiled loop, and what it is called with."""


def prepare(kinds: Iterable[Loops] = tuple(Loops), *, on_compiling: Callable[[], None] = lambda: None) -> Prepared:
    """The loops of these kinds are compiled, kept where that can be, and loaded; none is run.

    ``on_compiling`` is called once, as soon as one had to be compiled: a small one, of which there are some first.
    """
    from numba import typeof

    loops = compiled = 0
    for loop, values in _calls(set(kinds)):
        before = sum(loop.stats.cache_misses.values())
        loop.compile(tuple(map(typeof, values)))
        loops += 1
        if sum(loop.stats.cache_misses.values()) > before:
            compiled += 1
            if compiled == 1:
                on_compiling()
    return Prepared(loops, compiled)


def forget_others() -> Forgotten:
    """What was compiled of other versions of the loops is gone; it may be while others work with these."""
    reading: Forgotten = kernels().compiling.compiled.forget_others()
    asking: Forgotten = matching().compiling.compiled.forget_others()
    return reading + asking


def _calls(kinds: set[Loops]) -> Iterator[_Call]:
    if kinds & {Loops.LINES, Loops.LOGS}:
        yield from _of_columns()
    if Loops.LINES in kinds:
        yield from _of_lines()
    if Loops.LOGS in kinds:
        yield from _of_logs()
    if Loops.MATCHING in kinds:
        yield from _of_matching()


def _array(dimensions: int, kind: Any = np.int64) -> Any:
    return np.zeros((2,) * dimensions, kind)


def _bytes() -> tuple[Any, Any]:
    """Bytes, and the eight bytes from each on as a number."""
    data = np.zeros(_BYTES, np.uint8)
    return data, words_of(data)


def _strangers_bytes() -> tuple[Any, Any]:
    """The same of bytes that cannot be written to."""
    data = np.frombuffer(bytes(_BYTES), np.uint8)
    return data, words_of(data)


def _of_columns() -> Iterator[_Call]:
    loops = kernels()
    numbers = _array(1)
    yield loops.room_for, (2,)
    yield loops.ordered, (_array(2)[:, 1], 2)
    room, codes = (_array(1, np.int32), numbers), _array(2, np.int32)
    yield (
        loops.lay,
        (_bytes(), numbers, numbers, numbers, _array(1, np.bool_), 2, room, _bytes(), codes, codes, _array(2)),
    )


def _of_lines() -> Iterator[_Call]:
    loops = kernels()
    data, words = _bytes()
    numbers = _array(1)
    yield loops.count_lines, (data,)
    yield loops.cut, (data, words, 2, np.uint64(2), _array(2), numbers, _array(2, np.int32), numbers, numbers)


def _of_logs() -> Iterator[_Call]:
    loops = kernels()
    _, wide = _strangers_bytes()
    data, words = _bytes()
    numbers, rows = _array(1), _array(2)
    yield loops.renumber, (data, rows, _array(1, np.bool_))
    yield loops.slots, (wide, 2, 2, rows)
    store = words, rows, _array(1, np.int32), numbers
    yield loops.survey, (wide, rows, 2, (rows, words, words), store, rows, 2, 2)
    out, room = (data, fours_of(data)), (numbers, rows, numbers, numbers)
    yield loops.transcribe, (wide, rows, rows, rows, rows, (rows, numbers), out, room, numbers)


def _of_matching() -> Iterator[_Call]:
    loops = matching()
    numbers, rows, small, cells = _array(1), _array(2), _array(1, np.int8), _array(1, np.int32)
    content, limits = _array(1, np.uint8), (2, np.uint64(2))
    store = cells, rows, content, numbers
    known = rows, _strangers_bytes()[0]
    yield loops.numbered_again, (cells, rows, 2)
    yield loops.kept_again, (numbers, small, numbers, small)
    yield loops.laid_out, (2, 2, 2, content)
    yield loops.candidates, (2, 2, cells, rows, cells, numbers, numbers, rows)
    yield loops.gather, (2, 2, numbers, 2, *limits, store, cells)
    yield loops.looked_up, (2, (2, 2), known, (numbers, 2), limits, store, cells, content)
    yield (
        loops.ask,
        (2, (2, 2, numbers, cells), limits, store, (numbers, small), (rows, numbers), (rows, numbers), rows),
    )
