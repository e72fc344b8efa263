"""A chunk of an event log in which everything is as it should be: its records, and the most that they can become.

What is counted is what `expansion` counts, which see. Whatever is unusual (damage, templates in templates, more
templates than most chunks have) is left to that: here it only ends the survey.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.tokens import RECORD_AT, RECORD_NUMBER, RECORD_SIZE, RECORD_TEXT_BYTES

ODD: Final = -1
_CHARACTER, _ITEM, _VALUE_BYTE = 6, 64, 8
_TEMPLATES_AT_MOST: Final = 128
_VALUES_AT_MOST: Final = 256
_STEPS_AT_MOST: Final = 200_000
_RECORD_HEADER: Final = 24
_SMALLEST_RECORD: Final = 28
_TEMPLATE_HEADER: Final = 24
_INSTANCE: Final = 10
_MAGIC: Final = 0x00002A2A
_BINARY_XML: Final = 0x21
_STRING: Final = 0x01
_MORE: Final = 0x40
_END, _OPEN, _VALUE, _FRAGMENT, _TEMPLATE_INSTANCE = 0x00, 0x01, 0x05, 0x0F, 0x0C


@compiled
def _u16(chunk: Any, at: int) -> int:
    return np.int64(chunk[at]) | np.int64(chunk[at + 1]) << 8  # type: ignore[return-value]  # an int where it is compiled


@compiled
def _u32(chunk: Any, at: int) -> int:
    return _u16(chunk, at) | _u16(chunk, at + 2) << 16


@compiled
def _template(chunk: Any, at: int, depth: int, times: Any, steps: int) -> tuple[int, int]:
    """The bytes of what stands in a template itself, and the steps that are left; counts how often it uses a value."""
    position = at + _TEMPLATE_HEADER
    end = min(position + _u32(chunk, at + 20), len(chunk))
    own, opened = 0, 0
    times[:] = 0
    while position < end:
        steps -= 1
        if steps < 0:
            return ODD, steps
        byte = np.int64(chunk[position])
        token = byte & ~_MORE
        if token == _END:
            break
        own += _ITEM if token in (_OPEN, 0x06, 0x08, 0x09) else 1
        if token in (0x0D, 0x0E):  # a value goes here
            index = _u16(chunk, position + 1)
            if index >= _VALUES_AT_MOST:
                return ODD, steps
            times[index] += 1
            position += 4
        elif token in (_OPEN, 0x06, 0x09, 0x0A):  # something with a name, that stands here or elsewhere
            place = position + 1
            if token == _OPEN:
                opened += 1
                if opened > depth:
                    return ODD, steps
                place = position + 7
            named = _u32(chunk, place)
            characters = _u16(chunk, named + 6)
            own += characters * _CHARACTER
            position = place + 4
            if named == position:
                position += 10 + characters * 2
            if token == _OPEN and byte & _MORE:
                position += 4
        elif token in (_VALUE, 0x07, 0x0B):  # a text
            if token == _VALUE:
                if chunk[position + 1] != _STRING:
                    return ODD, steps
                position += 1
            characters = _u16(chunk, position + 1)
            own += characters * _CHARACTER
            position += 3 + characters * 2
        elif token in (0x02, 0x03, 0x04):
            opened -= token != 0x02
            position += 1
        elif token == 0x08:
            position += 3
        elif token == _FRAGMENT:
            position += 4
        else:
            return ODD, steps
    return own, steps


@compiled
def _known(chunk: Any, at: int, depth: int, templates: Any, times: Any, steps: int) -> tuple[int, int]:
    """The place of a template among those of its chunk, looked at if it is new, and the steps that are left."""
    count = templates[0, 0]
    for each in range(1, count + 1):
        if templates[each, 0] == at:
            return each, steps
    count += 1
    if count >= len(templates):
        return ODD, steps
    own, steps = _template(chunk, at, depth, times[count], steps)
    if own < 0:
        return ODD, steps
    templates[0, 0] = count
    templates[count, 0] = at
    templates[count, 1] = own
    return count, steps


@compiled
def _instance(
    chunk: Any, position: int, end: int, depth: int, templates: Any, times: Any, steps: int
) -> tuple[int, int, int, int, int]:
    """A fragment that is one template with its values and nothing else.

    Gives its bytes, each value taken for a plain one, the template, where the descriptors of the values begin, how many
    there are, and the steps that are left.
    """
    if position + 4 >= end or chunk[position] != _FRAGMENT or chunk[position + 4] != _TEMPLATE_INSTANCE:
        return ODD, 0, 0, 0, steps
    at = _u32(chunk, position + 10)
    position += 4 + _INSTANCE
    template, steps = _known(chunk, at, depth, templates, times, steps - 2)
    if template < 0 or steps <= 0:
        return ODD, 0, 0, 0, steps
    if at == position:
        position += _TEMPLATE_HEADER + _u32(chunk, at + 20)
    count = _u32(chunk, position)
    position += 4
    behind = position + 4 * count
    steps -= count
    if behind > len(chunk) or steps <= 0:
        return ODD, 0, 0, 0, steps
    own = templates[template, 1] + 2
    for index in range(count):
        size = _u16(chunk, position + 4 * index)
        behind += size
        if index < _VALUES_AT_MOST:
            own += times[template, index] * (_ITEM + size * _VALUE_BYTE)
    if behind < end and chunk[behind] != _END:
        return ODD, 0, 0, 0, steps
    return own, template, position, count, steps


@compiled
def _record(chunk: Any, begin: int, end: int, depth: int, templates: Any, times: Any, steps: int) -> tuple[int, int]:
    """The most bytes that a record can become, and the steps that are left."""
    own, template, position, count, steps = _instance(chunk, begin, end, depth, templates, times, steps)
    if own < 0:
        return ODD, steps
    value = position + 4 * count
    for index in range(count):
        size = _u16(chunk, position + 4 * index)
        if chunk[position + 4 * index + 2] == _BINARY_XML:
            if index >= _VALUES_AT_MOST:
                return ODD, steps
            if times[template, index]:
                inner, nested, descriptors, many, steps = _instance(
                    chunk, value, value + size, depth, templates, times, steps
                )
                if inner < 0:
                    return ODD, steps
                for each in range(many):
                    if chunk[descriptors + 4 * each + 2] == _BINARY_XML and (
                        each >= _VALUES_AT_MOST or times[nested, each]
                    ):
                        return ODD, steps
                own += times[template, index] * (inner - _ITEM - size * _VALUE_BYTE)
        value += size
    return own, steps


@compiled
def survey(chunk: Any, stop: int, depth: int, records: Any, fresh: Any) -> int:
    """How many records a chunk has from byte 512 up to ``stop``; ODD if not all is as it should be.

    Of each is written to ``records`` (records, 4) what `RECORD_AT` and the others say. ``fresh`` is a copy of the
    chunk, in which they are numbered anew, from 1 on. Raises IndexError where something points outside of the chunk.
    """
    templates = np.zeros((_TEMPLATES_AT_MOST, 2), np.int64)
    times = np.empty((_TEMPLATES_AT_MOST, _VALUES_AT_MOST), np.int64)
    offset, count, steps = 512, 0, _STEPS_AT_MOST
    while offset < stop:
        if offset + _SMALLEST_RECORD > stop or _u32(chunk, offset) != _MAGIC:
            return ODD
        size = _u32(chunk, offset + 4)
        behind = offset + size
        if size < _SMALLEST_RECORD or behind > stop or _u32(chunk, behind - 4) != size or count >= len(records):
            return ODD
        if chunk[offset + 15] >= 0x80:  # a number that is too large to be counted with
            return ODD
        text_bytes, steps = _record(chunk, offset + _RECORD_HEADER, behind - 4, depth, templates, times, steps)
        if text_bytes < 0:
            return ODD
        records[count, RECORD_AT] = offset
        records[count, RECORD_SIZE] = size
        records[count, RECORD_NUMBER] = _u32(chunk, offset + 8) | _u32(chunk, offset + 12) << 32
        records[count, RECORD_TEXT_BYTES] = text_bytes
        count += 1
        for each in range(8):
            fresh[offset + 8 + each] = (count >> (8 * each)) & 0xFF
            fresh[offset + 16 + each] = 0
        offset = behind
    return count
