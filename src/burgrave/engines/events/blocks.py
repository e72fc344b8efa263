"""Many records at once: those that are alike become columns of texts, the others events one by one."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, cast

from burgrave.engines.events.flatten import EXACT_INTEGERS_END, joined, text_of
from burgrave.engines.events.skeletons import Kind, Layout, Skeleton, Structure, names_of, skeleton, structure_of
from burgrave.engines.events.terms import JSON, MEBIBYTE, NO_LOG_SOURCE, Event, Limits, LogSource, Unreadable

RECORDS: Final = 10_000
_BYTES: Final = 16 * MEBIBYTE
_STRUCTURES_AT_MOST: Final = 1_024
_KEY_CHARACTERS_AT_MOST: Final = 16_384
_structures: dict[Limits, dict[Skeleton, Structure | None]] = {}


_PLAIN: Final = frozenset({str, int, bool, type(None)})


Record: TypeAlias = tuple[int, int, bytes | str]
"""A record as it stands in its file: its position among the block's, its number in the file, and its bytes."""

Again: TypeAlias = Callable[[int, bytes | str], Event | Unreadable]
"""Reads a record by itself, given its number and its bytes."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Events of one kind and the same fields; ``positions`` are theirs among the block's. None in a field is null."""

    channel: str
    event_id: str
    provider: str
    log_source: LogSource
    fields: Mapping[str, Sequence[str | None]]
    positions: Sequence[int]
    records: Sequence[Record]
    again: Again

    def event(self, row: int) -> Event:
        _, number, raw = self.records[row]
        return cast("Event", self.again(number, raw))


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
        self._taken = 0
        self._bytes = 0

    @property
    def full(self) -> bool:
        return self._taken >= RECORDS or self._bytes >= _BYTES

    def take(self, structure: Structure, leaves: list[JSON], number: int, raw: bytes | str) -> None:
        """Take a record of a structure; everything that is asked of its text is asked before."""
        alike = self._alike.get(id(structure))
        if alike is None:
            alike = self._alike[id(structure)] = _Alike(structure)
        alike.records.append((self._taken, number, raw))
        alike.rows.append(leaves)
        self._taken += 1
        self._bytes += len(raw)

    def put(self, event: Event) -> None:
        """Take an event that was read by itself."""
        self._apart.append((self._taken, event))
        self._taken += 1
        self._bytes += len(event.raw)

    def block(self) -> Iterator[Block | Unreadable]:
        """What turned out to be no event, and all others that were taken since the last block."""
        made = Block(apart=self._apart, count=self._taken, size_bytes=self._bytes)
        holes: list[int] = []
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
                        holes.append(position)
        _close_up(made, sorted(holes))
        self._alike, self._apart, self._taken, self._bytes = {}, [], 0, 0
        if made.count:
            yield made

    def _columns(
        self, layout: Layout, structure: Structure, records: list[Record], values: Sequence[Sequence[JSON]]
    ) -> Columns:
        fields: dict[str, Sequence[str | None]] = {}
        for name, given in layout.fields.items():
            if not isinstance(given, int):
                fields[name] = [given] * len(records)
            else:
                write = _TEXTS.get(structure.types[given])
                texts = values[given] if write is None else list(map(write, values[given]))
                fields[name] = cast("Sequence[str | None]", texts)
        return Columns(
            layout.channel,
            layout.event_id,
            layout.provider,
            NO_LOG_SOURCE if layout.channel else self._log_source,
            fields,
            [position for position, _, _ in records],
            records,
            self._again,
        )


def _by_kind(alike: _Alike) -> Iterable[tuple[Kind | None, list[Record], Sequence[Sequence[JSON]]]]:
    """The records of each kind, and their leaves by column; those that are not told by it come with None."""
    structure, records, rows = alike.structure, alike.records, alike.rows
    columns = list(zip(*rows, strict=True))
    lost = _lost(structure, columns)
    given = [columns[place] if place >= 0 else (None,) * len(rows) for place in structure.kind_at]
    kinds = cast("list[Kind]", list(zip(*given, strict=True)))
    if not lost and len(set(kinds)) == 1:
        yield kinds[0], records, columns
        return
    by_kind: dict[Kind | None, list[int]] = {}
    for row, kind in enumerate(kinds):
        by_kind.setdefault(None if row in lost else kind, []).append(row)
    for each, chosen in by_kind.items():
        yield each, [records[row] for row in chosen], list(zip(*(rows[row] for row in chosen), strict=True))


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


def _is_no_list_of_plain_values(value: JSON) -> bool:
    return not value or not _PLAIN.issuperset(map(type, cast("list[JSON]", value)))


def _close_up(made: Block, refused: list[int]) -> None:
    """Number the events anew where some of the records turned out to be none."""
    if not refused:
        return
    made.count -= len(refused)
    made.apart = [(position - bisect_left(refused, position), event) for position, event in made.apart]
    made.columns = [
        replace(each, positions=[position - bisect_left(refused, position) for position in each.positions])
        for each in made.columns
    ]


_STEERING: Final = {float: _is_beyond, list: _is_no_list_of_plain_values}
_TEXTS: Final[Mapping[type, Callable[..., str | None]]] = {int: str, bool: text_of, float: text_of, list: joined}
