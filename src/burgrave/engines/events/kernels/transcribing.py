"""The values of records of an event log become texts, as the decoder writes them.

A value of which this is not certain (a text with half a pair of surrogates, a time that no calendar has) leaves its
record to the decoder.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events import slot_codes as of
from burgrave.engines.events.flatten import LIST_JOINT
from burgrave.engines.events.kernels.binary import i64, u8, u16, u32, u64
from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.slots import placed
from burgrave.engines.events.kernels.words import WORD
from burgrave.engines.events.tokens import (
    BEGIN_BIT,
    CHUNK_AT,
    CHUNK_COUNT,
    CHUNK_END,
    CHUNK_PLACE,
    CHUNK_ROW,
    LEAF_CODE,
    LEAF_SOURCE,
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
    SLOT_SIZE,
    TO_BYTES,
    TO_CHUNK,
    TO_LINES,
    TO_MARK,
    TO_VALUES,
)

UNFIT: Final = -1
SLOTS_AT_MOST: Final = 1_024
_RECORD_HEADER: Final = 24
_JOINT: Final = ord(LIST_JOINT)
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
_LOWER: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
_TENS: Final = np.frombuffer(b"".join(b"%02d" % each for each in range(100)), "<u2").astype(np.uint32)
_HEX: Final = np.frombuffer(b"".join(b"%02X" % each for each in range(256)), "<u2").astype(np.uint32)
_BYTE, _HALF, _THREE, _LOWEST = (np.uint32(each) for each in (8, 16, 24, 0xFF))


@compiled
def _unit(wide: Any, at: int, end: int, out: Any, to: int) -> tuple[int, int]:
    """One character of UTF-16 as UTF-8; gives the places behind it, UNFIT for half a pair."""
    unit = u16(wide, at)
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
    low = u16(wide, at) if at + 2 <= end else 0
    if unit >= 0xDC00 or low < 0xDC00 or low >= 0xE000:
        return at, UNFIT
    point = 0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00
    out[to] = 0xF0 | point >> 18
    out[to + 1] = 0x80 | point >> 12 & 0x3F
    out[to + 2] = 0x80 | point >> 6 & 0x3F
    out[to + 3] = 0x80 | point & 0x3F
    return at + 2, to + 4


@compiled
def _rest(wide: Any, at: int, end: int, out: Any, to: int) -> int:
    """The rest of a text, character by character."""
    while at < end:
        if u16(wide, at) == 0:
            return to
        at, to = _unit(wide, at, end, out, to)
        if to == UNFIT:
            return UNFIT
    return to


@compiled
def _text(wide: Any, at: int, size: int, out: Any, fours: Any, to: int) -> int:
    """A text in UTF-16, up to its first zero, as UTF-8; up to three bytes behind it are written to, too.

    What is not of ASCII has a bit of `_BEYOND_ASCII`, and of what is taking one away leaves no top bit, save for zero.
    """
    end = at + size
    while at + _FOUR < end:
        four = wide[at]
        if (four & _BEYOND_ASCII) | ((four - _ONES) & _TOPS):
            return _rest(wide, at, end, out, to)
        four = (four | four >> _EIGHT) & _PAIRS
        fours[to] = (four | four >> _SIXTEEN) & _LOW
        at += _FOUR
        to += 4
    inside = _INSIDE[end - at]
    four = (wide[at] & inside) | (_ONES & ~inside)
    if (four & _BEYOND_ASCII) | ((four - _ONES) & _TOPS):
        return _rest(wide, at, end, out, to)
    four = (four | four >> _EIGHT) & _PAIRS
    fours[to] = (four | four >> _SIXTEEN) & _LOW
    return to + (end - at) // 2


@compiled
def _texts(wide: Any, at: int, size: int, out: Any, to: int) -> int:
    """Texts, each with a zero behind it, one a line."""
    end, begin = at + size, at
    while at < end:
        if at > begin:
            out[to] = _JOINT
            to += 1
        while u16(wide, at) != 0:
            at, to = _unit(wide, at, end, out, to)
            if to == UNFIT:
                return UNFIT
        at += 2
    return to


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
def _two_bytes(wide: Any, first: int, second: int, fours: Any, to: int) -> int:
    fours[to] = _HEX[u8(wide, first)] | _HEX[u8(wide, second)] << _HALF
    return to + 4


@compiled
def _guid(wide: Any, at: int, out: Any, fours: Any, to: int) -> int:
    to = _two_bytes(wide, at + 3, at + 2, fours, to)
    for first, second in ((1, 0), (5, 4), (7, 6), (8, 9), (10, 11)):
        to = _two_bytes(wide, at + first, at + second, fours, to)
        out[to] = 45
        to += first != 10
    to = _two_bytes(wide, at + 12, at + 13, fours, to)
    return _two_bytes(wide, at + 14, at + 15, fours, to)


@compiled
def _binary(wide: Any, at: int, size: int, out: Any, fours: Any, to: int) -> int:
    for each in range(0, size - 1, 2):
        to = _two_bytes(wide, at + each, at + each + 1, fours, to)
    if size % 2:
        last = _HEX[u8(wide, at + size - 1)]
        out[to] = last & _LOWEST
        out[to + 1] = last >> _BYTE
        to += 2
    return to


@compiled
def _sid(wide: Any, at: int, out: Any, to: int) -> int:
    authority = 0
    for each in range(6):
        authority = authority << 8 | u8(wide, at + 2 + each)
    out[to] = 83
    out[to + 1] = 45
    to = _signed(u8(wide, at), out, to + 2)
    out[to] = 45
    to = _signed(authority, out, to + 1)
    for each in range(u8(wide, at + 1)):
        out[to] = 45
        to = _signed(u32(wide, at + 8 + 4 * each), out, to + 1)
    return to


@compiled
def _four_digits(number: int, fours: Any, to: int) -> None:
    fours[to] = _TENS[number // 100] | _TENS[number % 100] << _HALF


@compiled
def _between(before: int, number: int, behind: int, fours: Any, to: int) -> None:
    """Two digits and what stands on both sides."""
    fours[to] = np.uint32(before) | _TENS[number] << _BYTE | np.uint32(behind) << _THREE


@compiled
def _time(ticks: int, fours: Any, to: int) -> int:
    """A count of 100 nanoseconds since 1601, up to the microsecond; one byte behind it is written to, too.

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
    hour, minute = second // 3_600, second // 60 % 60
    _four_digits(year, fours, to)
    _between(45, month, 45, fours, to + 4)
    fours[to + 8] = _TENS[day + 1] | np.uint32(84) << _HALF | (_TENS[hour] & _LOWEST) << _THREE
    fours[to + 12] = _TENS[hour] >> _BYTE | np.uint32(58) << _BYTE | _TENS[minute] << _HALF
    _between(58, second % 60, 46, fours, to + 16)
    _four_digits(part // 1_000, fours, to + 20)
    fours[to + 24] = _TENS[part // 10 % 100] | np.uint32(90) << _HALF
    return to + 27


@compiled
def _literal(word: Any, out: Any, to: int) -> int:
    for each in range(len(word)):
        out[to + each] = word[each]
    return to + len(word)


_TRUE: Final = np.frombuffer(b"true", np.uint8)
_FALSE: Final = np.frombuffer(b"false", np.uint8)


@compiled
def _value(wide: Any, at: int, size: int, code: int, out: Any, fours: Any, to: int) -> int:
    """Write a value that is no text; gives the place behind it, or UNFIT."""
    if code == of.UINT32:
        return _signed(u32(wide, at), out, to)
    if code == of.UINT16:
        return _signed(u16(wide, at), out, to)
    if code == of.UINT8:
        return _signed(u8(wide, at), out, to)
    if code == of.UINT64:
        return _whole(u64(wide, at), out, to)
    if code == of.TIME:
        return _time(i64(wide, at), fours, to)
    if code == of.HEX64:
        return _hexadecimal(u64(wide, at), out, to)
    if code == of.HEX32:
        return _hexadecimal(np.uint64(u32(wide, at)), out, to)
    if code == of.GUID:
        return _guid(wide, at, out, fours, to)
    if code == of.SID:
        return _sid(wide, at, out, to)
    if code == of.INT8:
        number = u8(wide, at)
        return _signed(number - 0x100 if number >= 0x80 else number, out, to)
    if code == of.INT16:
        number = u16(wide, at)
        return _signed(number - 0x10000 if number >= 0x8000 else number, out, to)
    if code == of.INT32:
        number = u32(wide, at)
        return _signed(number - (1 << 32) if number >= 1 << 31 else number, out, to)
    if code == of.INT64:
        return _signed(i64(wide, at), out, to)
    if code == of.BOOLEAN:
        number = u32(wide, at)
        return UNFIT if number > 1 else _literal(_TRUE if number else _FALSE, out, to)
    if code == of.BINARY:
        return _binary(wide, at, size, out, fours, to)
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
def _transcribe(
    wide: Any,
    chunk: Any,
    base: int,
    records: Any,
    place_of_first: int,
    plans: Any,
    leaves: Any,
    before: Any,
    written: Any,
    values: Any,
    to: Any,
    found: Any,
) -> None:
    """Do so with the records of a chunk, which stands at ``base``."""
    texts, lines, first, rows = values
    out, fours = written
    last, of_wide = before
    at, many, row, mark = to[TO_BYTES], to[TO_VALUES], to[TO_LINES], to[TO_MARK]
    for number in range(len(records)):
        shape = records[number, RECORD_SHAPE]
        if shape < 0:
            continue
        group = plans[shape, PLAN_GROUP]
        begin, size = records[number, RECORD_AT], records[number, RECORD_SIZE]
        fits = group >= 0 and placed(chunk, begin + _RECORD_HEADER, begin + size - 4, found) >= 0
        here, length = at, 0
        if fits:
            told = plans[shape, PLAN_BEGIN]
            again = of_wide[shape] == mark
            of_wide[shape] = mark
            for leaf in range(told, told + plans[shape, PLAN_LEAVES]):
                source = leaves[leaf, LEAF_SOURCE]
                if source < 0:
                    text = -1 - source
                else:
                    place, long = base + found[source, SLOT_AT], found[source, SLOT_SIZE]
                    if again and last[leaf, 1] == long and _same(wide, last[leaf, 0], place, long):
                        text = last[leaf, 2]
                    else:
                        code = leaves[leaf, LEAF_CODE]
                        if code in (of.TEXT, of.TEXTS + 1):
                            end = _text(wide, place, long, out, fours, here)
                        elif code > of.TEXTS:
                            end = _texts(wide, place, long, out, here)
                        else:
                            end = _value(wide, place, long, code, out, fours, here)
                        if end == UNFIT:
                            fits = False
                            of_wide[shape] = 0
                            break
                        text = here << BEGIN_BIT | (end - here) << LENGTH_BIT
                        here = end
                    last[leaf, 0] = place
                    last[leaf, 1] = long
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
    to[TO_BYTES], to[TO_VALUES], to[TO_LINES] = at, many, row


@compiled
def transcribe(
    wide: Any, chunks: Any, records: Any, plans: Any, leaves: Any, before: Any, written: Any, values: Any, to: Any
) -> None:
    """Write the values of all records whose shapes have a plan; of others it is `LEFT_SHAPE` afterwards.

    ``wide`` are the eight bytes from each byte on, ``chunks`` and ``records`` what `survey` has told of them; chunks
    without a place in the page are passed over. Rows of ``plans`` (shapes, 3): `PLAN_GROUP` and others. ``leaves``
    (leaves, 2) tell each leaf by the number of its value among those of the record, with what that is, or, if it is
    always the same, by what stands for it in a page, taken from -1. ``before`` remembers the place, the size and the
    text of each leaf's last value (leaves, 3), and for each shape whether these are of ``wide``. ``written`` are bytes,
    and the four bytes from each on. ``values`` are those of a page, its lines, where the values of each begin, and its
    place in the page. ``to`` says where to go on, see `TO_BYTES`. Raises IndexError where something points outside of
    the chunk with which it is to go on, or where there is no more room.
    """
    found = np.empty((SLOTS_AT_MOST, 3), np.int64)
    for each in range(to[TO_CHUNK], len(chunks)):
        at, row = chunks[each, CHUNK_AT], chunks[each, CHUNK_ROW]
        place = chunks[each, CHUNK_PLACE]
        if place >= 0:
            part = wide[at : at + chunks[each, CHUNK_END] + 1]
            own = records[row : row + chunks[each, CHUNK_COUNT]]
            _transcribe(wide, part, at, own, place, plans, leaves, before, written, values, to, found)
        to[TO_CHUNK] = each + 1
