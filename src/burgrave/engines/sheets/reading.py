"""Bytes in, a table of texts out: its rows come one at a time, and as often as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from burgrave.engines.phrases import Phrase
from burgrave.engines.sheets.errors import TooLarge
from burgrave.engines.sheets.terms import (
    MOST_NOTES,
    Choices,
    DuplicateColumn,
    Limits,
    Line,
    NoTable,
    NotASheet,
    Row,
    Table,
)
from burgrave.engines.sheets.text import csv_lines, delimiter_of, encoding_of, notes_on
from burgrave.engines.sheets.workbook import open_workbook

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
DEFAULT_LIMITS, NO_CHOICES = Limits(), Choices()


@dataclass(slots=True, kw_only=True)
class Sheet:
    """An opened table. ``encoding``, ``delimiter`` and ``name`` are what was taken; ``names`` are all filled sheets.

    ``lines`` is about how many there are. ``notes`` are complete once the rows were read to their end.
    """

    header: tuple[str, ...]
    header_line: int
    encoding: str
    delimiter: str
    name: str
    names: tuple[str, ...]
    lines: int
    notes: list[str]
    _read: Callable[[], Iterator[Line]]
    _limits: Limits
    _was_read: bool = field(default=False)

    def rows(self) -> Iterator[Row]:
        """Every row below the column names, from the first, whenever this is called. Raises SheetError."""
        width, count = len(self.header), 0
        empty = [""] * width
        for number, cells in self._read():
            if number <= self.header_line or not any(map(str.strip, cells)):
                continue
            if count == self._limits.rows:
                raise TooLarge("the table has more than %(most)s rows: send it in parts", most=self._limits.rows)
            count += 1
            stripped = [cell.strip() for cell in cells]
            if len(cells) != width:
                stripped = self._fitted(number, stripped) + empty[len(cells) :]
            if max(map(len, stripped)) > self._limits.cell_characters:
                raise TooLarge(
                    "line %(line)s has a cell of more than %(most)s characters",
                    line=number,
                    most=self._limits.cell_characters,
                )
            yield Row(number, tuple(stripped))
        if not count:
            raise NoTable("there is no row below the column names")
        self._was_read = True

    def _fitted(self, number: int, cells: list[str]) -> list[str]:
        width = len(self.header)
        if any(cells[width:]):
            raise NotASheet(
                "line %(line)s has %(cells)s cells, the header has %(width)s: "
                "a delimiter may stand in a text without quotes",
                line=number,
                cells=len(cells),
                width=width,
            )
        if len(cells) < width and len(self.notes) < MOST_NOTES and not self._was_read:
            self.notes.append(
                Phrase(
                    "line %(line)s has %(cells)s of %(width)s cells; the others are taken as empty",
                    line=str(number),
                    cells=str(len(cells)),
                    width=str(width),
                )
            )
        return cells[:width]


def open_sheet(content: bytes, *, choices: Choices = NO_CHOICES, limits: Limits = DEFAULT_LIMITS) -> Sheet:
    """The first line that is not empty, or the chosen one, holds the column names. Raises SheetError."""
    if len(content) > limits.file_bytes:
        raise TooLarge(
            "the file has %(bytes)s bytes; at most %(most)s are read: send it in parts",
            bytes=len(content),
            most=limits.file_bytes,
        )
    if content.startswith(OLE_MAGIC):
        raise NotASheet("this is a workbook of the old binary kind (.xls): save it as .xlsx or .csv")
    notes: list[str] = []
    if content.startswith(ZIP_MAGIC):
        opened = open_workbook(content, choices=choices, limits=limits, notes=notes)
        header_line, header = _header(opened.read(), choices=choices, limits=limits)
        return Sheet(
            header=header,
            header_line=header_line,
            encoding="xlsx",
            delimiter="",
            name=opened.name,
            names=opened.names,
            lines=opened.lines,
            notes=notes,
            _read=opened.read,
            _limits=limits,
        )
    encoding = encoding_of(content, chosen=choices.encoding)
    delimiter = choices.delimiter or delimiter_of(content, encoding=encoding)

    def read() -> Iterator[Line]:
        return csv_lines(content, encoding=encoding, delimiter=delimiter, limits=limits)

    header_line, header = _header(read(), choices=choices, limits=limits)
    return Sheet(
        header=header,
        header_line=header_line,
        encoding=encoding,
        delimiter=delimiter,
        name="",
        names=(),
        lines=content.count(b"\n") + 1,
        notes=[*notes, *notes_on(encoding, choices)],
        _read=read,
        _limits=limits,
    )


def read_table(content: bytes, *, choices: Choices = NO_CHOICES, limits: Limits = DEFAULT_LIMITS) -> Table:
    """The whole table at once, for what is known to be small. Raises SheetError."""
    sheet = open_sheet(content, choices=choices, limits=limits)
    rows = tuple(sheet.rows())
    return Table(header=sheet.header, rows=rows, encoding=sheet.encoding, notes=tuple(sheet.notes))


def _header(lines: Iterator[Line], *, choices: Choices, limits: Limits) -> tuple[int, tuple[str, ...]]:
    for number, cells in lines:
        if number < choices.header_line:
            continue
        if any(cell.strip() for cell in cells):
            return number, _names(cells, limits=limits)
    raise NoTable("the file holds no table")


def _names(cells: Sequence[str], *, limits: Limits) -> tuple[str, ...]:
    names = [cell.strip() for cell in cells]
    while not names[-1]:
        names.pop()
    if len(names) > limits.columns:
        raise TooLarge(
            "the table has %(columns)s columns; at most %(most)s are read", columns=len(names), most=limits.columns
        )
    if not all(names):
        raise NoTable("column %(column)s has no name: give it one or take it out", column=names.index("") + 1)
    if long := next((name for name in names if len(name) > limits.cell_characters), None):
        raise TooLarge(
            "a column name has %(length)s characters; at most %(most)s are read",
            length=len(long),
            most=limits.cell_characters,
        )
    lower = [name.casefold() for name in names]
    if twice := next((name for place, name in enumerate(lower) if name in lower[:place]), None):
        raise DuplicateColumn("two columns are named %(name)s: give one another name", name=f"{twice!r:.80}")
    return tuple(names)
