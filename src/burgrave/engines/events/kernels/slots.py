"""Where the values of a record of an event log stand, and of what kind they are.

A record is a template with values; one of them may be a template with values again. Values are told apart as far as
what becomes of the record depends on it: their types, and whether texts and the like are empty.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events import slot_codes as of
from burgrave.engines.events.kernels.binary import described, u8, u16, u32
from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.tokens import SLOT_AT, SLOT_CODE, SLOT_SIZE

FRAGMENT, TEMPLATE_INSTANCE = 0x0F, 0x0C
TEMPLATE_HEADER: Final = 24
INSTANCE: Final = 10
_INSTANCE_AT: Final = 4  # behind the fragment's token
_TEMPLATE_AT: Final = 10
_LIST_OF_TEXTS: Final = 0x81
_WIDE: Final = 8
WIDTHS: Final = np.zeros(256, np.int64)
"""The bytes of a value of each kind, 0 where they vary."""

for kinds, width in (
    ((of.INT8, of.UINT8), 1),
    ((of.INT16, of.UINT16), 2),
    ((of.INT32, of.UINT32, of.BOOLEAN, of.HEX32), 4),
    ((of.INT64, of.UINT64, of.TIME, of.HEX64), _WIDE),
    ((of.GUID,), 16),
):
    WIDTHS[list(kinds)] = width


@compiled
def is_instance(wide: Any, position: int, end: int) -> bool:
    """Whether a fragment stands there that begins with a template and its values."""
    if position + _INSTANCE_AT >= end or u8(wide, position) != FRAGMENT:
        return False
    return u8(wide, position + _INSTANCE_AT) == TEMPLATE_INSTANCE


@compiled
def values_of(wide: Any, position: int) -> tuple[int, int]:
    """Where the template of an instance stands, and where its values are told."""
    at = u32(wide, position + _TEMPLATE_AT)
    position += _INSTANCE_AT + INSTANCE
    if at == position:
        position += TEMPLATE_HEADER + u32(wide, at + 20)
    return at, position


@compiled
def _texts(wide: Any, at: int, end: int) -> int:
    """The code of texts one behind the other, each with a zero behind it; ODD if all are empty or the last is open."""
    many, empty, begin = 0, 0, at
    while at + 2 <= end:
        if u16(wide, at) == 0:
            empty += at == begin
            many += 1
            begin = at + 2
        at += 2
    if begin != end or empty == many or many >= of.TEXTS_AT_MOST:
        return of.ODD
    return (of.SOME_EMPTY if empty else of.TEXTS) + many


@compiled
def _code_of_other(wide: Any, kind: int, at: int, size: int) -> int:
    if kind == of.NOTHING:
        return of.NOTHING
    if kind == of.SIZE:
        return of.HEX32 if size == 4 else of.HEX64 if size == _WIDE else of.ODD
    if kind == of.SID:
        return kind if size >= _WIDE and size == _WIDE + 4 * u8(wide, at + 1) else of.ODD
    if kind == _LIST_OF_TEXTS:
        return _texts(wide, at, at + size)
    if kind == of.BINARY:
        return of.BINARY if size else of.EMPTY_BINARY
    if kind == of.XML:
        return of.XML if size else of.EMPTY_XML
    return of.ODD


@compiled
def code_of(wide: Any, kind: int, at: int, size: int) -> int:
    """What a value is; ODD for one that only the decoder can tell."""
    if kind == of.TEXT:
        if size == 0:
            return of.EMPTY_TEXT
        return of.TEXT if size % 2 == 0 and u16(wide, at) != 0 else of.ODD
    expected = WIDTHS[kind]
    if expected:
        return kind if size == expected else of.ODD
    return _code_of_other(wide, kind, at, size)


@compiled
def _placed(wide: Any, begin: int, end: int, found: Any, count: int) -> int:
    """Add the values of an instance to ``found``, each with its type; gives how many there are then."""
    if not is_instance(wide, begin, end):
        return of.ODD
    _, position = values_of(wide, begin)
    many = u32(wide, position)
    position += 4
    value = position + 4 * many
    if value > end or count + many > len(found):
        return of.ODD
    for index in range(count, count + many):
        size, kind = described(wide, position)
        found[index, SLOT_AT] = value
        found[index, SLOT_SIZE] = size
        found[index, SLOT_CODE] = kind
        value += size
        position += 4
    return count + many if value <= end else of.ODD


@compiled
def placed(wide: Any, begin: int, end: int, found: Any) -> int:
    """Write where the values of a record stand, those of inner templates behind those of the outer one.

    ``found`` (values, 3) gets what `SLOT_AT` and the others say, and the type in place of what the value is. Gives how
    many there are; ODD where this is no record of one template with values.
    """
    outer = _placed(wide, begin, end, found, 0)
    count = outer
    for index in range(outer):
        if found[index, SLOT_CODE] == of.XML and found[index, SLOT_SIZE]:
            at = found[index, SLOT_AT]
            count = _placed(wide, at, at + found[index, SLOT_SIZE], found, count)
            if count == of.ODD:
                return of.ODD
    return count


@compiled
def slots(wide: Any, begin: int, end: int, found: Any) -> int:
    """The same, with what each value is; ODD where the decoder is to be asked."""
    count = placed(wide, begin, end, found)
    outer = 0 if count == of.ODD else u32(wide, values_of(wide, begin)[1])
    for index in range(count):
        code = code_of(wide, found[index, SLOT_CODE], found[index, SLOT_AT], found[index, SLOT_SIZE])
        if code == of.ODD or (code == of.XML and index >= outer):
            return of.ODD
        found[index, SLOT_CODE] = code
    return count
