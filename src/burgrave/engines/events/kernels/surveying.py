"""A chunk of an event log in which everything is as it should be: its records, and the most that they can become.

What is counted is what `expansion` counts, which see. Whatever is unusual (damage, templates in templates, more
templates than most chunks have) is left to that: here it only ends the survey.

Templates stand in each chunk anew, at other places, with names that stand elsewhere. So each is brought into a form
that is the same wherever it stands, and known by a number. Records of the same templates with values of the same kinds
have the same shape, which has a number, too.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events import slot_codes as of
from burgrave.engines.events.kernels.binary import u8, u16, u32
from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.knowing import UNKNOWN, known
from burgrave.engines.events.kernels.slots import (
    FRAGMENT,
    INSTANCE,
    TEMPLATE_HEADER,
    TEMPLATE_INSTANCE,
    code_of,
)
from burgrave.engines.events.kernels.words import WORD
from burgrave.engines.events.tokens import (
    ODD_SHAPE,
    RECORD_AT,
    RECORD_NUMBER,
    RECORD_SHAPE,
    RECORD_SIZE,
    RECORD_TEXT_BYTES,
    TEMPLATES_AT_MOST,
    VALUES_AT_MOST,
)

_CHARACTER, _ITEM, _VALUE_BYTE = 6, 64, 8

_STEPS_AT_MOST: Final = 200_000
_RECORD_HEADER: Final = 24
_SMALLEST_RECORD: Final = 28
_MAGIC: Final = 0x00002A2A
_STRING: Final = 0x01
_MORE: Final = 0x40
_END, _OPEN, _VALUE = 0x00, 0x01, 0x05
_ROOM_FOR_HEAD: Final = 16
_OF_TEMPLATE, _OF_SHAPE = 1, 2
_AT, _OWN, _FORM = range(3)


@compiled
def _noted(wide: Any, at: int, size: int, form: Any, fill: int) -> int:
    """Add so many bytes to a form; gives its length, or UNKNOWN once it is too long."""
    if fill == UNKNOWN or fill + size + WORD > len(form):
        return UNKNOWN
    for each in range(0, size, WORD):
        form[fill + each] = wide[at + each]
    return fill + size


@compiled
def _put(number: int, form: Any, fill: int) -> int:
    """Add a number of 16 bits to a form."""
    if fill == UNKNOWN or fill + WORD > len(form):
        return UNKNOWN
    form[fill] = np.uint64(number)
    return fill + 2


@compiled
def _template(
    chunk: Any, wide: Any, at: int, bounds: tuple[int, int], times: Any, form: Any, steps: int
) -> tuple[int, int, int]:
    """The bytes of what stands in a template itself, the length of its form, and the steps that are left.

    ``bounds`` are where the records end and how deep elements may be. Counts how often it uses a value. The form has
    everything that stands in the template save for places and sizes.
    """
    position = at + TEMPLATE_HEADER
    end = position + u32(chunk, at + 20)
    stop, depth = bounds
    own, opened = 0, 0
    if end > stop:
        return of.ODD, UNKNOWN, steps
    times[:] = 0
    fill = _put(_OF_TEMPLATE, form, 0)
    while position < end:
        steps -= 1
        if steps < 0:
            return of.ODD, UNKNOWN, steps
        byte = u8(chunk, position)
        token = byte & ~_MORE
        fill = _put(byte, form, fill)
        if token == _END:
            break
        own += _ITEM if token in (_OPEN, 0x06, 0x08, 0x09) else 1
        if token in (0x0D, 0x0E):  # a value goes here
            index = u16(chunk, position + 1)
            if index >= VALUES_AT_MOST:
                return of.ODD, UNKNOWN, steps
            times[index] += 1
            fill = _put(u8(chunk, position + 3), form, _put(index, form, fill))
            position += 4
        elif token in (_OPEN, 0x06, 0x09, 0x0A):  # something with a name, that stands here or elsewhere
            place = position + 1
            if token == _OPEN:
                opened += 1
                if opened > depth:
                    return of.ODD, UNKNOWN, steps
                fill = _put(u16(chunk, place), form, fill)
                place = position + 7
            named = u32(chunk, place)
            characters = u16(chunk, named + 6)
            if named + 8 + 2 * characters > stop:
                return of.ODD, UNKNOWN, steps
            own += characters * _CHARACTER
            fill = _noted(wide, named + 6, 2 + 2 * characters, form, fill)
            position = place + 4
            if named == position:
                position += 10 + characters * 2
            if token == _OPEN and byte & _MORE:
                position += 4
        elif token in (_VALUE, 0x07, 0x0B):  # a text
            if token == _VALUE:
                if chunk[position + 1] != _STRING:
                    return of.ODD, UNKNOWN, steps
                position += 1
            characters = u16(chunk, position + 1)
            own += characters * _CHARACTER
            fill = _noted(wide, position + 1, 2 + 2 * characters, form, fill)
            position += 3 + characters * 2
        elif token in (0x02, 0x03, 0x04):
            opened -= token != 0x02
            position += 1
        elif token == 0x08:
            fill = _noted(wide, position + 1, 2, form, fill)
            position += 3
        elif token == FRAGMENT:
            fill = _noted(wide, position + 1, 3, form, fill)
            position += 4
        else:
            return of.ODD, UNKNOWN, steps
    return own, fill, steps


@compiled
def _known(
    chunk: Any, wide: Any, at: int, bounds: tuple[int, int], templates: Any, room: Any, store: Any, steps: int
) -> tuple[int, int]:
    """The place of a template among those of its chunk, looked at if it is new, and the steps that are left."""
    count = templates[0, 0]
    for each in range(1, count + 1):
        if templates[each, _AT] == at:
            return each, steps
    count += 1
    if count >= len(templates):
        return of.ODD, steps
    times, form, _ = room
    own, length, steps = _template(chunk, wide, at, bounds, times[count], form, steps)
    if own < 0:
        return of.ODD, steps
    templates[0, 0] = count
    templates[count, _AT] = at
    templates[count, _OWN] = own
    templates[count, _FORM] = known(form, length, store) if length != UNKNOWN else UNKNOWN
    return count, steps


@compiled
def _instance(
    chunk: Any,
    wide: Any,
    position: int,
    end: int,
    bounds: tuple[int, int],
    templates: Any,
    room: Any,
    store: Any,
    steps: int,
) -> tuple[int, int, int, int, int]:
    """A fragment that is one template with its values and nothing else.

    Gives its bytes, each value taken for a plain one, the template, where the descriptors of the values begin, how many
    there are, and the steps that are left.
    """
    if position + 4 >= end or chunk[position] != FRAGMENT or chunk[position + 4] != TEMPLATE_INSTANCE:
        return of.ODD, 0, 0, 0, steps
    at = u32(chunk, position + 10)
    position += 4 + INSTANCE
    template, steps = _known(chunk, wide, at, bounds, templates, room, store, steps - 2)
    if template < 0 or steps <= 0:
        return of.ODD, 0, 0, 0, steps
    if at == position:
        position += TEMPLATE_HEADER + u32(chunk, at + 20)
    count = u32(chunk, position)
    position += 4
    behind = position + 4 * count
    steps -= count
    if behind > len(chunk) or steps <= 0:
        return of.ODD, 0, 0, 0, steps
    own = templates[template, _OWN] + 2
    times = room[0]
    for index in range(count):
        size = u16(chunk, position + 4 * index)
        behind += size
        if index < VALUES_AT_MOST:
            own += times[template, index] * (_ITEM + size * _VALUE_BYTE)
    if behind > end or (behind < end and chunk[behind] != _END):
        return of.ODD, 0, 0, 0, steps
    return own, template, position, count, steps


@compiled
def _coded(chunk: Any, template: int, descriptors: int, count: int, templates: Any, key: Any, fill: int) -> int:
    """Add a template and the kinds of its values to the key of a shape; UNKNOWN where there is none."""
    form = templates[template, _FORM]
    if UNKNOWN in (fill, form) or fill + 2 * count + _ROOM_FOR_HEAD > len(key):
        return UNKNOWN
    fill = _put(count, key, _put(form, key, fill))
    value = descriptors + 4 * count
    for index in range(count):
        size = u16(chunk, descriptors + 4 * index)
        code = code_of(chunk, chunk[descriptors + 4 * index + 2], value, size)
        if code == of.ODD:
            return UNKNOWN
        fill = _put(code, key, fill)
        value += size
    return fill


@compiled
def _record(
    chunk: Any,
    wide: Any,
    begin: int,
    end: int,
    bounds: tuple[int, int],
    templates: Any,
    room: Any,
    store: Any,
    steps: int,
) -> tuple[int, int, int]:
    """The most bytes that a record can become, the number of its shape, and the steps that are left."""
    times, _, key = room
    own, template, position, count, steps = _instance(chunk, wide, begin, end, bounds, templates, room, store, steps)
    if own < 0:
        return of.ODD, UNKNOWN, steps
    fill = _coded(chunk, template, position, count, templates, key, _put(_OF_SHAPE, key, 0))
    value = position + 4 * count
    for index in range(count):
        size = u16(chunk, position + 4 * index)
        if chunk[position + 4 * index + 2] == of.XML:
            if index >= VALUES_AT_MOST:
                return of.ODD, UNKNOWN, steps
            if times[template, index]:
                inner, nested, descriptors, many, steps = _instance(
                    chunk, wide, value, value + size, bounds, templates, room, store, steps
                )
                if inner < 0:
                    return of.ODD, UNKNOWN, steps
                for each in range(many):
                    if chunk[descriptors + 4 * each + 2] == of.XML and (each >= VALUES_AT_MOST or times[nested, each]):
                        return of.ODD, UNKNOWN, steps
                own += times[template, index] * (inner - _ITEM - size * _VALUE_BYTE)
                fill = _coded(chunk, nested, descriptors, many, templates, key, fill)
            elif size:
                fill = UNKNOWN
        value += size
    return own, known(key, fill, store) if fill != UNKNOWN else UNKNOWN, steps


@compiled
def survey(chunk: Any, wide: Any, stop: int, depth: int, room: Any, store: Any, records: Any, told: Any) -> int:
    """How many records a chunk has from byte 512 up to ``stop``; ODD if not all is as it should be.

    Of each is written to ``records`` (records, 5) what `RECORD_AT` and the others say. ``wide`` are the eight bytes
    from each byte of the chunk on. The forms of templates and the keys of shapes go to the ``store``, see `known`.
    ``room`` is to work in: a table of `TEMPLATES_AT_MOST` by `VALUES_AT_MOST`, and words for a form and for a key.
    ``told`` gets the most text bytes of a record, those of all, and how many have an odd shape. Raises IndexError where
    something points outside of the chunk.
    """
    told[:] = 0
    templates = np.zeros((TEMPLATES_AT_MOST, 3), np.int64)
    bounds = (stop, depth)
    offset, count, steps = 512, 0, _STEPS_AT_MOST
    while offset < stop:
        if offset + _SMALLEST_RECORD > stop or u32(chunk, offset) != _MAGIC:
            return of.ODD
        size = u32(chunk, offset + 4)
        behind = offset + size
        if size < _SMALLEST_RECORD or behind > stop or u32(chunk, behind - 4) != size or count >= len(records):
            return of.ODD
        if chunk[offset + 15] >= 0x80:  # a number that is too large to be counted with
            return of.ODD
        text_bytes, shape, steps = _record(
            chunk, wide, offset + _RECORD_HEADER, behind - 4, bounds, templates, room, store, steps
        )
        if text_bytes < 0:
            return of.ODD
        records[count, RECORD_AT] = offset
        records[count, RECORD_SIZE] = size
        records[count, RECORD_NUMBER] = u32(chunk, offset + 8) | u32(chunk, offset + 12) << 32
        records[count, RECORD_TEXT_BYTES] = text_bytes
        records[count, RECORD_SHAPE] = shape if shape != UNKNOWN else ODD_SHAPE
        told[0] = max(told[0], text_bytes)
        told[1] += text_bytes
        told[2] += shape == UNKNOWN
        count += 1
        offset = behind
    return count


@compiled
def renumber(chunk: Any, records: Any, passed: Any) -> None:
    """Number the records of a chunk anew, from 1 on, and make those that are ``passed`` over look empty."""
    for each in range(len(records)):
        at = records[each, RECORD_AT]
        for byte in range(8):
            chunk[at + 8 + byte] = ((each + 1) >> (8 * byte)) & 0xFF
            chunk[at + 16 + byte] = 0
        if passed[each]:
            chunk[at + _RECORD_HEADER] = _END
