"""The grammar of JSON, walked once: a line becomes tokens, and an escaped text the text that it stands for."""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.words import WORD
from burgrave.engines.events.tokens import (
    BEGIN,
    CLOSED,
    CODE,
    END,
    ESCAPED,
    FLAGS,
    FRACTION,
    KEY,
    LIST,
    NULL,
    NUMBER,
    SWITCH,
    TEXT,
)

DEEPEST: Final = 32
_MOST_DIGITS: Final = 18  # of a negative number
_TAB, NEWLINE, _RETURN, _SPACE, QUOTE, _COMMA, _MINUS, _ZERO, _NINE, _COLON = b'\t\n\r ",-09:'
_SLASH, _OPEN, _CLOSE, _LIST_OPEN, _LIST_CLOSE, _U, _DOT, _PLUS, _E, _LARGE_E = b"\\{}[]u.+eE"
_ONE: Final = np.uint64(1)
_ONES: Final = np.uint64(0x0101010101010101)
_HIGH: Final = np.uint64(0x8080808080808080)
_QUOTES: Final = np.uint64(QUOTE * 0x0101010101010101)
_SLASHES: Final = np.uint64(_SLASH * 0x0101010101010101)
_SPACES: Final = np.uint64(_SPACE * 0x0101010101010101)
_NUMBERED: Final = np.uint64(0x0001020304050607)  # times 1 << 8n it has n as its highest byte
_BIT: Final = np.uint64(7)
_HIGHEST: Final = np.uint64(56)


def _escapes() -> Any:
    """The byte that a byte behind a backslash stands for; 0 for none."""
    found = np.zeros(256, np.uint8)
    for written, meant in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
        found[written] = meant
    return found


def _hexadecimal() -> Any:
    """The value of each hexadecimal digit; 255 for other bytes."""
    found = np.full(256, 255, np.uint8)
    for value, digit in enumerate(b"0123456789abcdef"):
        found[digit] = value
    for value, digit in enumerate(b"ABCDEF", 10):
        found[digit] = value
    return found


_ESCAPE: Final = _escapes()
_HEX: Final = _hexadecimal()
_TRUE: Final = np.frombuffer(b"true", np.uint8)
_FALSE: Final = np.frombuffer(b"false", np.uint8)
_NULL: Final = np.frombuffer(b"null", np.uint8)
_LARGEST: Final = np.frombuffer(b"18446744073709551615", np.uint8)


@compiled
def _blank(data: Any, at: int, stop: int) -> int:
    """The place of the next byte that is no white space."""
    while at < stop and (data[at] == _SPACE or data[at] == _TAB or data[at] == _RETURN):
        at += 1
    return at


@compiled
def _utf8(data: Any, at: int, stop: int) -> int:
    """How many bytes the character has that begins here; 0 if there is none (Unicode 15, table 3-7)."""
    first = data[at]
    low, high, more = 0x80, 0xBF, 1
    if first < 0xC2 or first > 0xF4:
        return 0
    if first >= 0xF0:
        more = 3
        if first == 0xF0:
            low = 0x90
        elif first == 0xF4:
            high = 0x8F
    elif first >= 0xE0:
        more = 2
        if first == 0xE0:
            low = 0xA0
        elif first == 0xED:
            high = 0x9F
    if at + more >= stop:
        return 0
    if data[at + 1] < low or data[at + 1] > high:
        return 0
    for each in range(2, more + 1):
        if data[at + each] < 0x80 or data[at + each] > 0xBF:
            return 0
    return more + 1


@compiled
def _unit(data: Any, at: int) -> int:
    """The number that four hexadecimal digits stand for; -1 if they are none."""
    found = 0
    for each in range(at, at + 4):
        digit = _HEX[data[each]]
        if digit > 15:
            return -1
        found = found * 16 + digit
    return found


@compiled
def _escape(data: Any, at: int, stop: int) -> int:
    """How many bytes the escape has that begins here; 0 if there is none, or if it is half of a pair."""
    if at + 1 >= stop:
        return 0
    if _ESCAPE[data[at + 1]]:
        return 2
    if data[at + 1] != _U or at + 6 > stop:
        return 0
    unit = _unit(data, at + 2)
    return 0 if unit < 0 or 0xD800 <= unit <= 0xDFFF else 6


