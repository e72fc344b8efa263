"""The values of lines that are alike become columns of texts, with a dictionary where texts come again.

All columns are laid at once, line by line, so that a line's bytes come from memory once.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.grammar import resolved
from burgrave.engines.events.kernels.words import INSIDE, MIX, MULTIPLIER, WORD, hashed
from burgrave.engines.events.tokens import BEGIN_BIT, ENCODED, ESCAPED, LENGTH, LENGTH_BIT, PLAIN

BEGINS, ENDS, TEXTS, HOW = range(4)
"""The columns of what is told of a column: where it begins and ends in the bytes, how many texts it has, and how."""

_WORTH_LOOKING: Final = 256  # rows after which a column of mostly different texts gets no dictionary
_SMALLEST_TABLE: Final = 1_024
_TIMES: Final = 4  # as large becomes a table in which there is little room left
_ONE: Final = np.uint64(1)


@compiled
def _copied(page: Any, value: int, out: Any, at: int) -> int:
    """Write a text, up to seven bytes beyond it included; gives the place behind it."""
    data, words = page
    begin = value >> BEGIN_BIT
    end = begin + ((value >> LENGTH_BIT) & LENGTH)
    if value & ESCAPED:
        return int(resolved(data, begin, end, out[0], at))
    for offset in range(0, end - begin, WORD):
        out[1][at + offset] = words[begin + offset]
    return int(at + end - begin)


@compiled
def _hashed(words: Any, value: int) -> Any:
    begin = value >> BEGIN_BIT
    return hashed(words, begin, begin + ((value >> LENGTH_BIT) & LENGTH), _ONE)


@compiled
def _enlarged(words: Any, table: Any, one_of: Any, count: int, size: int) -> int:
    """Make the table of a dictionary of ``count`` texts larger; gives its size."""
    size *= _TIMES
    table[:size] = -1
    mask = np.uint64(size - 1)
    for code in range(count):
        likeness = _hashed(words, one_of[code])
        while table[np.int64(likeness & mask)] >= 0:
            likeness += _ONE
        table[np.int64(likeness & mask)] = code
    return size


@compiled
def _made_plain(page: Any, told: Any, tables: Any, column: int, row: int, out: Any, offsets: Any, codes: Any) -> None:
    """Give up the dictionary of a column, and write its texts up to a row one by one."""
    fill = told[column, BEGINS]
    for each in range(row):
        fill = _copied(page, tables[1][column, codes[column, each]], out, fill)
        offsets[column, each + 1] = fill - told[column, BEGINS]
    told[column, ENDS] = fill
    told[column, TEXTS] = row
    told[column, HOW] = PLAIN


@compiled
def _regions(values: Any, at: Any, wanted: Any, told: Any) -> None:
    """Give each column as many bytes as its texts have, and a word more."""
    told[:, ENDS] = 0
    for row in range(len(at)):
        for column in range(len(wanted)):
            told[column, ENDS] += (values[at[row] + wanted[column]] >> LENGTH_BIT) & LENGTH
    begin = 0
    for column in range(len(wanted)):
        size = told[column, ENDS] + WORD
        told[column, BEGINS] = told[column, ENDS] = begin
        begin += size


@compiled
def room_for(rows: int) -> int:
    """The size of the table of a dictionary for so many rows."""
    size = 16
    while size < 2 * rows:
        size *= 2
    return size


@compiled
def lay(
    page: Any,
    values: Any,
    at: Any,
    wanted: Any,
    always: Any,
    worth: int,
    room: Any,
    out: Any,
    offsets: Any,
    codes: Any,
    told: Any,
) -> None:
    """Write the texts of all wanted values, a column each.

    ``page`` are the data and words of `cut`; ``at`` the rows' first values; ``wanted`` the places of values behind
    it. Of those ``always`` get a dictionary, the others if there are at least ``worth`` rows and their texts come
    again. ``out`` are bytes, and the words from each of them on: as many as the lines have, and a word for each column.
    ``room`` are two arrays to work in, of 32 and of 64 bits, each of `room_for` the rows for each column. Shapes:
    ``offsets`` (columns, rows + 1), ``codes`` (columns, rows), ``told`` (columns, 4), see `BEGINS`.
    """
    rows, columns = len(at), len(wanted)
    _regions(values, at, wanted, told)
    encoded = 0
    for column in range(columns):
        offsets[column, 0] = 0
        told[column, TEXTS] = 0
        told[column, HOW] = ENCODED if always[column] or rows >= worth else PLAIN
        if told[column, HOW] == ENCODED:
            encoded = column + 1
    most = room_for(rows)
    table = room[0][: encoded * most].reshape((encoded, most))
    one_of = room[1][: encoded * rows].reshape((encoded, rows))
    tables = (table, one_of)
    sizes = np.full(encoded, min(_SMALLEST_TABLE, most), np.int64)
    for column in range(encoded):
        table[column, : sizes[column]] = -1
    words = page[1]
    for row in range(rows):
        first = at[row]
        before = at[row - 1] if row > 0 else first
        for column in range(columns):
            value = values[first + wanted[column]]
            count = told[column, TEXTS]
            if told[column, HOW] == ENCODED:
                if row > 0 and value == values[before + wanted[column]]:
                    codes[column, row] = codes[column, row - 1]
                    continue
                # What `hashed` and `same` do is done here once more: a call would take as long as a short text does.
                begin, length = value >> BEGIN_BIT, (value >> LENGTH_BIT) & LENGTH
                likeness = _ONE ^ np.uint64(length)
                place, end = begin, begin + length
                while place + WORD <= end:
                    likeness = (likeness ^ words[place]) * MULTIPLIER
                    likeness ^= likeness >> MIX
                    place += WORD
                tail = words[place] & INSIDE[end - place]
                likeness = (likeness ^ tail) * MULTIPLIER
                likeness ^= likeness >> MIX
                mask = np.uint64(sizes[column] - 1)
                code = table[column, np.int64(likeness & mask)]
                while code >= 0:
                    other = one_of[column, code]
                    if (other >> LENGTH_BIT) & LENGTH == length:
                        other >>= BEGIN_BIT
                        place = begin
                        while place + WORD <= end and words[place] == words[other]:
                            place += WORD
                            other += WORD
                        if place + WORD > end and (words[place] ^ words[other]) & INSIDE[end - place] == 0:
                            break
                    likeness += _ONE
                    code = table[column, np.int64(likeness & mask)]
                if code >= 0:
                    codes[column, row] = code
                    continue
                table[column, np.int64(likeness & mask)] = count
                one_of[column, count] = value
                codes[column, row] = count
                if 2 * count >= sizes[column] and sizes[column] < most:
                    sizes[column] = _enlarged(words, table[column], one_of[column], count + 1, sizes[column])
                if not always[column] and row >= _WORTH_LOOKING and 4 * count > 3 * row:
                    _made_plain(page, told, tables, column, row, out, offsets, codes)
                    count = row
            end = _copied(page, value, out, told[column, ENDS])
            told[column, ENDS] = end
            told[column, TEXTS] = count + 1
            offsets[column, count + 1] = end - told[column, BEGINS]
