"""Rows become events: by the mapping that fits the column names, or by that of the stream they are of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.lines import lines_of
from burgrave.engines.events.opening import Stream
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.tables.heads import Head, column_names, is_separator_line
from burgrave.engines.events.tables.rows import NoCells, rows_of
from burgrave.engines.events.tables.terms import TableMapping, plain
from burgrave.engines.events.tables.times import Reader, reader_of
from burgrave.engines.events.terms import EXCERPT_BYTES, JSON, Event, Limits, LogSource, Unreadable
from burgrave.engines.phrases import Phrase


@dataclass(frozen=True, slots=True)
class Told:
    """A column whose cell is not what the mapping says; the row is an event all the same."""

    column: str
    found: str
    expected: Phrase

    @property
    def reason(self) -> Phrase:
        return Phrase(
            "column %(column)s: found %(found)s, expected %(expected)s; it is read without a time",
            column=self.column,
            found=f"{self.found!r:.80}",
            expected=self.expected,
        )


class _Layout:
    """Where in a row each column stands, by the names of the last header line."""

    def __init__(self, names: Sequence[str], mapping: TableMapping) -> None:
        self.names = tuple(names)
        self.keys = frozenset(map(plain, names))
        said = {plain(column): field for column, field in mapping.fields.items()}
        self.fields = tuple(said.get(plain(name), name) for name in names)
        at = {plain(name): place for place, name in enumerate(names)}
        self.clock = tuple(at[plain(name)] for name in mapping.clock.columns if plain(name) in at)

    def is_header(self, cells: Sequence[str]) -> bool:
        return len(cells) == len(self.names) and frozenset(map(plain, column_names(cells))) == self.keys


def read_table_rows(
    stream: Stream, head: Head, mapping: TableMapping, limits: Limits, log_source: LogSource
) -> Iterator[Event | Unreadable]:
    """Yield every row in order. A line of column names may stand anywhere, as where files were put together.

    Raises EventFileError when the stream itself fails, BadFormat for a clock that cannot be read.
    """
    for line, each in read_rows(stream, head, mapping, limits, log_source):
        yield each if not isinstance(each, Told) else Unreadable(stream.name, f"line {line}", each.reason)


def read_rows(
    stream: Stream, head: Head, mapping: TableMapping, limits: Limits, log_source: LogSource
) -> Iterator[tuple[int, Event | Unreadable | Told]]:
    """As `read_table_rows`, each with its line; what is wrong with a time is told apart, behind its event."""
    stream.read(len(head.encoding.mark))
    layout = _Layout(mapping.header or head.header, mapping)
    clock = reader_of(mapping.clock.form, mapping.clock.zone)
    source = mapping.log_source or log_source
    lines = lines_of(stream, head.encoding, limits.line_bytes)
    for row in rows_of(lines, codec=head.encoding.codec, delimiter=head.delimiter, longest=limits.line_bytes):
        if isinstance(row, NoCells):
            yield row.line, Unreadable(stream.name, f"line {row.line}", row.reason, row.raw)
            continue
        cells = row.cells
        if row.line == 1 and is_separator_line(cells, head.delimiter):
            continue
        if layout.is_header(cells):
            layout = _Layout(column_names(cells), mapping)
            continue
        width = len(layout.names)
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) != width:
            reason = Phrase(
                "the row has %(cells)s cells, its table %(columns)s columns", cells=str(len(cells)), columns=str(width)
            )
            yield row.line, Unreadable(stream.name, f"line {row.line}", reason, row.raw[:EXCERPT_BYTES])
            continue
        origin = Origin(stream.name, str(row.line), b"", limits, source)
        try:
            event, told = _event(cells, layout, clock, origin, mapping)
        except RecordRefused as refusal:
            yield row.line, Unreadable(stream.name, f"line {row.line}", str(refusal), row.raw[:EXCERPT_BYTES])
            continue
        yield row.line, event
        if told is not None:
            yield row.line, told


def _event(
    cells: Sequence[str], layout: _Layout, clock: Reader, origin: Origin, mapping: TableMapping
) -> tuple[Event, Told | None]:
    record: dict[str, JSON] = {}
    for field, cell in zip(layout.fields, cells, strict=True):
        if not field:
            continue
        if field in record and cell:
            before = record[field]
            record[field] = f"{before}\n{cell}" if before else cell
        elif field not in record:
            record[field] = cell or None
    raw = json.dumps(dict(zip(layout.names, cells, strict=True)), ensure_ascii=False)
    event = event_of(record, replace(origin, raw=raw))
    at, told = event.at, None
    if layout.clock:
        at, told = _moment(cells, layout, clock, mapping)
    return replace(event, at=at, raw=raw), told


def _moment(
    cells: Sequence[str], layout: _Layout, clock: Reader, mapping: TableMapping
) -> tuple[datetime | None, Told | None]:
    text = " ".join(cells[place].strip() for place in layout.clock)
    at = clock(text)
    if at is not None:
        return at, None
    form = mapping.clock.form
    expected = Phrase("a time as %(form)s", form=form) if form else Phrase("a time of ISO 8601 or since 1970")
    return None, Told(" + ".join(mapping.clock.columns), text, expected)
