"""What the decoder makes of records of a Windows event log that have the same shape, found out once.

Records of the same templates with values of the same kinds are decoded to the same keys, and each value comes out in
the same places. Which these are is not known from a description of the format, but asked: the values of one such record
are exchanged for marks of the same kinds and sizes, the decoder is given it, and where a mark comes out, as `kernels`
would write it, is where the value of every such record comes out. Rounds of different marks tell apart what varies with
a value from what is always the same. If anything comes out that is neither, all records of that shape are left to the
decoder.
"""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from secrets import randbits
from typing import Any, Final, NamedTuple, TypeAlias, cast

import numpy as np
import orjson
from evtx import PyEvtxParser

from burgrave.engines.events import chunks, tokens
from burgrave.engines.events import slot_codes as of
from burgrave.engines.events.blocks import Structures
from burgrave.engines.events.chunks import CHUNK_BYTES, CHUNKS_TOGETHER, RECORDS_START, Gap, Slot
from burgrave.engines.events.cutting import fours_of, kernels, words_of
from burgrave.engines.events.flatten import is_plain_list, joined
from burgrave.engines.events.lines import PADDING
from burgrave.engines.events.skeletons import Structure, skeleton
from burgrave.engines.events.terms import JSON, MEBIBYTE, Limits

WORTH_ASKING: Final = 10
"""Of a shape that fewer records have the decoder is not asked: that takes as long as having five chunks decoded, each
for a single record."""

RECORDS_AT_MOST: Final = (CHUNK_BYTES - RECORDS_START) // chunks.SMALLEST_RECORD
_SHAPES_AT_MOST: Final = 4_096
_KEPT_BYTES: Final = 8 * MEBIBYTE
_NEARLY_FULL: Final = 0.9
_FORM_BYTES: Final = 65_536
_KEY_BYTES: Final = 4_096
_NUMBERS: Final = 5  # that are known of a record, see `tokens.RECORD_AT`
_ROUNDS: Final = 2
_SLOTS_AT_MOST: Final = 1_024
_FIRST_MARK: Final = 0xE800  # characters of no script
_MARKS: Final = 4_096
_FILLING: Final = 'x"\\\n<é€0'
_A_TIME: Final = 132_000_000_000_000_000  # in 2019
_SID_HEAD_BYTES: Final = 8
_KINDS: Final = {
    str: tokens.TEXT,
    int: tokens.NUMBER,
    bool: tokens.SWITCH,
    type(None): tokens.NULL,
    float: tokens.FRACTION,
    list: tokens.TEXT,  # lists of texts, which are written one a line
}

Store: TypeAlias = tuple[Any, Any, Any, Any]
"""What `kernels.survey` keeps of templates and shapes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Records that are decoded alike: what they become, of what kind their leaves are, and where these come from.

    A leaf is the number of a value of the record with what that is, or the text that it always is.
    """

    structure: Structure
    kinds: list[int]
    leaves: list[tuple[int, int] | bytes]


class Plan:
    """All shapes as `kernels.transcribe` is told of them, the texts that are always the same, and the groups.

    Shapes of a group have the same structure and kinds. What was told once remains as it is, however many come later.
    """

    def __init__(self) -> None:
        self.shapes = np.full((_SHAPES_AT_MOST, 3), -1, np.int64)
        self.shapes[:, tokens.PLAN_LEAVES] = 0
        self.always = bytearray()
        self.groups: list[tuple[Structure, list[int]]] = []
        self._leaves = np.empty((1_024, 2), np.int64)
        self._count = 0
        self._numbers: dict[tuple[int, tuple[int, ...]], int] = {}

    @property
    def leaves(self) -> Any:
        return self._leaves[: self._count]

    def add(self, number: int, shape: Shape) -> None:
        """Tell of a shape."""
        group = self._numbers.setdefault((id(shape.structure), tuple(shape.kinds)), len(self.groups))
        if group == len(self.groups):
            self.groups.append((shape.structure, shape.kinds))
        begin, self._count = self._count, self._count + len(shape.leaves)
        if self._count > len(self._leaves):
            self._leaves = np.concatenate([self._leaves, np.empty((self._count, 2), np.int64)])
        self.shapes[number] = group, begin, len(shape.leaves)
        self._leaves[begin : self._count] = [self._told(leaf) for leaf in shape.leaves]

    def _told(self, leaf: tuple[int, int] | bytes) -> tuple[int, int]:
        if isinstance(leaf, tuple):
            return leaf
        at = len(self.always)
        self.always += leaf
        return -1 - (at << tokens.BEGIN_BIT | len(leaf) << tokens.LENGTH_BIT), of.NOTHING


