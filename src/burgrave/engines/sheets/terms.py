"""Words of the reading of tables: what may be said about a file, what comes out, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from burgrave.engines.sheets.errors import SheetError

MOST_NOTES = 100
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "gb18030", "big5", "shift_jis", "cp1252")
"""What a person may choose; `utf-16` reads both orders of bytes by the mark at the beginning."""
DELIMITERS = ",;\t|"
Line: TypeAlias = "tuple[int, Sequence[str]]"
"""Number of the line, the first is 1, and its cells."""


class NotASheet(SheetError):
    """The bytes are a CSV text or an XLSX workbook."""


class NoTable(SheetError):
    """A table has a line of column names and at least one row below."""


class DuplicateColumn(SheetError):
    """Two columns have different names."""


class FormulaFound(SheetError):
    """A cell holds a value and no formula, where that was asked for."""


class Formulas(StrEnum):
    """``TAKE``: the value that was stored beside the formula, which is noted. Nothing is ever computed here."""

    TAKE = "take"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may hold at most. ``unpacked_bytes`` and ``cells`` are counted before a workbook is opened.

    A workbook is held in memory as a rectangle of ``cells``, 32 bytes each and their texts; a CSV text is read line by
    line, and only ``rows`` bounds it.
    """

    file_bytes: int = 64 * 1024**2
    unpacked_bytes: int = 1024**3
    rows: int = 1_000_000
    columns: int = 200
    cells: int = 4_000_000
    cell_characters: int = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person said about a file; what is empty is guessed. ``header_line`` counts from 1."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 0
    formulas: Formulas = Formulas.TAKE

    def __post_init__(self) -> None:
        if self.encoding and self.encoding not in ENCODINGS:
            raise NotASheet(
                "%(encoding)s is no encoding that is read here: %(known)s",
                encoding=f"{self.encoding!r:.60}",
                known=", ".join(ENCODINGS),
            )
        if self.delimiter and (len(self.delimiter) != 1 or self.delimiter not in DELIMITERS):
            raise NotASheet(
                "%(delimiter)s is no delimiter that is read here: comma, semicolon, tab or bar",
                delimiter=f"{self.delimiter!r:.60}",
            )
        if self.header_line < 0:
            raise NotASheet(
                "lines are counted from 1, got %(line)s for that of the column names", line=self.header_line
            )


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
