"""XLSX (ECMA-376 in a ZIP archive): what it really holds is measured before anything opens it."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from burgrave.engines.phrases import Phrase
from burgrave.engines.sheets.errors import SheetError, TooLarge
from burgrave.engines.sheets.terms import (
    MOST_NOTES,
    Choices,
    FormulaFound,
    Formulas,
    Limits,
    Line,
    NoTable,
    NotASheet,
)

LOCAL_NAME_LENGTH, LOCAL_HEADER, STEP = 26, 30, 1024**2
"""Places in the local header of a ZIP entry (APPNOTE 4.3.7), and how much is unpacked at a time."""
MARGIN = 8_192
"""So much of a piece is kept for the next one, in case a cell stands across their border."""
MOST_DIGITS, MOST_LETTERS = 12, 6
"""Longer names of cells are counted by their beginning, which is far outside of any sheet already."""
MOST_DIRECTORY_BYTES = 4 * 1024**2
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_RELATION_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
UNREADABLE = (
    CalamineError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    struct.error,
    zlib.error,
)
"""What the libraries raise about a damaged archive."""
REFERENCE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)([0-9]+)""")
# Almost every program writes places like this, so that most texts need no slower look.
USUAL_REFERENCE = re.compile(rb'<(?:c|row) r="([A-Za-z]*)([0-9]+)')
ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
STORED_VALUE = re.compile(rb"<(?:\w+:)?v>")
CELL_END = re.compile(rb"</(?:\w+:)?c>")


