"""Events become narrow Arrow tables, one per kind of event, in windows of bounded size."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from typing import Any, Final, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from burgrave.engines.events.blocks import WINDOW_EVENTS, Block, Columns, Texts
from burgrave.engines.events.heads import Heads
from burgrave.engines.events.terms import MEBIBYTE, Event, LogSource

WINDOW_BYTES: Final = 64 * MEBIBYTE
COLUMNS_AT_MOST: Final = 2_000
_NEARLY: Final = 7 / 8  # of a window; the block that follows would be held beside what is full enough
_SINGLY: Final = 4  # times as much memory takes an event by itself as in columns
ROW_COLUMN: Final = "_row"
_KEPT_BITS: Final = 17
_RESERVED: Final = frozenset({ROW_COLUMN})


@dataclass(frozen=True)
class EventBatch:
    """Events of one kind. Row n of ``table`` is ``events[n]``; a field that an event lacks is null there.

    Every column is text. ``_row`` is the event's position in the window, so that matches can be put back into the
    order of reading. Events of a block are made when they are asked for.
    """

    channel: str
    event_id: str
    provider: str
    log_source: LogSource
    table: pa.Table
    events: Sequence[Event]

    @cached_property
    def heads(self) -> Heads:
        """What the events have beside their fields, in the order of the rows. Costs a fraction of making events."""
        heads = Heads()
        for run in self.events.runs if isinstance(self.events, _Events) else (self.events,):
            if isinstance(run, Columns):
                heads.add_columns(run)
            else:
                heads.add_events(run)
        return heads


class _Events(Sequence[Event]):
    """The events of runs that stand one behind the other."""

    def __init__(self, runs: Sequence["list[Event] | Columns"]) -> None:
        self.runs = runs
        self._ends = list(accumulate(map(_count, runs)))

    def __len__(self) -> int:
        return self._ends[-1]

    @overload
    def __getitem__(self, row: int) -> Event: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[Event]: ...

    def __getitem__(self, row: int | slice) -> Event | Sequence[Event]:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        at = range(len(self))[row]
        place = bisect_right(self._ends, at)
        run = self.runs[place]
        inner = at - (self._ends[place - 1] if place else 0)
        return run[inner] if isinstance(run, list) else run.event(inner)


def _count(run: list[Event] | Columns) -> int:
    return len(run) if isinstance(run, list) else len(run.positions)


@dataclass(slots=True)
class _Group:
    """Events of one kind: runs of single events, and columns."""

    channel: str
    event_id: str
    provider: str
    log_source: LogSource
    runs: list[list[Event] | Columns] = field(default_factory=list)
    positions: list[int | NDArray[np.int64]] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)

    def admits(self, fields: Mapping[str, object]) -> bool:
        if not self.runs or fields.keys() <= self.names.keys():
            return True
        return len(self.names.keys() | fields.keys()) <= COLUMNS_AT_MOST

    def add(self, event: Event, position: int) -> None:
        if not self.runs or not isinstance(self.runs[-1], list):
            self.runs.append([])
        self.runs[-1].append(event)  # type: ignore[union-attr]  # a list, see above
        self.positions.append(position)
        self._name(event.fields)

    def extend(self, columns: Columns, base: int) -> None:
        self.runs.append(columns)
        self.positions.append(columns.positions + base)
        self._name(columns.fields)

    def first(self) -> int:
        """The position of the first of its events."""
        return min(each if isinstance(each, int) else int(each[0]) for each in self.positions)

    def _name(self, fields: Mapping[str, object]) -> None:
        if not fields.keys() <= self.names.keys():
            self.names.update(dict.fromkeys(fields))

    def batch(self) -> EventBatch:
        if len(self.runs) == 1 and isinstance(self.runs[0], Columns):
            columns = {_column(name): _array(texts) for name, texts in self.runs[0].fields.items()}
        else:
            names = list(self.names)
            parts = [_texts(run, names) for run in self.runs]
            given = zip(names, zip(*parts, strict=True), strict=True)
            columns = {_column(name): _joined(texts) for name, texts in given}
        columns[ROW_COLUMN] = _decimal(np.hstack(self.positions))
        events = self.runs[0] if len(self.runs) == 1 and isinstance(self.runs[0], list) else _Events(self.runs)
        return EventBatch(self.channel, self.event_id, self.provider, self.log_source, pa.table(columns), events)


def batches(events: Iterable[Event | Block], *, size: int = WINDOW_EVENTS) -> Iterator[EventBatch]:
    """Group events per kind; at most ``size`` events (and 64 MiB of them) are held at a time."""
    for window in windows(events, size=size):
        yield from window


def windows(events: Iterable[Event | Block], *, size: int = WINDOW_EVENTS) -> Iterator[list[EventBatch]]:
    """Cut the events into windows of at most ``size``, and each window into batches, one per kind.

    Batches stand in the order in which their kind first appears. A kind is the channel, the event id,
    the provider, each in its exact spelling, and the logsource. A block is never cut: a larger one is a window, and one
    that fills most of a window ends it.
    """
    if size < 1:
        raise ValueError(f"a window needs at least one event, got size={size}")
    window = _Window()
    for item in events:
        if isinstance(item, Block):
            if window.held and window.held + item.count > size:
                yield window.batches()
                window = _Window()
            window.extend(item)
            full = window.held >= _NEARLY * size
        else:
            window.add(item)
            full = window.held >= size
        del item  # or the block would be held while the next one is read
        if full or window.held_bytes >= WINDOW_BYTES:
            yield window.batches()
            window = _Window()
    if window.held:
        yield window.batches()


class _Window:
    """The groups of one window."""

    def __init__(self) -> None:
        self.held = 0
        self.held_bytes = 0
        self._groups: dict[tuple[object, ...], _Group] = {}
        self._full: list[_Group] = []

    def add(self, event: Event) -> None:
        self._put(event, self.held)
        self.held += 1
        self.held_bytes += _SINGLY * len(event.raw)

    def extend(self, block: Block) -> None:
        for position, event in block.apart:
            self._put(event, self.held + position)
        for columns in block.columns:
            kind = (columns.channel, columns.event_id, columns.provider, columns.log_source)
            self._group(kind, columns.fields).extend(columns, self.held)
        self.held += block.count
        self.held_bytes += block.size_bytes + (_SINGLY - 1) * sum(len(event.raw) for _, event in block.apart)

    def _put(self, event: Event, position: int) -> None:
        kind = (event.channel, event.event_id, event.provider, event.log_source)
        self._group(kind, event.fields).add(event, position)

    def _group(self, kind: tuple[str, str, str, LogSource], fields: Mapping[str, object]) -> _Group:
        group = self._groups.get(kind)
        if group is None:
            group = self._groups[kind] = _Group(*kind)
        elif not group.admits(fields):
            self._full.append(group)
            group = self._groups[kind] = _Group(*kind)
        return group

    def batches(self) -> list[EventBatch]:
        groups = [*self._full, *self._groups.values()]
        groups.sort(key=_Group.first)
        return [group.batch() for group in groups]


def _decimal(numbers: NDArray[np.int64]) -> Any:
    """Whole numbers as texts; those up to some are kept, which is faster than writing them."""
    bits = int(numbers.max()).bit_length()
    return _decimals(bits).take(pa.array(numbers)) if bits <= _KEPT_BITS else pa.array(numbers).cast(pa.string())


@lru_cache(maxsize=_KEPT_BITS + 1)
def _decimals(bits: int) -> Any:
    """The texts of the whole numbers of so many bits."""
    return pa.array(np.arange(1 << bits)).cast(pa.string())


def _array(texts: Texts) -> Any:
    return texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string())


def _joined(parts: Sequence[Texts]) -> Any:
    """The texts of all runs as one Arrow column."""
    if any(isinstance(part, pa.Array) for part in parts):
        arrays = list(map(_array, parts))
        if len(arrays) == 1:
            return arrays[0]
        if any(pa.types.is_dictionary(array.type) for array in arrays):
            return pa.chunked_array([_encoded(array) for array in arrays]).unify_dictionaries().combine_chunks()
        return pa.chunked_array(arrays, pa.string())
    return pa.array(parts[0] if len(parts) == 1 else [*chain.from_iterable(parts)], pa.string())


def _encoded(array: Any) -> Any:
    return array if pa.types.is_dictionary(array.type) else array.dictionary_encode()


def _texts(run: list[Event] | Columns, names: list[str]) -> Iterable[Texts]:
    """The texts of each field, row by row."""
    if isinstance(run, Columns):
        missing = (None,) * len(run.positions)
        return [run.fields.get(name, missing) for name in names]
    rows = [event.fields for event in run]
    if all(list(row) == names for row in rows):
        return zip(*(row.values() for row in rows), strict=True) if names else ()
    return ([row.get(name) for row in rows] for name in names)


def _column(name: str) -> str:
    return f"field.{name}" if name in _RESERVED else name
