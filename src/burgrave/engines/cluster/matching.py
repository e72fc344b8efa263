"""What runs on executors: record batches in, record batches of matches out. Spark calls these; so may anyone.

Each is a plain value with the rules as bytes, so that it can be sent; the engine is made where it arrives.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from burgrave.engines.cluster.errors import ForeignFrame
from burgrave.engines.cluster.rows import Rows, text_of
from burgrave.engines.cluster.terms import EVENTS, KNOWN, OUTCOMES, Kind
from burgrave.engines.events import (
    NO_LOG_SOURCE,
    ROW_COLUMN,
    Event,
    EventBatch,
    EventFileError,
    LogSource,
    Unreadable,
    read_events,
    windows,
)
from burgrave.engines.events.batching import COLUMNS_AT_MOST
from burgrave.engines.events.sources import source_of
from burgrave.engines.events.tables import Tables, mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from burgrave.engines.cluster.handed import HandedRules
    from burgrave.engines.detection import Match

_KIND_COLUMNS: Final = ("_channel", "_event_id", "_provider", "_product", "_category", "_service")
_OWN_NAMES: Final = {"_channel": "Channel", "_event_id": "EventID", "_provider": "Provider_Name"}


@dataclass(frozen=True, slots=True)
class MatchFiles:
    """Event files by their paths, each read whole by one task: matches, and what could not be read."""

    handed: HandedRules
    log_source: LogSource = NO_LOG_SOURCE
    mappings: tuple[str, ...] = ()  # of tables as CSV, as they are exported

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for place, path in _paths(batches):
            yield from self._file(place, path)

    def _file(self, place: int, path: Path) -> Iterator[pa.RecordBatch]:
        read = _Reading(place, path, self.log_source, self.mappings)
        engine = self.handed.engine()
        telling = _Telling(self.handed)
        for window in windows(read.events()):
            before = read.taken
            for batch in window:
                places = batch.table[ROW_COLUMN]
                for match in engine.match(batch.table, source=source_of(batch)):
                    event = batch.events[match.row]
                    at = before + int(places[match.row].as_py())
                    read.rows.add(
                        kind=Kind.MATCH,
                        file_place=place,
                        event_place=at,
                        **telling.match(match),
                        **_of_event(event, event_name(event, at)),
                    )
            read.taken += sum(len(batch.events) for batch in window)
            yield from read.rows.full()
        yield from read.rows.rest()


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """Event files by their paths, each read whole by one task: their events."""

    log_source: LogSource = NO_LOG_SOURCE
    mappings: tuple[str, ...] = ()  # of tables as CSV, as they are exported

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = Rows(EVENTS)
        for place, path in _paths(batches):
            for number, event in enumerate(_Reading(place, path, self.log_source, self.mappings).events()):
                source = event.log_source
                rows.add(
                    **{f"_{name}": value for name, value in _of_event(event, event_name(event, number)).items()},
                    _provider=text_of(event.provider),
                    _product=source.product,
                    _category=source.category,
                    _service=source.service,
                    fields=list(event.fields.items()),
                )
                yield from rows.full()
        yield from rows.rest()


@dataclass(frozen=True, slots=True)
class MatchEvents:
    """Events in, matches out, and for each batch a row that says how many were read and how far their time has come.

    Either each row has its fields in a map ``fields``; or every text column whose name does not begin with ``_`` is a
    field, null where an event has none. What else is known of the events stands in the columns of ``KNOWN``, as far
    as there are any.
    """

    handed: HandedRules

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        telling, rows = _Telling(self.handed), Rows(OUTCOMES)
        engine = self.handed.engine()
        for batch in batches:
            known = _known(batch)
            for places, each in _of_one_kind(batch, known):
                for match in engine.match(each.table, source=source_of(each)):
                    row = places[match.row]
                    rows.add(
                        kind=Kind.MATCH,
                        **telling.match(match),
                        **{name[1:]: known[name][row] for name in _TOLD if name in known},
                    )
            newest = max((at for at in known.get("_at", ()) if at is not None), default=None)
            rows.add(kind=Kind.READ, at=newest, reported=False, fields=[("events", str(batch.num_rows))])
            yield from rows.full()
        yield from rows.rest()


_TOLD: Final = ("_event", "_file", "_record_id", "_at", "_computer", "_channel", "_event_id")


class _Telling:
    """What of a match is told, with what Sigma's licence asks for: author and title stay with every match."""

    def __init__(self, handed: HandedRules) -> None:
        ruleset = handed.ruleset()
        self._silent = ruleset.silent
        self._places = {rule.id: place for place, rule in enumerate(ruleset.rules)}

    def match(self, match: Match) -> dict[str, Any]:
        rule = match.rule
        return {
            "rule_id": rule.id,
            "rule_title": rule.title,
            "level": rule.level,
            "author": rule.author,
            "tags": list(rule.tags),
            "fields": list(match.fields.items()),
            "reported": rule.id not in self._silent,
            "given": list(match.values.items()),
            "rule_place": self._places[rule.id],
        }


