"""The values of lines that are alike become columns of texts, with a dictionary where texts come again."""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.grammar import resolved
from burgrave.engines.events.kernels.words import WORD, hashed, same
from burgrave.engines.events.tokens import BEGIN_BIT, ENCODED, ESCAPED, LENGTH, LENGTH_BIT, PLAIN

_WORTH_LOOKING: Final = 256  # rows after which a column of mostly different texts gets no dictionary
_ONE: Final = np.uint64(1)


@compiled
def _copied(page: Any, value: int, out: Any, at: int) -> int:
    """Write the text of a token, up to seven bytes beyond it included; gives the place behind it."""
    data, words = page
    begin = value >> BEGIN_BIT
    end = begin + ((value >> LENGTH_BIT) & LENGTH)
    if value & ESCAPED:
        return int(resolved(data, begin, end, out[0], at))
    for offset in range(0, end - begin, WORD):
        out[1][at + offset] = words[begin + offset]
    return int(at + end - begin)


@compiled
def _encoded(
    page: Any, values: Any, at: Any, nth: int, tables: Any, most: int, out: Any, fill: int, offsets: Any, codes: Any
) -> int:
    """Lay a column with a dictionary: gives how many texts that has, -1 if they are too many."""
    words = page[1]
    table, one_of = tables
    table[:] = -1
    mask = np.uint64(len(table) - 1)
    distinct = 0
    offsets[0] = 0
    begun = fill
    for row in range(len(at)):
        value = values[at[row] + nth]
        begin = value >> BEGIN_BIT
        length = (value >> LENGTH_BIT) & LENGTH
        likeness = hashed(words, begin, begin + length, _ONE)
        while True:
            place = np.int64(likeness & mask)
            known = table[place]
            if known < 0:
                if distinct >= most or (row >= _WORTH_LOOKING and 4 * distinct > 3 * row):
                    return -1
                table[place] = distinct
                one_of[distinct] = value
                codes[row] = distinct
                fill = _copied(page, value, out, fill)
                distinct += 1
                offsets[distinct] = fill - begun
                break
            other = one_of[known]
            if (other >> LENGTH_BIT) & LENGTH == length and same(words, other >> BEGIN_BIT, begin, length):
                codes[row] = known
                break
            likeness += _ONE
    return distinct


@compiled
def lay(
    page: Any,
    values: Any,
    at: Any,
    wanted: Any,
    always: bool,
    worth: int,
    out: Any,
    offsets: Any,
    codes: Any,
    sizes: Any,
) -> None:
    """Write the texts of all wanted values, a column each.

    ``page`` are the data and words of `cut`; ``at`` the rows' first values; ``wanted`` the places of values
    behind it. They get a dictionary ``always``, or if there are at least ``worth`` rows and their texts come again.
    ``out`` are bytes, and the words from each of them on. Shapes: ``offsets`` (columns, rows + 1), ``codes`` (columns,
    rows), ``sizes`` (columns, 3): how it was laid, how many texts, and where in ``out`` the column ends.
    """
    rows = len(at)
    size = 16
    while size < 2 * rows:
        size *= 2
    tables = (np.empty(size, np.int32), np.empty(rows, np.int64))
    fill = 0
    for column in range(len(wanted)):
        nth = wanted[column]
        distinct = -1
        if always or rows >= worth:
            most = rows if always else rows // 2
            distinct = _encoded(page, values, at, nth, tables, most, out, fill, offsets[column], codes[column])
        if distinct >= 0:
            sizes[column, 0] = ENCODED
            sizes[column, 1] = distinct
            fill += offsets[column, distinct]
        else:
            begun = fill
            offsets[column, 0] = 0
            for row in range(rows):
                fill = _copied(page, values[at[row] + nth], out, fill)
                offsets[column, row + 1] = fill - begun
            sizes[column, 0] = PLAIN
            sizes[column, 1] = rows
        sizes[column, 2] = fill
