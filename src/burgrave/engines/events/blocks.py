"""Many records at once: those that are alike become columns of texts, the others events one by one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeAlias, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from burgrave.engines.events.cutting import Page
from burgrave.engines.events.flatten import EXACT_INTEGERS_END, is_plain_list, joined, text_of
from burgrave.engines.events.pages import WORTH_A_DICTIONARY, Alike, Ask, Tell, alike_among, alike_in
from burgrave.engines.events.skeletons import Kind, Layout, Leaf, Skeleton, Structure, names_of, skeleton, structure_of
from burgrave.engines.events.terms import JSON, MEBIBYTE, NO_LOG_SOURCE, Event, Limits, LogSource, Unreadable

RECORDS: Final = 10_000
PAGE_BYTES: Final = 64 * MEBIBYTE
WINDOW_EVENTS: Final = 60_000
"""So many events are matched together, where as many are at hand."""

SPAN: Final = 1 << 20
"""The positions of a line and of the next are so far apart: of one line come fewer events."""

_STRUCTURES_AT_MOST: Final = 1_024
_KEY_CHARACTERS_AT_MOST: Final = 16_384
_structures: dict[Limits, dict[Skeleton, Structure | None]] = {}


Record: TypeAlias = tuple[int, int, bytes | str]
"""A record as it stands in its file: its position among the block's, its number in the file, and its bytes."""

Written: TypeAlias = Callable[[int], tuple[int, bytes | str]]
"""Gives a record's number in its file, and its bytes, for its row."""

Texts: TypeAlias = Sequence[str | None] | Any
"""A column: its texts one by one, or an Arrow array of them, with or without a dictionary."""

Again: TypeAlias = Callable[[int, bytes | str], Event | Unreadable]
"""Reads a record by itself, given its number and its bytes."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Events of one kind and the same fields; ``positions`` are theirs among the block's. None in a field is null."""

    channel: str
    event_id: str
    provider: str
    log_source: LogSource
    fields: Mapping[str, Texts]
    positions: NDArray[np.int64]
    written: Written
    again: Again

    def event(self, row: int) -> Event:
        return cast("Event", self.again(*self.written(row)))


@dataclass(slots=True)
class Block:
    """Events in columns, and those that stand apart with their positions; ``count`` is the number of both."""

    columns: list[Columns] = field(default_factory=list)
    apart: list[tuple[int, Event]] = field(default_factory=list)
    count: int = 0
    size_bytes: int = 0


class Structures:
    """The structures of all records read so far under the same limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known = _structures.setdefault(limits, {})

    def of(self, record: dict[str, JSON]) -> tuple[Structure | None, list[JSON]]:
        """What is the same for all records of these keys and types, None if nothing is; and the record's leaves."""
        leaves: list[JSON] = []
        key = skeleton(record, leaves)
        if key in self._known:
            return self._known[key], leaves
        found = structure_of(record, leaves, self._limits)
        if sum(map(len, names_of(record))) <= _KEY_CHARACTERS_AT_MOST:
            if len(self._known) >= _STRUCTURES_AT_MOST:
                self._known.clear()
            self._known[key] = found
        return found, leaves


@dataclass(slots=True)
class _Alike:
    """Records of one structure: position, place and bytes of each, and its leaves."""

    structure: Structure
    records: list[Record] = field(default_factory=list)
    rows: list[list[JSON]] = field(default_factory=list)


