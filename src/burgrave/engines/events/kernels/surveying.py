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
from burgrave.engines.events.kernels.binary import described, i64, u8, u16, u32
from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.knowing import UNKNOWN, known
from burgrave.engines.events.kernels.slots import (
    FRAGMENT,
    TEMPLATE_HEADER,
    code_of,
    is_instance,
    values_of,
)
from burgrave.engines.events.kernels.words import WORD
from burgrave.engines.events.tokens import (
    CHUNK_AT,
    CHUNK_COUNT,
    CHUNK_END,
    CHUNK_IN_WORK,
    CHUNK_MOST,
    CHUNK_ODD,
    CHUNK_ROW,
    CHUNK_TEXT_BYTES,
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
def _template(wide: Any, at: int, bounds: tuple[int, int], times: Any, form: Any, steps: int) -> tuple[int, int, int]:
    """The bytes of what stands in a template itself, the length of its form, and the steps that are left.

    ``bounds`` are where the records end and how deep elements may be. Counts how often it uses a value. The form has
    everything that stands in the template save for places and sizes.
    """
    position = at + TEMPLATE_HEADER
    end = position + u32(wide, at + 20)
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
        byte = u8(wide, position)
        token = byte & ~_MORE
        fill = _put(byte, form, fill)
        if token == _END:
            break
        own += _ITEM if token in (_OPEN, 0x06, 0x08, 0x09) else 1
        if token in (0x0D, 0x0E):  # a value goes here
            index = u16(wide, position + 1)
            if index >= VALUES_AT_MOST:
                return of.ODD, UNKNOWN, steps
            times[index] += 1
            fill = _put(u8(wide, position + 3), form, _put(index, form, fill))
            position += 4
        elif token in (_OPEN, 0x06, 0x09, 0x0A):  # something with a name, that stands here or elsewhere
            place = position + 1
            if token == _OPEN:
                opened += 1
                if opened > depth:
                    return of.ODD, UNKNOWN, steps
                fill = _put(u16(wide, place), form, fill)
                place = position + 7
            named = u32(wide, place)
            characters = u16(wide, named + 6)
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
                if u8(wide, position + 1) != _STRING:
                    return of.ODD, UNKNOWN, steps
                position += 1
            characters = u16(wide, position + 1)
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
    wide: Any, at: int, bounds: tuple[int, int], templates: Any, room: Any, store: Any, steps: int
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
    own, length, steps = _template(wide, at, bounds, times[count], form, steps)
    if own < 0:
        return of.ODD, steps
    templates[0, 0] = count
    templates[count, _AT] = at
    templates[count, _OWN] = own
    templates[count, _FORM] = known(form, length, store) if length != UNKNOWN else UNKNOWN
    return count, steps


@compiled
def _instance(
    wide: Any,
    position: int,
    end: int,
    bounds: tuple[int, int],
    templates: Any,
    room: Any,
    store: Any,
    fill: int,
    steps: int,
) -> tuple[int, int, int, int, int]:
    """A fragment that is one template with its values and nothing else.

    Gives its bytes, each value taken for a plain one, the template, where its values are told, the steps that are left,
    and the length of the key, to which the template and the kinds of its values are added; UNKNOWN where there is none.
    """
    if not is_instance(wide, position, end):
        return of.ODD, 0, 0, steps, UNKNOWN
    at, position = values_of(wide, position)
    template, steps = _known(wide, at, bounds, templates, room, store, steps - 2)
    if template < 0 or steps <= 0:
        return of.ODD, 0, 0, steps, UNKNOWN
    count = u32(wide, position)
    descriptor = position + 4
    behind = descriptor + 4 * count
    steps -= count
    if behind > end or steps <= 0:
        return of.ODD, 0, 0, steps, UNKNOWN
    own = templates[template, _OWN] + 2
    form = templates[template, _FORM]
    times, key = room[0][template], room[2]
    has_key = UNKNOWN not in (fill, form) and fill + 2 * count + _ROOM_FOR_HEAD <= len(key)
    if has_key:
        fill = _put(count, key, _put(form, key, fill))
    for index in range(count):
        size, kind = described(wide, descriptor)
        descriptor += 4
        if index < VALUES_AT_MOST:
            own += times[index] * (_ITEM + size * _VALUE_BYTE)
        if has_key:
            code = code_of(wide, kind, behind, size)
            has_key = code != of.ODD
            key[fill] = np.uint64(code)
            fill += 2
        behind += size
    if behind > end or (behind < end and u8(wide, behind) != _END):
        return of.ODD, 0, 0, steps, UNKNOWN
    return own, template, position, steps, fill if has_key else UNKNOWN


@compiled
def _has_templates(wide: Any, position: int, times: Any) -> bool:
    """Whether values that are told there are templates with values, and such as are used."""
    count = u32(wide, position)
    for index in range(count):
        position += 4
        _, kind = described(wide, position)
        if kind == of.XML and (index >= VALUES_AT_MOST or times[index]):
            return True
    return False


@compiled
def _record(
    wide: Any, begin: int, end: int, bounds: tuple[int, int], templates: Any, room: Any, store: Any, steps: int
) -> tuple[int, int, int]:
    """The most bytes that a record can become, the number of its shape, and the steps that are left."""
    times, _, key = room
    own, template, position, steps, fill = _instance(
        wide, begin, end, bounds, templates, room, store, _put(_OF_SHAPE, key, 0), steps
    )
    if own < 0:
        return of.ODD, UNKNOWN, steps
    count = u32(wide, position)
    value = position + 4 + 4 * count
    for index in range(count):
        position += 4
        size, kind = described(wide, position)
        if kind == of.XML:
            if index >= VALUES_AT_MOST:
                return of.ODD, UNKNOWN, steps
            if times[template, index]:
                inner, nested, told, steps, fill = _instance(
                    wide, value, value + size, bounds, templates, room, store, fill, steps
                )
                if inner < 0 or _has_templates(wide, told, times[nested]):
                    return of.ODD, UNKNOWN, steps
                own += times[template, index] * (inner - _ITEM - size * _VALUE_BYTE)
            elif size:
                fill = UNKNOWN
        value += size
    return own, known(key, fill, store) if fill != UNKNOWN else UNKNOWN, steps


@compiled
def _survey(wide: Any, stop: int, depth: int, room: Any, store: Any, records: Any, templates: Any, told: Any) -> int:
    """How many records a chunk has from byte 512 up to ``stop``; ODD if not all is as it should be."""
    bounds = (stop, depth)
    offset, count, steps = 512, 0, _STEPS_AT_MOST
    most, all_bytes, odd = 0, 0, 0
    while offset < stop:
        if offset + _SMALLEST_RECORD > stop or u32(wide, offset) != _MAGIC:
            return of.ODD
        size = u32(wide, offset + 4)
        behind = offset + size
        if size < _SMALLEST_RECORD or behind > stop or u32(wide, behind - 4) != size or count >= len(records):
            return of.ODD
        number = i64(wide, offset + 8)
        if number < 0:  # one that is too large to be counted with
            return of.ODD
        text_bytes, shape, steps = _record(
            wide, offset + _RECORD_HEADER, behind - 4, bounds, templates, room, store, steps
        )
        if text_bytes < 0:
            return of.ODD
        records[count, RECORD_AT] = offset
        records[count, RECORD_SIZE] = size
        records[count, RECORD_NUMBER] = number
        records[count, RECORD_TEXT_BYTES] = text_bytes
        records[count, RECORD_SHAPE] = shape if shape != UNKNOWN else ODD_SHAPE
        most = max(most, text_bytes)
        all_bytes += text_bytes
        odd += shape == UNKNOWN
        count += 1
        offset = behind
    told[CHUNK_MOST] = most
    told[CHUNK_TEXT_BYTES] = all_bytes
    told[CHUNK_ODD] = odd
    return count


@compiled
def survey(wide: Any, chunks: Any, depth: int, room: Any, store: Any, records: Any, rows: int, begin: int) -> None:
    """Walk the records of all chunks from that with the number ``begin`` on.

    Of each chunk is told in ``chunks`` (chunks, 8) where it stands, and where in it its records end, -1 for one that is
    to be passed over; its other columns save for the place, see `CHUNK_AT`, are written. One of which not all is as it
    should be has no records. Of each record is written to ``records`` (records, 5) what `RECORD_AT` and the others say,
    from row ``rows`` on. ``wide`` are the eight bytes from each byte on. The forms of templates and the keys of shapes
    go to the ``store``, see `known`. ``room`` is to work in: a table of `TEMPLATES_AT_MOST` by `VALUES_AT_MOST`, words
    for a form and for a key. Raises IndexError where something points outside of a chunk, which is marked by
    `CHUNK_IN_WORK`; what stands before it is done.
    """
    templates = np.zeros((TEMPLATES_AT_MOST, 3), np.int64)
    for each in range(begin, len(chunks)):
        chunk = chunks[each]
        chunk[CHUNK_COUNT] = CHUNK_IN_WORK
        chunk[CHUNK_ROW] = rows
        templates[0, 0] = 0
        at, end = chunk[CHUNK_AT], chunk[CHUNK_END]
        count = (
            0
            if end < 0
            else _survey(wide[at : at + end + 1], end, depth, room, store, records[rows:], templates, chunk)
        )
        chunk[CHUNK_COUNT] = max(count, 0)
        rows += max(count, 0)


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
