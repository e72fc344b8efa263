"""Where the values of a record of an event log stand, and of what kind they are.

A record is a template with values; one of them may be a template with values again. Values are told apart as far as
what becomes of the record depends on it: their types, and whether texts and the like are empty.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events import slot_codes as of
from burgrave.engines.events.kernels.binary import u16, u32
from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.tokens import SLOT_AT, SLOT_CODE, SLOT_SIZE

FRAGMENT, TEMPLATE_INSTANCE = 0x0F, 0x0C
TEMPLATE_HEADER: Final = 24
INSTANCE: Final = 10
_LIST_OF_TEXTS: Final = 0x81
_WIDE: Final = 8
_WIDTHS: Final = np.zeros(32, np.int64)
"""The bytes of a value of each kind, 0 where they vary."""

for kinds, width in (
    ((of.INT8, of.UINT8), 1),
    ((of.INT16, of.UINT16), 2),
    ((of.INT32, of.UINT32, of.BOOLEAN, of.HEX32), 4),
    ((of.INT64, of.UINT64, of.TIME, of.HEX64), _WIDE),
    ((of.GUID,), 16),
):
    _WIDTHS[list(kinds)] = width


@compiled
def _texts(chunk: Any, at: int, end: int) -> int:
    """The code of texts one behind the other, each with a zero behind it; ODD if all are empty or the last is open."""
    many, empty, begin = 0, 0, at
    while at + 2 <= end:
        if u16(chunk, at) == 0:
            empty += at == begin
            many += 1
            begin = at + 2
        at += 2
    if begin != end or empty == many or many >= of.TEXTS_AT_MOST:
        return of.ODD
    return (of.SOME_EMPTY if empty else of.TEXTS) + many


@compiled
def code_of(chunk: Any, kind: int, at: int, size: int) -> int:
    """What a value is; ODD for one that only the decoder can tell."""
    if kind == of.NOTHING:
        return of.NOTHING
    if kind == of.TEXT:
        if size == 0:
            return of.EMPTY_TEXT
        return of.TEXT if size % 2 == 0 and u16(chunk, at) != 0 else of.ODD
    if kind < len(_WIDTHS) and _WIDTHS[kind]:
        return kind if size == _WIDTHS[kind] else of.ODD
    if kind == of.SIZE:
        return of.HEX32 if size == 4 else of.HEX64 if size == _WIDE else of.ODD
    if kind == of.SID:
        return kind if size >= _WIDE and size == _WIDE + 4 * chunk[at + 1] else of.ODD
    if kind == _LIST_OF_TEXTS:
        return _texts(chunk, at, at + size)
    if kind == of.BINARY:
        return of.BINARY if size else of.EMPTY_BINARY
    if kind == of.XML:
        return of.XML if size else of.EMPTY_XML
    return of.ODD


@compiled
def _of_instance(chunk: Any, position: int, end: int, found: Any, count: int) -> int:
    """Add the values of an instance to ``found``; gives how many there are then."""
    if position + 4 >= end or chunk[position] != FRAGMENT or chunk[position + 4] != TEMPLATE_INSTANCE:
        return of.ODD
    at = u32(chunk, position + 10)
    position += 4 + INSTANCE
    if at == position:
        position += TEMPLATE_HEADER + u32(chunk, at + 20)
    many = u32(chunk, position)
    position += 4
    value = position + 4 * many
    if value > end or count + many > len(found):
        return of.ODD
    for index in range(many):
        size = u16(chunk, position + 4 * index)
        if value + size > end:
            return of.ODD
        code = code_of(chunk, chunk[position + 4 * index + 2], value, size)
        if code == of.ODD:
            return of.ODD
        found[count + index, SLOT_AT] = value
        found[count + index, SLOT_SIZE] = size
        found[count + index, SLOT_CODE] = code
        value += size
    return count + many


@compiled
def slots(chunk: Any, begin: int, end: int, found: Any) -> int:
    """Write where the values of a record stand, those of inner templates behind those of the outer one.

    ``found`` (values, 3) gets what `SLOT_AT` and the others say. Gives how many there are; ODD where the decoder is to
    be asked.
    """
    outer = _of_instance(chunk, begin, end, found, 0)
    count = outer
    for index in range(outer):
        if found[index, SLOT_CODE] == of.XML:
            at = found[index, SLOT_AT]
            inner = count
            count = _of_instance(chunk, at, at + found[index, SLOT_SIZE], found, count)
            if count == of.ODD:
                return of.ODD
            for each in range(inner, count):
                if found[each, SLOT_CODE] == of.XML:
                    return of.ODD
    return count