class Example(NamedTuple):
    """A record, and the chunk in which it stands, with `PADDING` behind it."""

    chunk: bytes | memoryview
    record: Slot


def _new_store() -> Store:
    table = np.full(2 * _SHAPES_AT_MOST, -1, np.int32)
    return (
        words_of(np.empty(_KEPT_BYTES, np.uint8)),
        np.empty((_SHAPES_AT_MOST, 2), np.int64),
        table,
        np.array([0, 0, randbits(62)], np.int64),
    )


def _new_room() -> tuple[Any, Any, Any]:
    """What `kernels.survey` works in."""
    times = np.empty((tokens.TEMPLATES_AT_MOST, tokens.VALUES_AT_MOST), np.int64)
    return times, words_of(np.empty(_FORM_BYTES, np.uint8)), words_of(np.empty(_KEY_BYTES, np.uint8))


@dataclass(slots=True)
class Shapes:
    """All shapes met so far under the same limits, and in ``plan`` how records of those that are known become texts."""

    limits: Limits
    store: Store = field(default_factory=_new_store)
    _room: tuple[Any, Any, Any] = field(default_factory=_new_room)
    _records: Any = field(default_factory=lambda: np.empty((CHUNKS_TOGETHER * RECORDS_AT_MOST, _NUMBERS), np.int64))
    plan: Plan = field(default_factory=Plan)
    _asked: Any = field(default_factory=lambda: np.zeros(_SHAPES_AT_MOST, np.bool_))
    _met: Any = field(default_factory=lambda: np.zeros(_SHAPES_AT_MOST, np.int64))

    def survey(self, wide: Any, chunks: Any) -> Any:
        """The records of chunks, at most `CHUNKS_TOGETHER`, one behind the other; see `tokens.RECORD_AT`.

        ``wide`` are the eight bytes from each byte on, with `PADDING` behind the last record. ``chunks`` (chunks, 8)
        say where each stands and where in it its records end, -1 for one that is not to be surveyed; the others of
        `tokens.CHUNK_AT` are written. A chunk of which not all is as it should be has no records.
        """
        begin = rows = 0
        while begin < len(chunks):
            try:
                kernels().survey(wide, chunks, self.limits.depth, self._room, self.store, self._records, rows, begin)
                begin = len(chunks)
            except IndexError:  # something points outside of a chunk
                failed = int(np.argmax(chunks[:, tokens.CHUNK_COUNT] == tokens.CHUNK_IN_WORK))
                chunks[failed, tokens.CHUNK_COUNT], begin = 0, failed + 1
            rows = int(chunks[:begin, tokens.CHUNK_COUNT].sum())
        return self._records[:rows].copy()

    def meet(self, numbers: Any) -> list[int]:
        """Count records of shapes; gives the shapes that have become worth asking about."""
        self._met += np.bincount(numbers[numbers >= 0], minlength=_SHAPES_AT_MOST)
        found: list[int] = np.flatnonzero((self._met >= WORTH_ASKING) & ~self._asked).tolist()
        return found

    def learn(self, number: int, example: Example) -> None:
        """Ask the decoder about a shape."""
        self._asked[number] = True
        try:
            shape = _learned(number, example, self)
        except IndexError:  # something points outside of the chunk
            return
        if shape is not None:
            self.plan.add(number, shape)


_free: dict[Limits, list[Shapes]] = {}


def lend(limits: Limits) -> Shapes:
    """Shapes that nobody else works with, and that know what was found out before."""
    free = _free.setdefault(limits, [])
    try:
        return free.pop()
    except IndexError:
        return Shapes(limits)


def give_back(known: Shapes) -> None:
    """Let others use them, unless there is hardly room for more."""
    if not _is_nearly_full(known.store):
        _free[known.limits].append(known)


