"""Bytes in, a table of texts out. XLSX is ECMA-376 in a ZIP archive; CSV is that of RFC 4180 and a little more."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook

from burgrave.engines.sheets.errors import SheetError, TooLarge

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
DELIMITERS = ",;\t|"
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
GUESSES = ("utf-8", "gb18030", "cp1252")
"""In this order; the first that decodes everything is taken, and named."""
MOST_NOTES = 100
LOCAL_NAME_LENGTH, LOCAL_HEADER, STEP = 26, 30, 1024**2
"""Places in the local header of a ZIP entry (APPNOTE 4.3.7), and how much is unpacked at a time."""


class NotASheet(SheetError):
    """The bytes are a CSV text or an XLSX workbook."""


class NoTable(SheetError):
    """A table has a line of column names and at least one row below."""


class DuplicateColumn(SheetError):
    """Two columns have different names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may hold at most. ``unpacked_bytes`` is checked before the workbook is opened."""

    file_bytes: int = 64 * 1024**2
    unpacked_bytes: int = 1024**3
    rows: int = 1_000_000
    columns: int = 200
    cell_characters: int = 32_767


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` is the line of the sheet, the first is 1; there is a cell for every column."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``encoding`` is what the text was read as, or ``xlsx``; ``notes`` tell what a person should look at."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str
    notes: tuple[str, ...]


DEFAULT_LIMITS = Limits()


def read_table(content: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Table:
    """The first line with more than one name is the header, or the first line at all. Raises SheetError."""
    if len(content) > limits.file_bytes:
        raise TooLarge(f"the file has {len(content)} bytes; at most {limits.file_bytes} are read: send it in parts")
    if content.startswith(OLE_MAGIC):
        raise NotASheet("this is a workbook of the old binary kind (.xls): save it as .xlsx or .csv")
    notes: list[str] = []
    if content.startswith(ZIP_MAGIC):
        lines, encoding = _workbook(content, limits=limits, notes=notes), "xlsx"
    else:
        text, encoding = _decoded(content)
        lines = _csv_lines(text, limits=limits)
        if encoding not in {"utf-8", "utf-8-sig"}:
            notes.append(f"the text is not UTF-8 and was read as {encoding}; look at a few names")
    return _table(lines, encoding=encoding, limits=limits, notes=notes)


def _table(lines: Iterable[tuple[int, Sequence[str]]], *, encoding: str, limits: Limits, notes: list[str]) -> Table:
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    for number, given in lines:
        cells = given
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = _header(cells, limits=limits)
            continue
        if len(rows) == limits.rows:
            raise TooLarge(f"the table has more than {limits.rows} rows: send it in parts")
        if len(cells) > len(header):
            if any(cell.strip() for cell in cells[len(header) :]):
                raise NotASheet(
                    f"line {number} has {len(cells)} cells, the header has {len(header)}: "
                    "a delimiter may stand in a text without quotes"
                )
            cells = cells[: len(header)]
        if len(cells) < len(header) and len(notes) < MOST_NOTES:
            notes.append(f"line {number} has {len(cells)} of {len(header)} cells; the others are taken as empty")
        if any(len(cell) > limits.cell_characters for cell in cells):
            raise TooLarge(f"line {number} has a cell of more than {limits.cell_characters} characters")
        rows.append(Row(number, (*(cell.strip() for cell in cells), *[""] * (len(header) - len(cells)))))
    if not rows:
        raise NoTable("there is no row below the column names" if header else "the file holds no table")
    return Table(header=header, rows=tuple(rows), encoding=encoding, notes=tuple(notes))


def _header(cells: Sequence[str], *, limits: Limits) -> tuple[str, ...]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > limits.columns:
        raise TooLarge(f"the table has {len(names)} columns; at most {limits.columns} are read")
    if not all(names):
        raise NoTable(f"column {names.index('') + 1} has no name: give it one or take it out")
    lower = [name.casefold() for name in names]
    if twice := next((name for place, name in enumerate(lower) if name in lower[:place]), None):
        raise DuplicateColumn(f"two columns are named {twice!r}: give one another name")
    return tuple(names)


def _decoded(content: bytes) -> tuple[str, str]:
    named = next((encoding for mark, encoding in BOMS if content.startswith(mark)), None)
    for encoding in (named,) if named else GUESSES:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise NotASheet("the file holds NUL characters and is no text: send .csv or .xlsx")
        return text, encoding
    raise NotASheet("the bytes are no text in UTF-8, UTF-16, GB 18030 or Windows-1252")


def _csv_lines(text: str, *, limits: Limits) -> Iterator[tuple[int, Sequence[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    counts = {each: first.count(each) for each in DELIMITERS}
    delimiter = max(counts, key=lambda each: counts[each])
    csv.field_size_limit(max(limits.cell_characters * 4, 131_072))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotASheet(f"line {reader.line_num} cannot be read as CSV: {error}") from error
        yield reader.line_num, cells


def _workbook(content: bytes, *, limits: Limits, notes: list[str]) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        unpacked = _unpacked(content, most=limits.unpacked_bytes)
    except (zipfile.BadZipFile, NotImplementedError, struct.error, zlib.error) as error:
        raise NotASheet(f"the workbook is damaged: {error}") from error
    if unpacked > limits.unpacked_bytes:
        raise TooLarge(f"the workbook unpacks to more than the {limits.unpacked_bytes} bytes that are read")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [name for name in book.sheet_names if book.get_sheet_by_name(name).to_python(nrows=1)]
        if not names:
            raise NoTable("the workbook holds no sheet with anything in it")
        sheet = book.get_sheet_by_name(names[0])
        lines = sheet.to_python(skip_empty_area=False)
        merged = sheet.merged_cell_ranges or []
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        if isinstance(error, SheetError):
            raise
        raise NotASheet(f"the workbook cannot be read: {error}") from error
    if len(names) > 1:
        notes.append(f"only the first sheet {names[0]!r} was read; there are {len(names)} with something in them")
    for first, last in merged[:MOST_NOTES]:
        notes.append(f"lines {first[0] + 1} to {last[0] + 1} hold merged cells; only the first of them has the value")
    for place, line in enumerate(lines, 1):
        yield place, [_text(cell) for cell in line]


def _unpacked(content: bytes, *, most: int) -> int:
    """How many bytes the archive really unpacks to, counted until ``most`` is passed: its directory may lie."""
    total = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for each in archive.infolist():
            name, extra = struct.unpack_from("<HH", content, each.header_offset + LOCAL_NAME_LENGTH)
            start = each.header_offset + LOCAL_HEADER + name + extra
            packed = content[start : start + each.compress_size]
            total += max(_inflated(packed, most=most - total), each.file_size) if each.compress_type else len(packed)
            if total > most:
                break
    return total


def _inflated(packed: bytes, *, most: int) -> int:
    stream, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while packed and not stream.eof and total <= most:
        total += len(stream.decompress(packed, STEP))
        packed = stream.unconsumed_tail
    return total


def _text(cell: str | float | bool | date | time | datetime | timedelta) -> str:  # noqa: FBT001 - a value, not a switch
    match cell:
        case bool():
            return "yes" if cell else "no"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