class Gatherer:
    """Takes the records of a file, and gives them back in a block.

    ``again`` reads a record by itself. It must give the event that `event_of` makes of the record, or say why there is
    none. ``log_source`` is that of events that name no channel.
    """

    def __init__(self, again: Again, log_source: LogSource = NO_LOG_SOURCE) -> None:
        self._log_source = log_source
        self._again = again
        self._alike: dict[int, _Alike] = {}
        self._apart: list[tuple[int, Event]] = []
        self._laid: list[Columns] = []
        self._next = 0
        self._taken = 0
        self._bytes = 0

    @property
    def full(self) -> bool:
        return self._taken >= RECORDS or self._bytes >= PAGE_BYTES

    def take(self, structure: Structure, leaves: list[JSON], number: int, raw: bytes | str) -> None:
        """Take a record of a structure; everything that is asked of its text is asked before."""
        alike = self._alike.get(id(structure))
        if alike is None:
            alike = self._alike[id(structure)] = _Alike(structure)
        alike.records.append((self._next, number, raw))
        alike.rows.append(leaves)
        self._count(len(raw))

    def put(self, event: Event) -> None:
        """Take an event that was read by itself."""
        self._apart.append((self._next, event))
        self._count(len(event.raw))

    def lay(self, page: Page, ask: Ask, record: Written, places: NDArray[np.int64] | None = None) -> Iterator[int]:
        """Take the lines of a page that become columns, and give the others, each to be taken or put by itself.

        ``record`` gives the number in the file and the bytes of a line; ``places`` are those of the lines in the block,
        where these are not one behind the other.
        """
        return self._lay(page, alike_in(page, ask), record, places)

    def lay_told(self, page: Page, tell: Tell, record: Written, places: NDArray[np.int64]) -> Iterator[int]:
        """The same for a page of which the structures are known."""
        return self._lay(page, alike_among(page, tell), record, places)

    def _lay(
        self, page: Page, found: Iterator[Alike], record: Written, places: NDArray[np.int64] | None
    ) -> Iterator[int]:
        at = np.arange(len(page.starts)) if places is None else places
        left = np.ones(len(page.starts), bool)
        for alike in found:
            layout, lines = alike.layout, alike.lines
            fields = {
                name: alike.columns[given] if isinstance(given, int) else _repeated(given, len(lines))
                for name, given in layout.fields.items()
            }
            self._laid.append(self._kept(layout, fields, at[lines] * SPAN, partial(_of_line, lines, record)))
            self._taken += len(lines)
            self._bytes += int((page.stops[lines] - page.starts[lines]).sum())
            left[lines] = False
        for line in np.flatnonzero(left).tolist():
            self._next = int(at[line]) * SPAN
            yield line

    def pass_by(self, places: NDArray[np.int64]) -> Iterator[int]:
        """Give all lines, each to be taken or put by itself at its place in the block."""
        for line, place in enumerate(places.tolist()):
            self._next = place * SPAN
            yield line

    def _count(self, size_bytes: int) -> None:
        self._next += 1
        self._taken += 1
        self._bytes += size_bytes

    def block(self) -> Iterator[Block | Unreadable]:
        """What turned out to be no event, and all others that were taken since the last block."""
        made = Block(columns=self._laid, apart=self._apart, count=self._taken, size_bytes=self._bytes)
        for alike in self._alike.values():
            for kind, records, columns in _by_kind(alike):
                layout = None if kind is None else alike.structure.layout(kind)
                if layout is not None:
                    made.columns.append(self._columns(layout, alike.structure, records, columns))
                    continue
                for position, number, raw in records:
                    item = self._again(number, raw)
                    if isinstance(item, Event):
                        made.apart.append((position, item))
                    else:
                        yield item
                        made.count -= 1
        _close_up(made)
        self._alike, self._apart, self._laid = {}, [], []
        self._next = self._taken = self._bytes = 0
        if made.count:
            yield made

    def _columns(
        self, layout: Layout, structure: Structure, records: list[Record], values: Sequence[Sequence[JSON]]
    ) -> Columns:
        fields: dict[str, Texts] = {}
        for name, given in layout.fields.items():
            if not isinstance(given, int):
                fields[name] = [given] * len(records)
            else:
                write = _TEXTS.get(structure.types[given])
                texts = values[given] if write is None else list(map(write, values[given]))
                fields[name] = texts
        positions = np.array([position for position, _, _ in records], np.int64)
        return self._kept(layout, fields, positions, lambda row: records[row][1:])

    def _kept(
        self, layout: Layout, fields: Mapping[str, Texts], positions: NDArray[np.int64], written: Written
    ) -> Columns:
        return Columns(
            layout.channel,
            layout.event_id,
            layout.provider,
            NO_LOG_SOURCE if layout.channel else self._log_source or layout.log_source,
            fields,
            positions,
            written,
            self._again,
        )


def _of_line(lines: NDArray[np.int64], record: Written, row: int) -> tuple[int, bytes | str]:
    return record(int(lines[row]))


def _repeated(text: str | None, count: int) -> Any:
    if text is None:
        return pa.nulls(count, pa.string())
    if count < WORTH_A_DICTIONARY:
        return pa.repeat(pa.scalar(text, pa.string()), count)
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([text], pa.string()), safe=False)


def _by_kind(alike: _Alike) -> Iterable[tuple[Kind | None, list[Record], Sequence[Sequence[JSON]]]]:
    """The records of each kind, and their leaves by column; those that are not told by it come with None."""
    structure, records, rows = alike.structure, alike.records, alike.rows
    columns = list(zip(*rows, strict=True))
    lost = _lost(structure, columns)
    given = [columns[place] if place >= 0 else (None,) * len(rows) for place in structure.asked_at]
    kinds = [_kind(*each) for each in zip(*given, strict=True)]
    if not lost and len(set(kinds)) == 1:
        yield kinds[0], records, columns
        return
    by_kind: dict[Kind | None, list[int]] = {}
    for row, kind in enumerate(kinds):
        by_kind.setdefault(None if row in lost else kind, []).append(row)
    for each, chosen in by_kind.items():
        yield each, [records[row] for row in chosen], list(zip(*(rows[row] for row in chosen), strict=True))


def _kind(channel: Leaf, event_id: Leaf, provider: Leaf, *writer: Leaf) -> Kind:
    return Kind(channel, event_id, provider, writer)


def _lost(structure: Structure, columns: Sequence[Sequence[JSON]]) -> set[int]:
    """The rows of which a value steers what becomes of the record."""
    lost: set[int] = set()
    for place in structure.watched:
        if "" in columns[place]:
            lost.update(row for row, value in enumerate(columns[place]) if value == "")
    for place, kind in enumerate(structure.types):
        if kind in _STEERING:
            steers = _STEERING[kind]
            lost.update(row for row, value in enumerate(columns[place]) if steers(value))
    return lost


def _is_beyond(value: JSON) -> bool:
    return not -EXACT_INTEGERS_END < cast("float", value) < EXACT_INTEGERS_END


def _is_no_plain_list(value: JSON) -> bool:
    return not is_plain_list(value)


def _close_up(made: Block) -> None:
    """Number the events anew, from 0 on, where there are gaps between their positions."""
    parts = [each.positions for each in made.columns]
    parts.append(np.array([position for position, _ in made.apart], np.int64))
    there = np.sort(np.concatenate(parts))
    if not len(there) or there[-1] == len(there) - 1:
        return
    made.apart = [(int(np.searchsorted(there, position)), event) for position, event in made.apart]
    made.columns = [
        replace(each, positions=np.searchsorted(there, part)) for each, part in zip(made.columns, parts, strict=False)
    ]


_STEERING: Final = {float: _is_beyond, list: _is_no_plain_list}
_TEXTS: Final[Mapping[type, Callable[..., str | None]]] = {int: str, bool: text_of, float: text_of, list: joined}
