"""Events become narrow Arrow tables, one per kind of event, in windows of bounded size."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from burgrave.engines.events.terms import MEBIBYTE, Event, LogSource

WINDOW_BYTES: Final = 64 * MEBIBYTE
COLUMNS_AT_MOST: Final = 2_000
ROW_COLUMN: Final = "_row"
_RESERVED: Final = frozenset({ROW_COLUMN})


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events of one kind. Row n of ``table`` is ``events[n]``; a field that an event lacks is null there.

    Every column is text. ``_row`` is the event's position in the window, so that matches can be put back into the
    order of reading.
    """

    channel: str
    event_id: str
    provider: str
    log_source: LogSource
    table: pa.Table
    events: Sequence[Event]


@dataclass(slots=True)
class _Group:
    events: list[Event] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)

    def admits(self, event: Event) -> bool:
        if not self.events or event.fields.keys() <= self.names.keys():
            return True
        return len(self.names.keys() | event.fields.keys()) <= COLUMNS_AT_MOST

    def add(self, event: Event, position: int) -> None:
        self.events.append(event)
        self.positions.append(position)
        if not event.fields.keys() <= self.names.keys():
            self.names.update(dict.fromkeys(event.fields))

    def batch(self) -> EventBatch:
        rows = [event.fields for event in self.events]
        names = list(self.names)
        columns = {
            _column(name): pa.array(texts, pa.string()) for name, texts in zip(names, _texts(rows, names), strict=True)
        }
        columns[ROW_COLUMN] = pa.array([str(position) for position in self.positions], pa.string())
        first = self.events[0]
        return EventBatch(
            first.channel, first.event_id, first.provider, first.log_source, pa.table(columns), self.events
        )


def batches(events: Iterable[Event], *, size: int = 10_000) -> Iterator[EventBatch]:
    """Group events per kind; at most ``size`` events (and 64 MiB of them) are held at a time."""
    for window in windows(events, size=size):
        yield from window


def windows(events: Iterable[Event], *, size: int = 10_000) -> Iterator[list[EventBatch]]:
    """Cut the events into windows of at most ``size``, and each window into batches, one per kind.

    Batches stand in the order in which their kind first appears. A kind is the channel, the event id,
    the provider, each in its exact spelling, and the logsource.
    """
    if size < 1:
        raise ValueError(f"a window needs at least one event, got size={size}")
    groups: dict[tuple[object, ...], _Group] = {}
    full: list[_Group] = []
    held, held_bytes = 0, 0
    for event in events:
        kind = (event.channel, event.event_id, event.provider, event.log_source)
        group = groups.setdefault(kind, _Group())
        if not group.admits(event):
            full.append(group)
            group = groups[kind] = _Group()
        group.add(event, held)
        held += 1
        held_bytes += len(event.raw)
        if held >= size or held_bytes >= WINDOW_BYTES:
            yield [each.batch() for each in (*full, *groups.values())]
            groups, full, held, held_bytes = {}, [], 0, 0
    if held:
        yield [each.batch() for each in (*full, *groups.values())]


def _texts(rows: Sequence[Mapping[str, str | None]], names: list[str]) -> Iterable[Sequence[str | None]]:
    """The texts of each field, row by row."""
    if all(list(row) == names for row in rows):
        return zip(*(row.values() for row in rows), strict=True) if names else ()
    return ([row.get(name) for row in rows] for name in names)


def _column(name: str) -> str:
    return f"field.{name}" if name in _RESERVED else name