def _is_nearly_full(store: Store) -> bool:
    count, fill = store[3][:2].tolist()
    return bool(count > _NEARLY_FULL * _SHAPES_AT_MOST or fill > _NEARLY_FULL * _KEPT_BYTES)


def _learned(number: int, example: Example, known: Shapes) -> Shape | None:
    """What becomes of records of a shape; None where each is to be decoded."""
    found = _slots_of(example)
    if found is None:
        return None
    booleans = sum(code == of.BOOLEAN for _, _, code in found)
    marked = [_marked(example, found, turn) for turn in range(_ROUNDS + booleans.bit_length())]
    if not all(_has_shape(chunk, example.record, number, known) for chunk in marked):
        return None
    wanted = [place for place, (_, _, code) in enumerate(found) if code in _WRITTEN or code >= of.TEXTS]
    told = [(place, found[place][2]) for place in wanted]
    texts = [_texts_of(chunk, example.record, told) for chunk in marked]
    records = _decoded(marked, example.record)
    if records is None or None in texts:
        return None
    leaves: list[list[JSON]] = [[] for _ in records]
    if len({skeleton(record, own) for record, own in zip(records, leaves, strict=True)}) != 1:
        return None
    structure, _ = Structures(known.limits).of(records[0])
    sources = _sources(list(zip(*leaves, strict=True)), list(zip(*cast("list[list[str]]", texts), strict=True)), wanted)
    if structure is None or sources is None:
        return None
    given = [(source, found[source][2]) if isinstance(source, int) else source for source in sources]
    return Shape(structure, [_KINDS[type(leaf)] for leaf in leaves[0]], given)


def _slots_of(example: Example) -> list[tuple[int, int, int]] | None:
    """The values of a record, see `tokens.SLOT_AT`; None where only the decoder can tell."""
    found = np.empty((_SLOTS_AT_MOST, 3), np.int64)
    begin, size = example.record.offset, example.record.size
    wide = words_of(np.frombuffer(example.chunk, np.uint8))
    many = kernels().slots(wide, begin + chunks.RECORD_HEADER_BYTES, begin + size - 4, found)
    return None if many < 0 else [(at, size, code) for at, size, code in found[:many].tolist()]


def _marked(example: Example, found: list[tuple[int, int, int]], turn: int) -> bytes:
    """The chunk of a record with `PADDING`, and with marks instead of the record's values."""
    made = bytearray(example.chunk[:CHUNK_BYTES]).ljust(CHUNK_BYTES + PADDING, b"\x00")
    booleans = count(1)
    for number, (at, size, code) in enumerate(found):
        if code == of.BOOLEAN:
            made[at : at + size] = struct.pack("<I", next(booleans) >> max(turn - _ROUNDS, 0) & 1)
        else:
            made[at : at + size] = _mark(number, size, code, turn, bytes(made[at : at + size]))
    return bytes(made)


def _mark(number: int, size: int, code: int, turn: int, value: bytes) -> bytes:
    """A value like another one, that tells its number and the round."""
    if code == of.TEXT:
        return _text_mark(number + 37 * turn, size)
    if code >= of.TEXTS:
        texts = value.decode("utf-16-le", "replace").split("\0")[:-1]
        return b"".join(
            _text_mark(number + 37 * turn + 59 * place, 2 * len(text)) + b"\0\0" for place, text in enumerate(texts)
        )
    if code == of.TIME:
        return struct.pack("<Q", _A_TIME + 10_000_000 * (number + 1_000 * turn))
    mark = number + 1 + 4_093 * turn
    if code == of.SID:
        rest = (size - _SID_HEAD_BYTES) // 4
        return value[:2] + mark.to_bytes(6, "big") + struct.pack(f"<{rest}I", *range(mark, mark + rest))
    if code in _OF_BYTES:
        return mark.to_bytes(8, "little").ljust(size, b"\x5a")[:size]
    return value  # of no bytes, or a template with values, which have marks of their own


def _text_mark(number: int, size: int) -> bytes:
    return (chr(_FIRST_MARK + number % _MARKS) + _FILLING * size).encode("utf-16-le")[:size]