@compiled
def first_special(word: Any) -> Any:
    """The bit above the first of eight bytes that is a quotation mark, a backslash, a control character or no ASCII.

    Bits above it may be set, too. ("Bit Twiddling Hacks", S. E. Anderson: determine if a word has a byte less than n;
    here a byte with its highest bit set is special itself, so that bit of the others need not be taken out.)
    """
    found = ((word ^ _QUOTES) - _ONES) | ((word ^ _SLASHES) - _ONES) | (word - _SPACES) | word
    return found & _HIGH


@compiled
def place_of(special: Any) -> int:
    """The number of the byte of which the lowest bit that is set is the highest."""
    lowest = special & (~special + _ONE)
    return np.int64(((lowest >> _BIT) * _NUMBERED) >> _HIGHEST)  # type: ignore[return-value]  # an int where it is compiled


@compiled
def text(data: Any, words: Any, at: Any, stop: int) -> tuple[int, int]:
    """Where the text ends that begins here, and its flags; -1 if it is none."""
    flags = 0
    while at < stop:
        special = first_special(words[at])
        if special == 0:
            at += WORD
            continue
        at += place_of(special)
        if at >= stop:
            break
        byte = data[at]
        if byte == QUOTE:
            return at, flags
        if byte == _SLASH:
            length = _escape(data, at, stop)
            flags = ESCAPED
        elif byte >= 0x80:
            length = _utf8(data, at, stop)
        else:
            length = 0
        if length == 0:
            break
        at += length
    return -1, flags


@compiled
def _is_at(data: Any, at: int, stop: int, word: Any) -> bool:
    if at + len(word) > stop:
        return False
    for each in range(len(word)):
        if data[at + each] != word[each]:
            return False
    return True


@compiled
def _digits(data: Any, at: int, stop: int) -> int:
    """The place of the next byte that is no digit."""
    while at < stop and _ZERO <= data[at] <= _NINE:
        at += 1
    return at


@compiled
def _literal(data: Any, at: int, stop: int) -> tuple[int, int]:
    """Where the literal ends that begins here, and what it is; -1 if it is none that is read by column."""
    if _is_at(data, at, stop, _TRUE):
        return at + 4, SWITCH
    if _is_at(data, at, stop, _FALSE):
        return at + 5, SWITCH
    if _is_at(data, at, stop, _NULL):
        return at + 4, NULL
    begin = at + 1 if at < stop and data[at] == _MINUS else at
    at = _digits(data, begin, stop)
    digits = at - begin
    if digits == 0 or (digits > 1 and data[begin] == _ZERO):
        return -1, NUMBER
    if at < stop and (data[at] == _DOT or data[at] == _E or data[at] == _LARGE_E):
        while at < stop and (
            _ZERO <= data[at] <= _NINE
            or data[at] == _DOT
            or data[at] == _PLUS
            or data[at] == _MINUS
            or data[at] == _E
            or data[at] == _LARGE_E
        ):
            at += 1
        return at, FRACTION
    if data[begin - 1] == _MINUS:
        return (-1 if digits > _MOST_DIGITS or data[begin] == _ZERO else at), NUMBER
    return (at if digits <= len(_LARGEST) and not _is_larger(data, begin, digits) else -1), NUMBER


@compiled
def _is_larger(data: Any, begin: int, digits: int) -> bool:
    """Whether a number is larger than the largest of 64 bits, which parsers give exactly."""
    if digits < len(_LARGEST):
        return False
    for each in range(digits):
        if data[begin + each] != _LARGEST[each]:
            return bool(data[begin + each] > _LARGEST[each])
    return False


@compiled
def _list(data: Any, words: Any, at: int, stop: int) -> int:
    """Where the list ends that begins here; -1 if it is none, or if lists or objects are in it."""
    at += 1
    while at < stop and data[at] != _LIST_CLOSE:
        byte = data[at]
        if byte == QUOTE:
            at, _ = text(data, words, at + 1, stop)
            if at < 0:
                return -1
        elif byte < _SPACE or byte >= 0x80 or byte in (_LIST_OPEN, _OPEN):
            return -1
        at += 1
    return at + 1 if at < stop else -1


