"""Tables out: CSV of RFC 4180 with a byte order mark, and XLSX (ECMA-376). No text in them is ever taken for a formula.

The bytes follow from the arguments alone: the same rows give the same file.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import BinaryIO, TypeAlias

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from burgrave.engines.sheets.errors import SheetError, TooLarge

Cell: TypeAlias = str | int | float | Decimal | date | datetime | None
"""What a cell may hold. A ``bool`` is an ``int`` and is written as yes or no; an aware time is written in UTC."""

CSV_CHUNK = 64 * 1024
MOST_ROWS = 1_048_575
"""Below the header of one sheet of a workbook."""
MOST_CHARACTERS = 32_767
EXACT = 2**53
"""A workbook keeps numbers as doubles; a greater integer is written as text so that no digit changes."""
FIRST_DAY = date(1900, 3, 1)
"""Before it Excel counts a day that never was, so that earlier days are written as text."""
NEVER = datetime(1980, 1, 1)  # noqa: DTZ001 - a workbook has no zone; the date that ZIP archives begin with
SHEET_NAME_LENGTH, SAMPLED_ROWS, NARROWEST, WIDEST = 31, 200, 8, 60

_DANGEROUS = re.compile(r"(?P<kept>'*)\s*[=+\-@＝＋－＠\t\r\n]")
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class Unwritable(SheetError):
    """Every value has a form in a cell."""


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The file in pieces, UTF-8 with a byte order mark, lines ended by CR LF, every text in quotes.

    A text that a spreadsheet would take for a formula gets an apostrophe in front (``harmless``); numbers stay numbers,
    negative ones too. Raises Unwritable for a number that is none (NaN, infinite).
    """
    out = io.StringIO(newline="")
    out.write("\ufeff")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([harmless(name) for name in header])
    for number, row in enumerate(rows, 2):
        writer.writerow([_in_csv(cell, line=number, column=place) for place, cell in enumerate(row, 1)])
        if out.tell() >= CSV_CHUNK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def write_xlsx(
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    sheet_name: str,
    to: BinaryIO,
    made_at: datetime = NEVER,
) -> int:
    """One sheet is in ``to``, written row by row in constant memory; returns how many rows stand below the header.

    Texts stay texts, dates are dates, times are UTC, columns are as wide as their first rows (Chinese counts double).
    Raises TooLarge for what a sheet cannot hold, Unwritable as ``write_csv``.
    """
    book = Workbook(
        to,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": made_at.replace(tzinfo=None)})
    sheet = book.add_worksheet(sheet_name_of(sheet_name))
    bold = book.add_format({"bold": True, "bottom": 1})
    formats = (book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}))
    try:
        for place, name in enumerate(header):
            sheet.write_string(0, place, _plain(name), bold)
        lines = iter(rows)
        sample = list(islice(lines, SAMPLED_ROWS))
        for place, width in enumerate(_widths(header, sample)):
            sheet.set_column(place, place, width)
        written = _write_rows(sheet, sample, at=1, formats=formats)
        written += _write_rows(sheet, lines, at=1 + written, formats=formats)
        sheet.freeze_panes(1, 0)
        if header:
            sheet.autofilter(0, 0, written, len(header) - 1)
    finally:
        book.close()
    return written


def harmless(text: str) -> str:
    """The text for a CSV cell: one more apostrophe in front where a spreadsheet would calculate. See ``as_meant``."""
    plain = _plain(text)
    return f"'{plain}" if _DANGEROUS.match(plain) else plain


def as_meant(text: str) -> str:
    """What ``harmless`` was given, control characters apart."""
    found = _DANGEROUS.match(text)
    return text[1:] if found and found["kept"] else text


def sheet_name_of(text: str) -> str:
    """The nearest name that Excel accepts: 31 UTF-16 units at most, no bracket, colon, slash, star or question mark."""
    name = _NOT_IN_SHEET_NAMES.sub(" ", _plain(text))
    name = name.encode("utf-16-le")[: SHEET_NAME_LENGTH * 2].decode("utf-16-le", "ignore").strip(" '")
    return f"{name} 1" if name.casefold() == "history" else name or "Sheet 1"


def _plain(text: str) -> str:
    """Without characters that no file can carry: controls become their pictures, halves of a pair are spelled out."""
    return text.encode("utf-8", "backslashreplace").decode().translate(_CONTROLS)


def _in_csv(cell: Cell, *, line: int, column: int) -> str | int | float | Decimal:
    shown = _shown(cell)
    if isinstance(shown, float | Decimal):
        return _finite(shown, line=line, column=column)
    return harmless(shown) if isinstance(shown, str) and isinstance(cell, str) else shown


def _shown(cell: Cell) -> str | int | float | Decimal:
    """The value as text, numbers apart."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case datetime():
            return _in_utc(cell).isoformat(sep=" ", timespec="seconds")
        case date():
            return cell.isoformat()
        case _:
            return "" if cell is None else cell


def _write_rows(sheet: Worksheet, rows: Iterable[Sequence[Cell]], *, at: int, formats: tuple[Format, Format]) -> int:
    written = 0
    for place, row in enumerate(rows, at):
        if place > MOST_ROWS:
            raise TooLarge(
                "a sheet holds %(most)s rows below its header: narrow the list down or write CSV", most=MOST_ROWS
            )
        for column, cell in enumerate(row):
            _write_cell(sheet, place, column, cell, formats)
        written += 1
    return written


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, formats: tuple[Format, Format]) -> None:
    match cell:
        case bool():
            sheet.write_boolean(row, column, cell)
        case int() if abs(cell) <= EXACT:
            sheet.write_number(row, column, cell)
        case float() | Decimal():
            sheet.write_number(row, column, float(_finite(cell, line=row + 1, column=column + 1)))
        case datetime() if cell.date() >= FIRST_DAY:
            sheet.write_datetime(row, column, _in_utc(cell), formats[1])
        case date() if not isinstance(cell, datetime) and cell >= FIRST_DAY:
            sheet.write_datetime(row, column, cell, formats[0])
        case _:
            _write_text(sheet, row, column, _plain(str(_shown(cell))))


def _write_text(sheet: Worksheet, row: int, column: int, text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(
            "line %(line)s, column %(column)s has %(length)s characters; "
            "a cell of a workbook holds %(most)s: write CSV",
            line=row + 1,
            column=column + 1,
            length=len(text),
            most=MOST_CHARACTERS,
        )
    if text:
        sheet.write_string(row, column, text)


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _finite(number: float | Decimal, *, line: int, column: int) -> float | Decimal:
    if not math.isfinite(number):
        raise Unwritable(
            "line %(line)s, column %(column)s holds %(number)s, which is no number: leave the cell empty",
            line=line,
            column=column,
            number=number,
        )
    return number


def _widths(header: Sequence[str], sample: Sequence[Sequence[Cell]]) -> list[int]:
    """In characters of the sheet's font; full-width characters take two."""
    columns = [[_width(name) + 2] for name in header]
    for row in sample:
        for place, cell in enumerate(row[: len(columns)]):
            columns[place].append(_width(str(cell)[: WIDEST * 2]) if cell is not None else 0)
    return [min(max(max(widths) + 1, NARROWEST), WIDEST) for widths in columns]


def _width(text: str) -> int:
    lines = (sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line) for line in text.split("\n"))
    return max(lines)
