"""The values of records of an event log become texts, as the decoder writes them.

A value of which this is not certain (a text with half a pair of surrogates, a time that no calendar has) leaves its
record to the decoder.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events import slot_codes as of
from burgrave.engines.events.kernels.binary import i64, u8, u16, u32, u64
from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.slots import slots
from burgrave.engines.events.kernels.words import WORD
from burgrave.engines.events.tokens import (
    BEGIN_BIT,
    LEFT_SHAPE,
    LENGTH,
    LENGTH_BIT,
    PLAN_BEGIN,
    PLAN_GROUP,
    PLAN_LEAVES,
    RECORD_AT,
    RECORD_SHAPE,
    RECORD_SIZE,
    SLOT_AT,
    SLOT_CODE,
    SLOT_SIZE,
)

UNFIT: Final = -1
SLOTS_AT_MOST: Final = 1_024
_RECORD_HEADER: Final = 24
_FOUR: Final = 8  # bytes of four units of UTF-16
_BEYOND_ASCII: Final = np.uint64(0xFF80FF80FF80FF80)
_PAIRS: Final = np.uint64(0x0000FFFF0000FFFF)
_LOW: Final = np.uint64(0xFFFFFFFF)
_ONES: Final = np.uint64(0x0001000100010001)
_TOPS: Final = np.uint64(0x8000800080008000)
_INSIDE: Final = np.array([(1 << 8 * length) - 1 for length in range(9)], np.uint64)
_EIGHT, _SIXTEEN = np.uint64(8), np.uint64(16)
_TEN, _NIBBLE, _FOUR_BITS = np.uint64(10), np.uint64(15), np.uint64(4)
_ZERO, _SIGN = np.uint64(0), np.uint64(1 << 63)
_TICKS: Final = 10_000_000  # of a second
_DAY: Final = 86_400
_DAYS_BEFORE_1970: Final = 134_774  # since 1601
_TIMES_END: Final = 2_650_465_000_000_000_000  # a few days before the year 10000
_HEX: Final = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_LOWER: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
_GUID_ORDER: Final = np.array([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15], np.int64)


@compiled
def _unit(chunk: Any, at: int, end: int, out: Any, to: int) -> tuple[int, int]:
    """One character of UTF-16 as UTF-8; gives the places behind it, UNFIT for half a pair."""
    unit = u16(chunk, at)
    at += 2
    if unit < 0x80:
        out[to] = unit
        return at, to + 1
    if unit < 0x800:
        out[to] = 0xC0 | unit >> 6
        out[to + 1] = 0x80 | unit & 0x3F
        return at, to + 2
    if unit < 0xD800 or unit >= 0xE000:
        out[to] = 0xE0 | unit >> 12
        out[to + 1] = 0x80 | unit >> 6 & 0x3F
        out[to + 2] = 0x80 | unit & 0x3F
        return at, to + 3
    low = u16(chunk, at) if at + 2 <= end else 0
    if unit >= 0xDC00 or low < 0xDC00 or low >= 0xE000:
        return at, UNFIT
    point = 0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00
    out[to] = 0xF0 | point >> 18
    out[to + 1] = 0x80 | point >> 12 & 0x3F
    out[to + 2] = 0x80 | point >> 6 & 0x3F
    out[to + 3] = 0x80 | point & 0x3F
    return at + 2, to + 4


@compiled
def _rest(chunk: Any, at: int, end: int, out: Any, to: int) -> int:
    """The rest of a text, character by character."""
    while at < end:
        if chunk[at] == 0 and chunk[at + 1] == 0:
            return to
        at, to = _unit(chunk, at, end, out, to)
        if to == UNFIT:
            return UNFIT
    return to


@compiled
def _text(chunk: Any, wide: Any, at: int, size: int, out: Any, fours: Any, to: int) -> int:
    """A text in UTF-16, up to its first zero, as UTF-8; up to three bytes behind it are written to, too."""
    end = at + size
    while at + _FOUR < end:
        four = wide[at]
        if four & _BEYOND_ASCII or (four - _ONES) & ~four & _TOPS:
            return _rest(chunk, at, end, out, to)
        four = (four | four >> _EIGHT) & _PAIRS
        fours[to] = (four | four >> _SIXTEEN) & _LOW
        at += _FOUR
        to += 4
    inside = _INSIDE[end - at]
    four = (wide[at] & inside) | (_ONES & ~inside)
    if four & _BEYOND_ASCII or (four - _ONES) & ~four & _TOPS:
        return _rest(chunk, at, end, out, to)
    four = (four | four >> _EIGHT) & _PAIRS
    fours[to] = (four | four >> _SIXTEEN) & _LOW
    return to + (end - at) // 2


@compiled
def _texts(chunk: Any, at: int, size: int, out: Any, to: int) -> int:
    """Texts, each with a zero behind it, as a list in JSON."""
    end, many = at + size, 0
    out[to] = 91
    to += 1
    while at < end:
        if many:
            out[to] = 44
            to += 1
        out[to] = 34
        to += 1
        while chunk[at] or chunk[at + 1]:
            unit = u16(chunk, at)
            if unit < 32 and unit not in (9, 10, 13):
                return UNFIT
            if unit in (34, 92) or unit < 32:
                out[to] = 92
                out[to + 1] = 116 if unit == 9 else 110 if unit == 10 else 114 if unit == 13 else unit
                at += 2
                to += 2
                continue
            at, to = _unit(chunk, at, end, out, to)
            if to == UNFIT:
                return UNFIT
        out[to] = 34
        to += 1
        at += 2
        many += 1
    out[to] = 93
    return to + 1


@compiled
def _whole(number: Any, out: Any, to: int) -> int:
    """A whole number in decimal."""
    end, rest = to + 1, number // _TEN
    while rest:
        end += 1
        rest //= _TEN
    at = end
    while True:
        at -= 1
        out[at] = np.int64(number % _TEN) + 48
        number //= _TEN
        if at == to:
            return end


@compiled
def _signed(number: int, out: Any, to: int) -> int:
    if number >= 0:
        return _whole(np.uint64(number), out, to)
    out[to] = 45
    return _whole(_ZERO - np.uint64(number), out, to + 1)


@compiled
def _hexadecimal(number: Any, out: Any, to: int) -> int:
    """A number as 0x and lower-case digits."""
    out[to] = 48
    out[to + 1] = 120
    end, rest = to + 3, number >> _FOUR_BITS
    while rest:
        end += 1
        rest >>= _FOUR_BITS
    at = end
    while at > to + 2:
        at -= 1
        out[at] = _LOWER[np.int64(number & _NIBBLE)]
        number >>= _FOUR_BITS
    return end


@compiled
def _byte(value: int, out: Any, to: int) -> None:
    out[to] = _HEX[value >> 4]
    out[to + 1] = _HEX[value & 15]


@compiled
def _guid(chunk: Any, at: int, out: Any, to: int) -> int:
    for each in range(16):
        if each in (4, 6, 8, 10):
            out[to] = 45
            to += 1
        _byte(u8(chunk, at + _GUID_ORDER[each]), out, to)
        to += 2
    return to


@compiled
def _sid(chunk: Any, at: int, out: Any, to: int) -> int:
    authority = 0
    for each in range(6):
        authority = authority << 8 | u8(chunk, at + 2 + each)
    out[to] = 83
    out[to + 1] = 45
    to = _signed(u8(chunk, at), out, to + 2)
    out[to] = 45
    to = _signed(authority, out, to + 1)
    for each in range(u8(chunk, at + 1)):
        out[to] = 45
        to = _signed(u32(chunk, at + 8 + 4 * each), out, to + 1)
    return to


@compiled
def _padded(number: int, width: int, out: Any, to: int) -> int:
    for at in range(to + width - 1, to - 1, -1):
        out[at] = number % 10 + 48
        number //= 10
    return to + width


@compiled
def _separated(number: int, width: int, mark: int, out: Any, to: int) -> int:
    to = _padded(number, width, out, to)
    out[to] = mark
    return to + 1


@compiled
def _time(ticks: int, out: Any, to: int) -> int:
    """A count of 100 nanoseconds since 1601, up to the microsecond.

    The date is found in years that begin in March, so that the day of a leap year is their last.
    """
    if not 0 <= ticks < _TIMES_END:
        return UNFIT
    seconds, part = divmod(ticks, _TICKS)
    days, second = divmod(seconds, _DAY)
    days += 719_468 - _DAYS_BEFORE_1970  # since 1 March of the year 0
    era, day = divmod(days, 146_097)
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    month += 3 if month < 10 else -9
    year += 400 * era + (1 if month <= 2 else 0)
    to = _separated(year, 4, 45, out, to)
    to = _separated(month, 2, 45, out, to)
    to = _separated(day + 1, 2, 84, out, to)
    to = _separated(second // 3_600, 2, 58, out, to)
    to = _separated(second // 60 % 60, 2, 58, out, to)
    to = _separated(second % 60, 2, 46, out, to)
    return _separated(part // 10, 6, 90, out, to)


@compiled
def _literal(word: Any, out: Any, to: int) -> int:
    for each in range(len(word)):
        out[to + each] = word[each]
    return to + len(word)


_TRUE: Final = np.frombuffer(b"true", np.uint8)
_FALSE: Final = np.frombuffer(b"false", np.uint8)


@compiled
def _value(chunk: Any, at: int, size: int, code: int, plain: Any, to: int) -> int:
    """Write a value that is no text; gives the place behind it, or UNFIT."""
    if code == of.UINT32:
        return _signed(u32(chunk, at), plain, to)
    if code == of.UINT16:
        return _signed(u16(chunk, at), plain, to)
    if code == of.UINT8:
        return _signed(u8(chunk, at), plain, to)
    if code == of.UINT64:
        return _whole(u64(chunk, at), plain, to)
    if code == of.TIME:
        return _time(i64(chunk, at), plain, to)
    if code == of.HEX64:
        return _hexadecimal(u64(chunk, at), plain, to)
    if code == of.HEX32:
        return _hexadecimal(np.uint64(u32(chunk, at)), plain, to)
    if code == of.GUID:
        return _guid(chunk, at, plain, to)
    if code == of.SID:
        return _sid(chunk, at, plain, to)
    if code == of.INT8:
        number = u8(chunk, at)
        return _signed(number - 0x100 if number >= 0x80 else number, plain, to)
    if code == of.INT16:
        number = u16(chunk, at)
        return _signed(number - 0x10000 if number >= 0x8000 else number, plain, to)
    if code == of.INT32:
        number = u32(chunk, at)
        return _signed(number - (1 << 32) if number >= 1 << 31 else number, plain, to)
    if code == of.INT64:
        return _signed(i64(chunk, at), plain, to)
    if code == of.BOOLEAN:
        number = u32(chunk, at)
        return UNFIT if number > 1 else _literal(_TRUE if number else _FALSE, plain, to)
    if code == of.BINARY:
        for each in range(size):
            _byte(u8(chunk, at + each), plain, to + 2 * each)
        return to + 2 * size
    return UNFIT


@compiled
def _same(wide: Any, one: int, other: int, size: int) -> bool:
    at = 0
    while at + WORD <= size:
        if wide[one + at] != wide[other + at]:
            return False
        at += WORD
    return bool((wide[one + at] ^ wide[other + at]) & _INSIDE[size - at] == 0)


@compiled
def transcribe(
    chunk: Any,
    wide: Any,
    records: Any,
    place_of_first: int,
    plans: Any,
    leaves: Any,
    before: Any,
    written: Any,
    values: Any,
    to: Any,
) -> None:
    """Write the values of all records of a chunk whose shapes have a plan; of others it is `LEFT_SHAPE` afterwards.

    ``wide`` are the eight bytes from each byte of the chunk on. Rows of ``plans`` (shapes, 3): `PLAN_GROUP` and others.
    A leaf is told by the number of its value among those of the record, or, if it is always the same, by what stands
    for it in a page, taken from -1. ``before`` remembers the place, the size and the text of each leaf's last value
    (leaves, 3), and for each shape whether these are of this chunk. ``written`` are bytes, and the four bytes from each
    on. ``values`` are those of a page, its lines, where the values of each begin, and its place in the page.
    ``to`` says where to go on (bytes, values, lines, chunks), and is moved on once all records are done.
    """
    found = np.empty((SLOTS_AT_MOST, 3), np.int64)
    texts, lines, first, rows = values
    out, fours = written
    last, of_chunk = before
    at, many, row, mark = to[0], to[1], to[2], to[3] + 1
    for number in range(len(records)):
        shape = records[number, RECORD_SHAPE]
        if shape < 0:
            continue
        group = plans[shape, PLAN_GROUP]
        begin, size = records[number, RECORD_AT], records[number, RECORD_SIZE]
        fits = group >= 0 and slots(chunk, begin + _RECORD_HEADER, begin + size - 4, found) >= 0
        here, length = at, 0
        if fits:
            told = plans[shape, PLAN_BEGIN]
            again = of_chunk[shape] == mark
            of_chunk[shape] = mark
            for leaf in range(told, told + plans[shape, PLAN_LEAVES]):
                source = leaves[leaf]
                if source < 0:
                    text = -1 - source
                else:
                    place, wide_as, code = found[source, SLOT_AT], found[source, SLOT_SIZE], found[source, SLOT_CODE]
                    if again and last[leaf, 1] == wide_as and _same(wide, last[leaf, 0], place, wide_as):
                        text = last[leaf, 2]
                    else:
                        if code in (of.TEXT, of.TEXTS + 1):
                            end = _text(chunk, wide, place, wide_as, out, fours, here)
                        elif code > of.TEXTS:
                            end = _texts(chunk, place, wide_as, out, here)
                        else:
                            end = _value(chunk, place, wide_as, code, out, here)
                        if end == UNFIT:
                            fits = False
                            of_chunk[shape] = 0
                            break
                        text = here << BEGIN_BIT | (end - here) << LENGTH_BIT
                        here = end
                    last[leaf, 0] = place
                    last[leaf, 1] = wide_as
                    last[leaf, 2] = text
                texts[many + leaf - told] = text
                length += text >> LENGTH_BIT & LENGTH
        if not fits:
            records[number, RECORD_SHAPE] = LEFT_SHAPE
            continue
        lines[row, 0] = at
        lines[row, 1] = at + length
        lines[row, 2] = group
        first[row] = many
        rows[row] = place_of_first + number
        many += plans[shape, PLAN_LEAVES]
        row += 1
        at = here
    to[0], to[1], to[2], to[3] = at, many, row, mark
