"""How large a Windows record can become when it is decoded, found without decoding it.

A record is binary XML ("Windows XML Event Log (EVTX) format", libyal documentation, section 4): a template and values
that are put into its places. A template may use one value in many places, and a value may be binary XML with a template
again, so 1,500 bytes can stand for gigabytes. The decoder is not to be let loose on such a record. What is counted here
is an upper limit: every character is taken for the six bytes of an escaped one.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import mul
from typing import Final

from burgrave.engines.events.errors import RecordRefused

_CHARACTER: Final = 6
_ITEM: Final = 64
_VALUE_BYTE: Final = 8
_NESTED_FRAGMENTS: Final = 8
_STEPS_PER_CHUNK: Final = 200_000
_BINARY_XML: Final = 0x21
_STRING: Final = 0x01
_TEMPLATE_HEADER: Final = 24
_MORE: Final = 0x40  # set in a token when more of its kind, or attributes, follow

_U16: Final = struct.Struct("<H")
_U32: Final = struct.Struct("<I")
_INSTANCE: Final = struct.Struct("<BBII")
_VALUES_COUNTED: Final = 256


@dataclass(slots=True)
class Cost:
    """The bytes of what stands in a piece of binary XML itself, and how often it uses each value."""

    own: int = 0
    uses: dict[int, int] = field(default_factory=dict)

    def use(self, value: int) -> None:
        self.uses[value] = self.uses.get(value, 0) + 1


class _Template:
    """What a template costs, and how often it uses each of its first values; ``beyond`` are the uses of later ones."""

    __slots__ = ("beyond", "own", "times")

    def __init__(self, cost: Cost) -> None:
        self.own = cost.own
        last = max((index for index in cost.uses if index < _VALUES_COUNTED), default=-1)
        self.times = [cost.uses.get(index, 0) for index in range(last + 1)]
        self.beyond = {index: times for index, times in cost.uses.items() if index > last}

    def of(self, index: int) -> int:
        return self.times[index] if index < len(self.times) else self.beyond.get(index, 0)

    def values(self, sizes: Sequence[int]) -> int:
        """The bytes of all its values put in, each taken for a plain one."""
        used = sum(self.times[: len(sizes)])
        found: int = _ITEM * used + _VALUE_BYTE * sum(map(mul, self.times, sizes))
        for index, times in self.beyond.items():
            found += times * (_ITEM + sizes[index] * _VALUE_BYTE) if index < len(sizes) else 0
        return found


class Expansion:
    """Counts for the records of one chunk; templates are looked at once."""

    def __init__(self, chunk: bytes, *, depth: int) -> None:
        self._chunk = chunk
        self._depth = depth
        self._templates: dict[int, _Template] = {}
        self._steps = _STEPS_PER_CHUNK

    def of_record(self, offset: int, size: int) -> int:
        """Give the most bytes of JSON that a record can become. Raises RecordRefused when that cannot be told."""
        try:
            return self._fragment(offset + 24, offset + size - 4, nested=0)
        except (struct.error, IndexError) as failure:
            raise RecordRefused("its binary XML points outside of its chunk") from failure

    def _fragment(self, position: int, end: int, *, nested: int) -> int:
        """Count binary XML outside of templates; nearly all of it is one template with its values, and nothing else."""
        chunk = self._chunk
        if position + 4 < end and chunk[position] == _FRAGMENT and chunk[position + 4] == _TEMPLATE_INSTANCE:
            self._steps -= 2
            own, behind = self._instance(position + 4, nested=nested)
            if self._steps > 0 and (behind >= end or chunk[behind] == _END):
                return own + 2
        return self._content(position, end, in_template=False, nested=nested).own

    def _content(self, position: int, end: int, *, in_template: bool, nested: int) -> Cost:
        """Walk the tokens from ``position`` up to the end token or ``end``."""
        cost = Cost()
        chunk, open_elements = self._chunk, 0
        while position < end:
            self._steps -= 1
            if self._steps < 0:
                raise RecordRefused("the chunk holds more binary XML than its size can carry in honesty")
            token = chunk[position] & ~_MORE
            if token == _END:
                break
            cost.own += _ITEM if token in _TOKENS_THAT_SHOW else 1
            if token in _SUBSTITUTIONS:
                cost.use(_U16.unpack_from(chunk, position + 1)[0])
                position += 4
            elif token == _OPEN_ELEMENT:
                open_elements += 1
                position = self._element(position, cost, in_template=in_template, depth=open_elements)
            elif token in _PLAIN:
                open_elements -= token in _CLOSES
                position += _PLAIN[token]
            elif token in _NAMED:
                position = self._name(position + 1, cost)
            elif token in _TEXTS:
                position = self._text(position, token, cost)
            elif token == _TEMPLATE_INSTANCE:
                own, position = self._instance(position, nested=nested)
                cost.own += own
            else:
                raise RecordRefused(f"its binary XML holds the unknown token {chunk[position]:#04x}")
        return cost

    def _element(self, position: int, cost: Cost, *, in_template: bool, depth: int) -> int:
        """Count the start of an element; give the position behind it."""
        if depth > self._depth:
            raise RecordRefused(f"its elements are nested deeper than {self._depth}")
        attributes = 4 if self._chunk[position] & _MORE else 0
        return self._name(position + 5 + (2 if in_template else 0), cost) + attributes

    def _name(self, position: int, cost: Cost) -> int:
        """Count a name, which stands here or elsewhere in the chunk; give the position behind its reference."""
        (at,) = _U32.unpack_from(self._chunk, position)
        (characters,) = _U16.unpack_from(self._chunk, at + 6)
        cost.own += characters * _CHARACTER
        position += 4
        return position + 10 + characters * 2 if at == position else position

    def _text(self, position: int, token: int, cost: Cost) -> int:
        if token == _VALUE:
            kind = self._chunk[position + 1]
            if kind != _STRING:
                raise RecordRefused(f"its binary XML holds a value of kind {kind:#04x} where a text is expected")
            position += 1
        (characters,) = _U16.unpack_from(self._chunk, position + 1)
        cost.own += characters * _CHARACTER
        return position + 3 + int(characters) * 2

    def _instance(self, position: int, *, nested: int) -> tuple[int, int]:
        """Count a template with its values put in; give the position behind the last value, too."""
        if nested >= _NESTED_FRAGMENTS:
            raise RecordRefused(f"templates are nested deeper than {_NESTED_FRAGMENTS}")
        _, _, _, at = _INSTANCE.unpack_from(self._chunk, position)
        position += _INSTANCE.size
        template = self._template(at, nested)
        if at == position:
            position += _TEMPLATE_HEADER + int(_U32.unpack_from(self._chunk, at + 20)[0])
        (count,) = _U32.unpack_from(self._chunk, position)
        descriptors = self._chunk[position + 4 : position + 4 + 4 * count]
        value_at = position + 4 + 4 * count
        if value_at > len(self._chunk):
            raise RecordRefused(f"its template has {count:,} values, more than its chunk can hold")
        sizes = _sizes(count).unpack(descriptors)
        own = template.own + template.values(sizes)
        kinds = descriptors[2::4]
        index = kinds.find(_BINARY_XML)
        while index >= 0:  # a value that is binary XML in its turn
            if times := template.of(index):
                start = value_at + sum(sizes[:index])
                inner = self._fragment(start, start + sizes[index], nested=nested + 1)
                own += times * (inner - _ITEM - sizes[index] * _VALUE_BYTE)
            index = kinds.find(_BINARY_XML, index + 1)
        return own, int(value_at + sum(sizes))

    def _template(self, at: int, nested: int) -> _Template:
        found = self._templates.get(at)
        if found is None:
            size = int(_U32.unpack_from(self._chunk, at + 20)[0])
            body = at + _TEMPLATE_HEADER
            cost = self._content(body, min(body + size, len(self._chunk)), in_template=True, nested=nested + 1)
            found = self._templates[at] = _Template(cost)
        return found


@lru_cache(maxsize=512)
def _sizes(count: int) -> struct.Struct:
    """Reads the sizes out of so many descriptors: two bytes of four."""
    return struct.Struct("<" + "H2x" * count)


_END: Final = 0x00
_OPEN_ELEMENT: Final = 0x01
_VALUE: Final = 0x05
_TEMPLATE_INSTANCE: Final = 0x0C
_FRAGMENT: Final = 0x0F
_SUBSTITUTIONS: Final = frozenset({0x0D, 0x0E})
_CLOSES: Final = frozenset({0x03, 0x04})
_NAMED: Final = frozenset({0x06, 0x09, 0x0A})  # attribute, entity reference, target of a processing instruction
_TEXTS: Final = frozenset({_VALUE, 0x07, 0x0B})  # text, CDATA, data of a processing instruction
_PLAIN: Final = {0x02: 1, 0x03: 1, 0x04: 1, 0x08: 3, 0x0F: 4}  # ends of tags, character reference, fragment header
_TOKENS_THAT_SHOW: Final = frozenset({_OPEN_ELEMENT, 0x06, 0x08, 0x09})
