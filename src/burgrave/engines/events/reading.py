"""One door for every kind of event file: the content decides which reader is used, never the name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Final

from burgrave.engines.events import chunks, names
from burgrave.engines.events.blocks import Block
from burgrave.engines.events.errors import Archive, EmptyFile, NotAnEventFile, UnknownTable
from burgrave.engines.events.evtx_reader import gather_evtx, read_evtx
from burgrave.engines.events.json_list import looks_like_json_list, read_json_list
from burgrave.engines.events.json_reader import gather_json_lines, looks_like_json_lines, read_json_lines
from burgrave.engines.events.lines import encoding_of
from burgrave.engines.events.opening import HEAD_BYTES, Progress, Stream, opened
from burgrave.engines.events.portions import Portion, chunk_portions, head_of_file, line_portions, opened_portion
from burgrave.engines.events.tables import NO_TABLES, Head, TableMapping, Tables, head_of, read_table_rows, stream_head
from burgrave.engines.events.terms import (
    DEFAULT_LIMITS,
    NO_LOG_SOURCE,
    Event,
    Limits,
    LogSource,
    UnknownText,
    Unreadable,
)
from burgrave.engines.events.texts import Context, format_of, is_text, plain, read_text_log
from burgrave.engines.events.xml_reader import looks_like_event_xml, read_event_xml

_BRACKETED: Final = re.compile(rb"\s*\[\s*[^\s{\]]")  # of a line that begins with a time or a word in brackets
_PRIORITY: Final = re.compile(rb"<\d{1,3}>")  # of a line of syslog, which begins as XML does


def read_events(
    path: str | PathLike[str],
    *,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress | None = None,
    log_source: LogSource = NO_LOG_SOURCE,
    received_at: datetime | None = None,
    unknown: UnknownText = UnknownText.REFUSE,
    tables: Tables = NO_TABLES,
) -> Iterator[Event | Unreadable]:
    """Yield the events of a file in its order, and what could not be read in between.

    ``on_progress`` gets the bytes done and the bytes of the file. ``log_source`` is given to events that do
    not name a Windows channel. ``received_at`` gives the year to times that are written without one; they are
    None without it. ``unknown`` says what becomes of text in no known format, and of such lines in a text log: with
    KEEP each is an event whose ``message`` it is, at the time of the receipt. Raises
    EventFileError when the file as a whole cannot be read, on the first step or on a
    later one (a gzip file that turns out to be damaged or to explode).
    """
    with opened(Path(path), limits=limits, on_progress=on_progress) as stream:
        wishes = _Wishes(limits, log_source, received_at, unknown, tables)
        yield from _items(stream, wishes)  # type: ignore[misc]  # no blocks unless they are wished for


def read_blocks(
    path: str | PathLike[str],
    *,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress | None = None,
    log_source: LogSource = NO_LOG_SOURCE,
    received_at: datetime | None = None,
    unknown: UnknownText = UnknownText.REFUSE,
    tables: Tables = NO_TABLES,
    portion: Portion | None = None,
) -> Iterator[Event | Block | Unreadable]:
    """As ``read_events``, but events of event logs and JSON lines come in blocks, which cost a fraction.

    ``windows`` takes both. What could not be read comes before the events of its block. Of a file that ``portions_of``
    cuts, one ``portion`` can be read.
    """
    if portion is not None:
        with opened_portion(Path(path), portion, limits=limits, on_progress=on_progress) as stream:
            if portion.is_log:
                header = head_of_file(Path(path))[: chunks.FILE_HEADER_BYTES]
                yield from gather_evtx(stream, limits, portion=portion, header=header)
            else:
                yield from gather_json_lines(stream, limits, log_source, first=portion.first)
        return
    with opened(Path(path), limits=limits, on_progress=on_progress) as stream:
        yield from _items(stream, _Wishes(limits, log_source, received_at, unknown, tables, in_blocks=True))


def portions_of(
    path: str | PathLike[str], *, size: int, unknown: UnknownText = UnknownText.REFUSE, tables: Tables = NO_TABLES
) -> list[Portion]:
    """Cut a file into portions of about ``size`` bytes; none where it is small, or is to be read as a whole.

    What ``read_blocks`` gives of all of them, in their order, is what it gives of the file.
    """
    file = Path(path)
    try:
        if not file.is_file() or file.stat().st_size < 2 * size:
            return []
        head = head_of_file(file)
        if _is_event_log(head):
            return chunk_portions(file, size)
        return line_portions(file, size) if _is_json_lines(head, file, tables, unknown) else []
    except OSError:
        return []  # reading it says why


def _is_event_log(head: bytes) -> bool:
    return head.startswith(chunks.FILE_MAGIC) or head.startswith(chunks.CHUNK_MAGIC, chunks.FILE_HEADER_BYTES)


def _is_json_lines(head: bytes, path: Path, tables: Tables, unknown: UnknownText) -> bool:
    """Whether ``read_blocks`` reads a file that begins so as lines of JSON in UTF-8."""
    return (
        bool(head.strip(b"\x00"))
        and not looks_like_event_xml(head)
        and _foreign(head, str(path)) is None
        and _mapped(head, tables) is None
        and not (looks_like_json_list(head) and not (unknown is UnknownText.KEEP and _BRACKETED.match(head)))
        and format_of(head) is None
        and encoding_of(head).unit == 1
        and looks_like_json_lines(head)
    )


@dataclass(frozen=True, slots=True)
class _Wishes:
    """How a file is to be read."""

    limits: Limits
    log_source: LogSource
    received_at: datetime | None
    unknown: UnknownText
    tables: Tables
    in_blocks: bool = False


def _items(stream: Stream, wishes: _Wishes) -> Iterator[Event | Block | Unreadable]:
    limits, log_source, unknown = wishes.limits, wishes.log_source, wishes.unknown
    head = stream.peek(HEAD_BYTES)
    if _is_event_log(head):
        yield from (gather_evtx if wishes.in_blocks else read_evtx)(stream, limits)
    elif not head.strip(b"\x00"):
        raise EmptyFile(f"{stream.name} holds nothing but zeros")
    elif looks_like_event_xml(head):
        yield from read_event_xml(stream, limits, log_source)
    elif (refusal := _foreign(head, stream.name)) is not None:
        raise refusal
    elif (table := _mapped(head, wishes.tables)) is not None:
        yield from read_table_rows(stream, *table, limits, log_source)
    elif looks_like_json_list(head) and not (unknown is UnknownText.KEEP and _BRACKETED.match(head)):
        yield from read_json_list(stream, limits, log_source)
    else:
        yield from _lines(stream, head, wishes)


def _lines(stream: Stream, head: bytes, wishes: _Wishes) -> Iterator[Event | Block | Unreadable]:
    """What is text, a line an event: of a known format, JSON, or none that is known. Raises NotAnEventFile."""
    limits, log_source, unknown = wishes.limits, wishes.log_source, wishes.unknown
    context = Context(limits=limits, received_at=wishes.received_at, unknown=unknown)
    if (form := format_of(head)) is not None:
        return read_text_log(stream, form, context, log_source)
    if looks_like_json_lines(head):
        return (gather_json_lines if wishes.in_blocks else read_json_lines)(stream, limits, log_source)
    strange = head_of(head)
    if strange is not None and strange.looks_like_a_table and _is_asked(strange, wishes.tables, unknown):
        columns = ", ".join(strange.header)[:400]
        raise UnknownTable(f"{stream.name} is a table whose columns no mapping knows: {columns}", header=strange.header)
    if unknown is UnknownText.KEEP and is_text(head):
        return read_text_log(stream, plain.FORMAT, context, log_source)
    raise NotAnEventFile(
        f"{stream.name} is neither a Windows event log (EVTX), JSON lines, nor a text log that is known here; "
        f"it begins with {head[:8].hex()}"
    )


def _foreign(head: bytes, name: str) -> Archive | NotAnEventFile | None:
    """Word the refusal for content of another known kind."""
    if head.startswith(b"\x1f\x8b"):
        return Archive(f"{name} is gzip inside gzip; unpack it first")
    for magic, kind in names.FOREIGN_MAGIC.items():
        if head.startswith(magic):
            return Archive(f"{name} is {kind}; unpack it first")
    for magic, kind in names.FOREIGN_FORMATS.items():
        if head.startswith(magic) and not _PRIORITY.match(head):
            return NotAnEventFile(f"{name} is {kind}, expected a Windows event log (EVTX), JSON lines or a text log")
    return None


def _mapped(head: bytes, tables: Tables) -> tuple[Head, TableMapping] | None:
    """How the file begins as a table, and the mapping of its rows; None when no mapping is for it."""
    if tables.stream is not None:
        found = None if looks_like_json_lines(head) else stream_head(head, tables.stream)
        return None if found is None else (found, tables.stream)
    if not tables.known:
        return None
    for encoding, delimiter in dict.fromkeys((each.encoding, each.delimiter) for each in tables.known):
        found = head_of(head, encoding=encoding, delimiter=delimiter)
        mapping = None if found is None else tables.mapping_for(found.header)
        if found is not None and mapping is not None and (mapping.encoding, mapping.delimiter) == (encoding, delimiter):
            return found, mapping
    return None


def _is_asked(head: Head, tables: Tables, unknown: UnknownText) -> bool:
    """Whether somebody is to say what the columns are. Text that may be kept as lines has to look more like a table."""
    fewest = 3 if unknown is UnknownText.KEEP else 2
    return (tables.asks or unknown is UnknownText.REFUSE) and len(head.header) >= fewest and head.rows > 0