_OF_BYTES: Final = frozenset({*range(of.INT8, of.UINT64 + 1), of.BINARY, of.GUID, of.HEX32, of.HEX64})
_WRITTEN: Final = _OF_BYTES | {of.TEXT, of.BOOLEAN, of.TIME, of.SID}


def _has_shape(chunk: bytes, record: Slot, number: int, known: Shapes) -> bool:
    """Whether a record is still of the shape after its values were exchanged."""
    told = np.zeros((1, tokens.CHUNK_COLUMNS), np.int64)
    told[0, tokens.CHUNK_END] = chunks.end_of_records(chunk) or 0
    there = known.survey(words_of(np.frombuffer(chunk, np.uint8)), told)
    found: list[int] = there[there[:, tokens.RECORD_AT] == record.offset, tokens.RECORD_SHAPE].tolist()
    return found == [number]


def _texts_of(chunk: bytes, record: Slot, wanted: list[tuple[int, int]]) -> list[str] | None:
    """The texts of a record's values as `kernels` write them; of each its number and what it is are given."""
    wide = words_of(np.frombuffer(chunk, np.uint8))
    records = np.array([[record.offset, record.size, record.number, 0, 0]], np.int64)
    told = np.zeros((1, tokens.CHUNK_COLUMNS), np.int64)
    told[0, tokens.CHUNK_END], told[0, tokens.CHUNK_COUNT] = CHUNK_BYTES, 1
    out = np.empty(8 * CHUNK_BYTES, np.uint8)
    values = np.empty(len(wanted), np.int64)
    room = (values, np.empty((1, 3), np.int64), np.empty(1, np.int64), np.empty(1, np.int64))
    to, plans = np.zeros(tokens.TO_COLUMNS, np.int64), np.array([[0, 0, len(wanted)]], np.int64)
    leaves = np.array(wanted, np.int64).reshape(-1, 2)
    before = np.empty((len(wanted), 3), np.int64), np.full(1, -1, np.int64)
    kernels().transcribe(wide, told, records, plans, leaves, before, (out, fours_of(out)), room, to)
    if not to[tokens.TO_LINES]:
        return None
    places = ((value >> tokens.BEGIN_BIT, value >> tokens.LENGTH_BIT & tokens.LENGTH) for value in values.tolist())
    return [out[begin : begin + length].tobytes().decode() for begin, length in places]


def _decoded(marked: Sequence[bytes], record: Slot) -> list[dict[str, JSON]] | None:
    """What the decoder makes of a record in each of the chunks, from which the others are taken."""
    parts: list[Slot | Gap] = [record]
    if record.offset > RECORDS_START:
        parts.insert(0, Gap(RECORDS_START, record.offset - RECORDS_START, "another record"))
    rebuilt = [chunks.rebuilt(chunk[:CHUNK_BYTES], parts) for chunk in marked]
    written = b"".join([chunks.file_header(len(marked)), *rebuilt])
    try:
        items = [item["data"] for item in PyEvtxParser(io.BytesIO(written), 1).records_json() if item is not None]
        found = [orjson.loads(text) for text in items[len(parts) - 1 :: len(parts)]]
    except (RuntimeError, orjson.JSONDecodeError):
        return None
    return found if len(items) == len(parts) * len(marked) and all(isinstance(each, dict) for each in found) else None


def _sources(
    leaves: Sequence[tuple[JSON, ...]], texts: Sequence[tuple[str, ...]], wanted: Sequence[int]
) -> list[int | bytes] | None:
    """Where each leaf comes from, given what it and the values were in each round; None if one comes from elsewhere."""
    of_values = dict(zip(texts, wanted, strict=True))
    if len(of_values) < len(wanted):  # two that cannot be told apart
        return None
    sources: list[int | bytes] = []
    for leaf in leaves:
        if isinstance(leaf[0], list) and not is_plain_list(leaf[0]):
            return None
        value = of_values.get(tuple(_written(each) for each in leaf))
        if value is not None:
            sources.append(value)
        elif any(each != leaf[0] for each in leaf):
            return None
        else:
            sources.append(_written(leaf[0]).encode())
    return sources


def _written(leaf: JSON) -> str:
    """A leaf as `kernels` write it."""
    if isinstance(leaf, list):
        return joined(leaf) or ""
    return leaf if isinstance(leaf, str) else orjson.dumps(leaf).decode()