@compiled
def value(data: Any, words: Any, at: int, stop: int, kind: int) -> tuple[int, int, int]:
    """Where the value ends that begins here, its kind, and its flags; the end is -1 for none that is read by column.

    Of a text its quotation mark stands before ``at``, and the ``kind`` says so.
    """
    if kind == TEXT:
        end, flags = text(data, words, at, stop)
        return end, TEXT, flags
    if data[at] == _LIST_OPEN:
        return _list(data, words, at, stop), LIST, 0
    end, kind = _literal(data, at, stop)
    return end, kind, 0


@compiled
def line(data: Any, words: Any, at: int, stop: int, tokens: Any, count: int) -> tuple[int, int]:
    """Cut a line into tokens, written from row ``count`` on; gives how many there are then, and where it ends.

    The count is -1 for a line that is to be read by itself; where it ends is not known then. A line is taken if it is
    one object of JSON (RFC 8259), in which there are objects, texts, whole numbers of 64 bits, true, false and
    null, and nothing behind it; or what looks like a fraction or a flat list, which whoever needs it is to look at.
    """
    at = _blank(data, at, stop)
    if at >= stop or data[at] != _OPEN:
        return -1, at
    at += 1
    depth, closed = 1, 0
    opened = True
    while True:
        at = _blank(data, at, stop)
        if at >= stop:
            return -1, at
        if opened and data[at] == _CLOSE:
            at += 1
            depth -= 1
            closed += CLOSED
        else:
            if data[at] != QUOTE or count + 2 > len(tokens):
                return -1, at
            end, flags = text(data, words, at + 1, stop)
            if end < 0:
                return -1, at
            tokens[count, BEGIN] = at + 1
            tokens[count, END] = end
            tokens[count, CODE] = KEY + closed
            tokens[count, FLAGS] = flags
            count += 1
            closed = 0
            at = _blank(data, end + 1, stop)
            if at >= stop or data[at] != _COLON:
                return -1, at
            at = _blank(data, at + 1, stop)
            if at >= stop:
                return -1, at
            if data[at] == _OPEN:
                depth += 1
                if depth > DEEPEST:
                    return -1, at
                at += 1
                opened = True
                continue
            expected = TEXT if data[at] == QUOTE else LIST
            at += expected == TEXT
            end, kind, flags = value(data, words, at, stop, expected)
            if end < 0:
                return -1, at
            tokens[count, BEGIN] = at
            tokens[count, END] = end
            tokens[count, CODE] = kind
            tokens[count, FLAGS] = flags
            at = end + (kind == TEXT)
            count += 1
        opened = False
        while True:
            at = _blank(data, at, stop)
            if depth == 0:
                return (count if at == stop or data[at] == NEWLINE else -1), at
            if at >= stop:
                return -1, at
            if data[at] == _COMMA:
                at += 1
                break
            if data[at] != _CLOSE:
                return -1, at
            at += 1
            depth -= 1
            closed += CLOSED


@compiled
def count_lines(data: Any) -> int:
    """How many lines there are; the last one may lack its newline."""
    found = 0
    for byte in data:
        found += byte == NEWLINE
    return found + (len(data) > 0 and data[-1] != NEWLINE)


@compiled
def resolved(data: Any, begin: int, end: int, out: Any, at: int) -> int:
    """Write a text with its escapes resolved; gives the place behind it."""
    while begin < end:
        if data[begin] != _SLASH:
            out[at] = data[begin]
            at += 1
            begin += 1
            continue
        plain = _ESCAPE[data[begin + 1]]
        if plain:
            out[at] = plain
            at += 1
            begin += 2
            continue
        unit = _unit(data, begin + 2)
        begin += 6
        if unit < 0x80:
            out[at] = unit
            at += 1
        elif unit < 0x800:
            out[at] = 0xC0 | (unit >> 6)
            out[at + 1] = 0x80 | (unit & 0x3F)
            at += 2
        else:
            out[at] = 0xE0 | (unit >> 12)
            out[at + 1] = 0x80 | ((unit >> 6) & 0x3F)
            out[at + 2] = 0x80 | (unit & 0x3F)
            at += 3
    return at