@dataclass(slots=True)
class Part:
    """What the XML of one sheet holds, as far as it can be seen without reading it whole.

    A cell may leave its place out and then stands right of the one before; ``widest`` counts those of one row.
    """

    last_line: int = 0
    letters: set[bytes] = field(default_factory=set)
    widest: int = 0
    formulas: int = 0
    first_formula: str = ""
    without_value: int = 0
    _placed: int = 0
    _tags: int = 0
    _rows: int = 0
    _in_row: int = 0
    _kept: bytes = b""
    _seen: int = 0

    @property
    def is_filled(self) -> bool:
        return self._tags > 0

    @property
    def cells(self) -> int:
        """How many the rectangle from the first to the last of them has, or more."""
        columns = max(map(_column_number, self.letters), default=0)
        if self._tags > self._placed:
            columns += self.widest
        return max(self.last_line, self._rows) * columns

    def look(self, piece: bytes, *, is_last: bool = False) -> None:
        """Count what begins in the piece. What stands near its end is left until more is known of it."""
        window = self._kept + piece
        until = len(window) if is_last else max(self._seen, window.rfind(b"<", 0, max(0, len(window) - MARGIN)))
        self._count(window[self._seen : until])
        for found in FORMULA.finditer(window, self._seen, until):
            self.formulas += 1
            if not self.first_formula:
                before = REFERENCE.search(window, max(0, window.rfind(b"<c", 0, found.start())), found.start())
                self.first_formula = b"".join(before.groups()).decode() if before else f"one in line {self.last_line}"
            end = CELL_END.search(window, found.end())
            if end is not None and not STORED_VALUE.search(window, found.end(), end.start()):
                self.without_value += 1
        back = max(0, until - MARGIN)
        self._kept, self._seen = window[back:], until - back

    def _count(self, text: bytes) -> None:
        cells, rows = text.count(b'<c r="'), text.count(b'<row r="')
        is_usual = cells == text.count(b"<c") - text.count(b"<col") and rows == text.count(b"<row")
        if is_usual and b":c" not in text and b":row" not in text:
            self._count_places(USUAL_REFERENCE.findall(text))
            self._tags, self._placed = self._tags + cells, self._placed + cells
        else:
            self._count_any(text)

    def _count_any(self, text: bytes) -> None:
        places = REFERENCE.findall(text)
        self._count_places(places)
        self._placed += sum(1 for letters, _digits in places if letters)
        for place, row in enumerate(ROW.split(text)):
            tags = len(CELL.findall(row))
            self._in_row = tags + (self._in_row if not place else 0)
            self._rows += place > 0
            self._tags += tags
            self.widest = max(self.widest, self._in_row)

    def _count_places(self, places: list[tuple[bytes, bytes]]) -> None:
        if places:
            letters, digits = map(set, zip(*places, strict=True))
            self.letters |= {each[:MOST_LETTERS] for each in letters}
            self.last_line = max(self.last_line, *(int(each[:MOST_DIGITS]) for each in digits))


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet that can be read again and again, and the names of all sheets with something in them."""

    name: str
    names: tuple[str, ...]
    lines: int
    sheet: CalamineSheet

    def read(self) -> Iterator[Line]:
        """Every line from the first. Columns that are empty to the left of the table are left out."""
        for number, line in enumerate(self.sheet.iter_rows(), 1):
            yield number, [_text(cell) for cell in line]


def open_workbook(content: bytes, *, choices: Choices, limits: Limits, notes: list[str]) -> Opened:
    """The chosen sheet, or the first with anything in it; what is doubtful goes to ``notes``. Raises SheetError."""
    try:
        parts = _measured(content, limits=limits)
        names = _sheet_parts(content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        filled = tuple(name for name in book.sheet_names if parts.get(names.get(name, ""), Part()).is_filled)
        if not filled:
            raise NoTable("the workbook holds no sheet with anything in it")
        name = choices.sheet or filled[0]
        if name not in filled:
            raise NoTable(
                "there is no sheet %(name)s with anything in it; there is %(others)s",
                name=f"{name!r:.60}",
                others=", ".join(filled)[:300],
            )
        part = parts[names[name]]
        if part.cells > limits.cells:
            raise TooLarge(
                "the sheet %(name)s spans %(cells)s cells; of a workbook at most %(most)s are read: "
                "save it as .csv, which is read line by line, or send it in parts",
                name=f"{name!r:.60}",
                cells=part.cells,
                most=limits.cells,
            )
        sheet = book.get_sheet_by_name(name)
        merged = sheet.merged_cell_ranges or []
    except UNREADABLE as error:
        if isinstance(error, SheetError):
            raise
        raise NotASheet("the workbook is damaged and cannot be read: %(why)s", why=str(error)) from error
    if not choices.sheet and len(filled) > 1:
        notes.append(
            Phrase(
                "only the first sheet %(name)s was read; there are %(count)s with something in them",
                name=repr(name),
                count=str(len(filled)),
            )
        )
    _note_formulas(part, choices=choices, notes=notes)
    for first, last in merged[:MOST_NOTES]:
        cells = _range(first, last)
        notes.append(Phrase("the merged cells %(cells)s have their value in the first of them only", cells=cells))
    return Opened(name=name, names=filled, lines=sheet.height, sheet=sheet)


def _note_formulas(part: Part, *, choices: Choices, notes: list[str]) -> None:
    if not part.formulas:
        return
    if choices.formulas is Formulas.REFUSE:
        raise FormulaFound(
            "%(count)s cells hold a formula, %(first)s the first of them: "
            "put the values in their place, or let the stored values be taken",
            count=part.formulas,
            first=part.first_formula,
        )
    notes.append(
        Phrase(
            "%(count)s cells hold a formula, %(first)s the first of them; "
            "the values that were stored with them were taken, nothing was computed",
            count=str(part.formulas),
            first=str(part.first_formula),
        )
    )
    if part.without_value:
        notes.append(
            Phrase(
                "%(count)s formulas have no stored value and give an empty cell: "
                "open the file in a spreadsheet program, and save it again",
                count=str(part.without_value),
            )
        )


def _measured(content: bytes, *, limits: Limits) -> dict[str, Part]:
    """What each sheet holds. The archive is unpacked to be counted, since its directory may lie. Raises TooLarge."""
    total, found = 0, {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for each in archive.infolist():
            name, extra = struct.unpack_from("<HH", content, each.header_offset + LOCAL_NAME_LENGTH)
            start = each.header_offset + LOCAL_HEADER + name + extra
            packed = memoryview(content)[start : start + each.compress_size]
            part = Part() if each.filename.lower().startswith("xl/worksheets/") else None
            unpacked = _unpacked(bytes(packed), part, stored=not each.compress_type, most=limits.unpacked_bytes - total)
            total += max(unpacked, each.file_size) if each.compress_type else unpacked
            if total > limits.unpacked_bytes:
                raise TooLarge(
                    "the workbook unpacks to more than the %(most)s bytes that are read", most=limits.unpacked_bytes
                )
            if part is not None:
                found[each.filename.lower()] = part
    return found


def _unpacked(packed: bytes, part: Part | None, *, stored: bool, most: int) -> int:
    total = 0
    for piece in [packed] if stored else _inflated(packed):
        total += len(piece)
        if total > most:
            return total
        if part is not None:
            part.look(piece)
    if part is not None:
        part.look(b"", is_last=True)
    return total


def _inflated(packed: bytes) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    while packed and not stream.eof:
        yield stream.decompress(packed, STEP)
        packed = stream.unconsumed_tail


def _sheet_parts(content: bytes) -> dict[str, str]:
    """The part of every sheet, by the name that people see. Raises NotASheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {each.filename.lower(): each for each in archive.infolist()}
        if BOOK not in names or RELATIONS not in names:
            raise NotASheet("the workbook cannot be read: it has no directory of its sheets; save it as .xlsx or .csv")
        book, relations = (_xml(archive, names[each]) for each in (BOOK, RELATIONS))
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    found = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            target = targets.get(sheet.get(RELATION_ID) or sheet.get(STRICT_RELATION_ID), "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            found[sheet.get("name", "")] = path.lower()
    return found


def _xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Element:
    with archive.open(entry) as file:
        text = file.read(MOST_DIRECTORY_BYTES + 1)
    if len(text) > MOST_DIRECTORY_BYTES:
        raise TooLarge("the workbook has a directory of more than %(most)s bytes", most=MOST_DIRECTORY_BYTES)
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError) as error:
        raise NotASheet(
            "the workbook cannot be read: %(part)s is no XML: %(why)s", part=entry.filename, why=f"{error!r:.200}"
        ) from error
    return root


def _column_number(letters: bytes) -> int:
    number = 0
    for each in letters.upper():
        number = number * 26 + each - ord("A") + 1
    return number


def _range(first: tuple[int, int], last: tuple[int, int]) -> str:
    return ":".join(f"{_letters(column)}{line + 1}" for line, column in (first, last))


def _letters(column: int) -> str:
    text, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _text(cell: str | float | bool | date | time | datetime | timedelta) -> str:  # noqa: FBT001 - a value, not a switch
    if isinstance(cell, str):
        return cell
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
