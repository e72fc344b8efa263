"""Lines that go the way of one before them: what stands between their values is the same, byte by byte.

A way is a row of steps. Each is what stands before a value, and the kind of the value; the last one is what stands
behind all values. Ways that begin alike share their first steps. A line that goes a known way has the keys and types of
the line that went it first, so its keys need not be looked at one by one.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.grammar import NEWLINE, QUOTE, first_special, place_of, text, value
from burgrave.engines.events.kernels.words import INSIDE, WORD, same
from burgrave.engines.events.tokens import BEGIN, BEGIN_BIT, CODE, END, KEY, KINDS, LENGTH_BIT, TEXT

STEPS_AT_MOST: Final = 1 << 14
_BRANCHES_AT_MOST: Final = 64
_BEGIN, _SIZE, _KIND, _FIRST, _NEXT, _GROUP = range(6)
"""The columns of a step: its bytes, the kind of value, the first of the steps behind it, the next one beside it, and,
of one that ends a line, the line's group."""

_THE_END: Final = 0  # instead of a kind
_NONE: Final = -1


@compiled
def no_steps() -> Any:
    """Room for steps; the first one stands before all lines, and its bytes count those in use."""
    steps = np.full((STEPS_AT_MOST, 6), _NONE, np.int64)
    steps[0, _BEGIN] = 1
    return steps


@compiled
def follow(data: Any, words: Any, at: int, stop: int, steps: Any, values: Any, count: int) -> tuple[int, int, int]:
    """Go along a line; gives its group, -1 where it goes no known way, how many values there are then, and its end.

    The values are written behind the ``count`` that there are, begin, length and flag of each in one number.
    """
    step = steps[0, _FIRST]
    while step != _NONE:
        other, size = steps[step, _BEGIN], steps[step, _SIZE]
        begin = at + size
        # What `same` and `text` do is done here once more: a call would take as long as most of what is compared.
        while size >= WORD and words[begin - size] == words[other]:
            size -= WORD
            other += WORD
        if size >= WORD or (words[begin - size] ^ words[other]) & INSIDE[size] != 0:
            step = steps[step, _NEXT]
            continue
        kind = steps[step, _KIND]
        end, found, flags = begin, TEXT, 0
        if kind == TEXT:
            special = first_special(words[begin])
            while special == 0 and end < stop:
                end += WORD
                special = first_special(words[end])
            end += place_of(special)
            if end >= stop or data[end] != QUOTE:
                end, flags = text(data, words, begin, stop)
        elif kind == _THE_END:
            if begin == stop or (begin < stop and data[begin] == NEWLINE):
                return steps[step, _GROUP], count, begin
            end = _NONE
        else:
            end, found, flags = value(data, words, begin, stop, kind)
        if end < 0 or found != kind or count >= len(values):
            step = steps[step, _NEXT]
            continue
        values[count] = (begin << BEGIN_BIT) | ((end - begin) << LENGTH_BIT) | flags
        count += 1
        at = end
        step = steps[step, _FIRST]
    return _NONE, count, at


@compiled
def remember(words: Any, at: int, stop: int, tokens: Any, many: int, steps: Any, group: int) -> None:
    """Add the way of a line, from ``at`` to ``stop``, that was cut into tokens, unless there is no room."""
    before = 0
    for each in range(many + 1):
        if each < many and tokens[each, CODE] & KINDS == KEY:
            continue
        kind = tokens[each, CODE] & KINDS if each < many else _THE_END
        size = (tokens[each, BEGIN] if each < many else stop) - at
        step, branches = steps[before, _FIRST], 0
        while step != _NONE:
            if steps[step, _KIND] == kind and steps[step, _SIZE] == size and same(words, at, steps[step, _BEGIN], size):
                break
            step = steps[step, _NEXT]
            branches += 1
        if step == _NONE:
            step = steps[0, _BEGIN]
            if step >= len(steps) or branches >= _BRANCHES_AT_MOST:
                return
            steps[0, _BEGIN] = step + 1
            steps[step, _BEGIN] = at
            steps[step, _SIZE] = size
            steps[step, _KIND] = kind
            steps[step, _NEXT] = steps[before, _FIRST]
            steps[before, _FIRST] = step
        if kind == _THE_END:
            steps[step, _GROUP] = group
            return
        before = step
        at = tokens[each, END]