class _Reading:
    """One file on its way: events as they are read, and rows for what could not be."""

    def __init__(self, place: int, path: Path, log_source: LogSource, mappings: tuple[str, ...]) -> None:
        self._place, self._path, self._log_source = place, path, log_source
        self._tables = Tables(known=tuple(map(mapping_of, mappings)))
        self.rows = Rows(OUTCOMES)
        self.taken = 0
        self._events = self._unplaced = 0
        self._newest: datetime | None = None

    def events(self) -> Iterator[Event]:
        try:
            for item in read_events(
                self._path, log_source=self._log_source, received_at=written_at(self._path), tables=self._tables
            ):
                if isinstance(item, Event):
                    self._events += 1
                    self._unplaced += not item.channel and not item.log_source
                    self._newest = max(filter(None, (item.at, self._newest)), default=None)
                    yield item
                else:
                    self._unreadable(item)
        except EventFileError as refusal:
            self._tell(Kind.REFUSED, type=type(refusal).__name__, sentence=str(refusal))
        self._tell(Kind.READ, events=str(self._events), unplaced=str(self._unplaced))

    def _unreadable(self, item: Unreadable) -> None:
        said = {"position": item.position, "reason": item.reason, "excerpt_hex": item.excerpt.hex()}
        self._tell(Kind.UNREADABLE, **said)

    def _tell(self, kind: Kind, **said: str) -> None:
        fields = [(name, text_of(value)) for name, value in said.items()]
        self.rows.add(
            kind=kind,
            file_place=self._place,
            event_place=self._events,
            file=text_of(str(self._path)),
            at=self._newest if kind is Kind.READ else None,
            reported=False,
            fields=fields,
        )


def event_name(event: Event, place: int) -> str:
    """A name that no other event has: its file, its record, and its place in the file."""
    return "\x1f".join((text_of(event.file), text_of(event.record_id), f"{place:015d}"))


def written_at(path: Path) -> datetime | None:
    """When the file was last written, for times in it that leave out the year."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    except (OSError, ValueError, OverflowError):
        return None


def _of_event(event: Event, name: str) -> dict[str, Any]:
    return {
        "event": name,
        "file": text_of(event.file),
        "record_id": text_of(event.record_id),
        "at": event.at,
        "computer": text_of(event.computer),
        "channel": text_of(event.channel),
        "event_id": text_of(event.event_id),
    }


def _paths(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, Path]]:
    for batch in batches:
        places, paths = batch.column("file_place").to_pylist(), batch.column("path").to_pylist()
        for place, path in zip(places, paths, strict=True):
            yield place, Path(os.fsdecode(path))


def _known(batch: pa.RecordBatch) -> dict[str, list[Any]]:
    """The columns of KNOWN that are there, as values; what the event says of itself where its reader says nothing."""
    found = {name: batch.column(name).to_pylist() for name in KNOWN.names if name in batch.schema.names}
    for name, own in _OWN_NAMES.items():
        if name not in found and own in batch.schema.names:
            found[name] = [value or "" for value in batch.column(own).to_pylist()]
    return found


def _of_one_kind(batch: pa.RecordBatch, known: dict[str, list[Any]]) -> Iterator[tuple[list[int], EventBatch]]:
    """The rows of each kind of event, with their places in the batch."""
    lists = [known.get(name) or [""] * batch.num_rows for name in _KIND_COLUMNS]
    by_kind: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, kind in enumerate(zip(*lists, strict=True)):
        by_kind[tuple(part or "" for part in kind)].append(row)
    given = batch.schema.field("fields").type if "fields" in batch.schema.names else None
    columns = None if given is not None and pa.types.is_map(given) else _columns(batch)
    for kind, rows in by_kind.items():
        whole = len(rows) == batch.num_rows
        if columns is not None:
            yield rows, _batch(kind, columns if whole else columns.take(pa.array(rows)))
            continue
        taken = batch if whole else batch.take(pa.array(rows))
        for places, table in _spread(taken.column("fields").to_pylist(), rows):
            yield places, _batch(kind, table)


def _batch(kind: tuple[str, ...], table: pa.Table) -> EventBatch:
    channel, event_id, provider, *source = kind
    return EventBatch(channel, event_id, provider, LogSource(*source), table, ())


def _columns(batch: pa.RecordBatch) -> pa.Table:
    """The event's own columns. Raises ForeignFrame for columns that are not text."""
    names = [name for name in batch.schema.names if not name.startswith("_")]
    for name in names:
        kind = batch.schema.field(name).type
        if not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
            raise ForeignFrame(
                f"the column {name} is {kind}; every field of an event is text here. "
                "Cast it to string, or name it with an underscore before it if it is no field"
            )
    return _with_rows({name: batch.column(name) for name in names}, batch.num_rows)


def _spread(maps: list[Any], rows: list[int]) -> Iterator[tuple[list[int], pa.Table]]:
    """Rows of maps as columns; several tables where too many names would make one too wide."""
    held: list[tuple[int, dict[str, str | None]]] = []
    names: dict[str, None] = {}
    for row, pairs in zip(rows, maps, strict=True):
        fields = dict(pairs or ())
        if held and len(names.keys() | fields.keys()) > COLUMNS_AT_MOST:
            yield _table(held, list(names))
            held, names = [], {}
        held.append((row, fields))
        names.update(dict.fromkeys(fields))
    if held:
        yield _table(held, list(names))


def _table(held: list[tuple[int, dict[str, str | None]]], names: list[str]) -> tuple[list[int], pa.Table]:
    columns = {_column(name): pa.array([fields.get(name) for _, fields in held], pa.string()) for name in names}
    return [row for row, _ in held], _with_rows(columns, len(held))


def _column(name: str) -> str:
    return f"field.{name}" if name == ROW_COLUMN else name


def _with_rows(columns: dict[str, Any], count: int) -> pa.Table:
    """A table that has its rows even where it has no field."""
    return pa.table({**columns, ROW_COLUMN: pa.array([""] * count, pa.string())})
