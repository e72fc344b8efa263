"""A dry run: the first rows of an example, as the mapping makes events of them, with every fault and its line."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from burgrave.engines.events.errors import EventFileError
from burgrave.engines.events.opening import HEAD_BYTES, Stream
from burgrave.engines.events.tables.heads import Head, head_of, stream_head
from burgrave.engines.events.tables.reading import Told, read_rows
from burgrave.engines.events.tables.rows import Cells, rows_of
from burgrave.engines.events.tables.terms import BadTable, TableMapping
from burgrave.engines.events.terms import DEFAULT_LIMITS, NO_LOG_SOURCE, Event
from burgrave.engines.phrases import Phrase

TRIED_ROWS: Final = 50
EXAMPLE_BYTES: Final = HEAD_BYTES


class NoExample(BadTable):
    """An example is a text whose first line holds the column names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``column`` is empty where the row as a whole cannot be read."""

    line: int
    column: str
    found: str
    expected: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``rows`` were tried, and gave ``events``, each with its line, and ``faults``; a time that is none gives both."""

    rows: int
    events: tuple[tuple[int, Event], ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The first rows of a table, as cells."""

    head: Head
    rows: tuple[tuple[str, ...], ...]


def first_rows(content: bytes, *, encoding: str = "", delimiter: str = "", most: int = TRIED_ROWS) -> Example:
    """The column names and the first rows that have a cell for each. Raises NoExample."""
    head = head_of(content, encoding=encoding, delimiter=delimiter)
    if head is None:
        raise NoExample("the first line holds no two column names with a comma, semicolon, tab or bar between them")
    body = content.removeprefix(head.encoding.mark).decode(head.encoding.codec, errors="replace")
    lines = ((place, each.encode(), False) for place, each in enumerate(body.split("\n"), start=1))
    rows = rows_of(lines, codec="utf-8", delimiter=head.delimiter, longest=EXAMPLE_BYTES)
    below = (
        tuple(row.cells)
        for row in rows
        if isinstance(row, Cells) and row.line > head.line and len(row.cells) == len(head.header)
    )
    return Example(head=head, rows=tuple(islice(below, most)))


def tried(content: bytes, mapping: TableMapping) -> Trial:
    """What the first rows become. Raises BadTable."""
    head = head_of(content, encoding=mapping.encoding, delimiter=mapping.delimiter)
    if head is None or not mapping.fits(head.header):
        head = stream_head(content, mapping)
    if head is None:
        raise NoExample(
            "the rows are none of this table: its columns are %(columns)s", columns=", ".join(mapping.header)[:400]
        )
    whole = io.BytesIO(_whole_rows(content, head))
    stream = Stream(whole, "example", total=len(content), limits=DEFAULT_LIMITS, on_progress=None)
    rows: set[int] = set()
    events: list[tuple[int, Event]] = []
    faults: list[Fault] = []
    try:
        for line, each in read_rows(stream, head, mapping, DEFAULT_LIMITS, NO_LOG_SOURCE):
            if line not in rows and len(rows) == TRIED_ROWS:
                break
            rows.add(line)
            if isinstance(each, Event):
                events.append((line, each))
            elif isinstance(each, Told):
                faults.append(Fault(line=line, column=each.column, found=each.found, expected=each.expected))
            else:
                text = each.excerpt.decode(head.encoding.codec, errors="backslashreplace")
                faults.append(Fault(line=line, column="", found=text, expected=_phrase(each.reason)))
    except EventFileError as refusal:
        raise NoExample("the example cannot be read: %(why)s", why=refusal) from refusal
    return Trial(rows=len(rows), events=tuple(events), faults=tuple(faults))


def sample_cell(rows: Sequence[Sequence[str]], place: int) -> str:
    """The first cell of a column that says something."""
    return next((row[place] for row in rows if row[place].strip()), "")


def _whole_rows(content: bytes, head: Head) -> bytes:
    """The example without its last line where it was cut off in the middle of one."""
    if len(content) < EXAMPLE_BYTES:
        return content
    end = content.rfind(head.encoding.newline)
    return content[: end + head.encoding.unit] if end > 0 else content


def _phrase(reason: str) -> Phrase:
    return reason if isinstance(reason, Phrase) else Phrase(reason)
