from __future__ import annotations

import csv
import io
import math
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from burgrave.engines.sheets import (
    Cell,
    TooLarge,
    Unwritable,
    as_meant,
    harmless,
    read_table,
    sheet_name_of,
    write_csv,
    write_xlsx,
    writing,
)

FORMULAS = [
    "=1+1",
    "+49 30",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1+1",
    "－1",
    '=HYPERLINK("http://x")',
]


def csv_text(*rows: list[Cell], header: tuple[str, ...] = ("a",)) -> str:
    return b"".join(write_csv(header, rows)).decode()


def csv_rows(*rows: list[Cell], header: tuple[str, ...] = ("a",)) -> list[list[str]]:
    text = b"".join(write_csv(header, rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def workbook(*rows: list[Cell], header: tuple[str, ...] = ("a",), sheet_name: str = "Assets") -> bytes:
    out = io.BytesIO()
    assert write_xlsx(header, rows, sheet_name=sheet_name, to=out) == len(rows)
    return out.getvalue()


def xlsx_rows(*rows: list[Cell], header: tuple[str, ...] = ("a",)) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(*rows, header=header)))
    return book.get_sheet_by_index(0).to_python()


def test_a_csv_begins_with_the_mark_that_excel_needs_and_ends_lines_as_the_standard_says() -> None:
    assert csv_text(["工资系统", 1], header=("名称", "价值")) == '\ufeff"名称","价值"\r\n"工资系统",1\r\n'


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_of_a_csv_is_calculated_and_a_reader_gets_it_back(text: str) -> None:
    [[_], [cell]] = csv_rows([text])
    assert cell == "'" + text
    assert as_meant(cell) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_a_name_of_a_column_is_made_harmless_too(text: str) -> None:
    assert csv_rows(header=(text,)) == [["'" + text]]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_of_a_workbook_becomes_a_formula_or_a_link(text: str) -> None:
    content = workbook([text])
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python() == [["a"], [text]]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_what_is_made_harmless_is_got_back(text: str) -> None:
    assert as_meant(harmless(text)) == text


@given(st.text(alphabet="'=+-@ \ta", max_size=6))
def test_what_is_made_harmless_never_begins_with_a_sign_that_calculates(text: str) -> None:
    made = harmless(text)
    assert as_meant(made) == text
    assert made.lstrip(" ")[:1] not in {"=", "+", "-", "@", "\t"}


def test_numbers_stay_numbers_in_a_csv() -> None:
    text = csv_text([-5, -2.5, Decimal("-10.20"), True, None, date(2026, 2, 1)], header=("n",) * 6)
    assert text.splitlines()[1] == '-5,-2.5,-10.20,"yes","","2026-02-01"'


def test_times_of_a_csv_are_in_utc() -> None:
    at = datetime(2026, 2, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert csv_rows([at])[1] == ["2026-02-01 00:00:00"]


def test_values_of_a_workbook_keep_their_kind() -> None:
    at, day = datetime(2026, 2, 1, 12, 30, tzinfo=UTC), date(2026, 2, 1)
    [_, row] = xlsx_rows(["x", -5, Decimal("-2.5"), True, None, day, at, "007"], header=tuple("abcdefgh"))
    assert row == ["x", -5.0, -2.5, True, "", day, datetime(2026, 2, 1, 12, 30), "007"]  # noqa: DTZ001 - as Excel has it


def test_what_excel_cannot_count_is_written_as_text() -> None:
    early = datetime(1899, 1, 1, 1, tzinfo=UTC)
    [_, row] = xlsx_rows([date(1899, 12, 31), early, 2**53 + 1], header=tuple("abc"))
    assert row == ["1899-12-31", "1899-01-01 01:00:00", "9007199254740993"]


@pytest.mark.parametrize("number", [math.nan, math.inf, Decimal("nan")])
def test_what_is_no_number_is_refused_by_line_and_column(number: float | Decimal) -> None:
    with pytest.raises(Unwritable, match=r"line 3, column 2 holds .*: leave the cell empty"):
        csv_rows([1, 1], [1, number])
    with pytest.raises(Unwritable, match="line 3, column 2 holds"):
        workbook([1, 1], [1, number])


def test_a_text_too_long_for_a_workbook_is_refused_and_not_cut() -> None:
    with pytest.raises(TooLarge, match=r"line 2, column 1 has 32768 characters.*write CSV"):
        workbook(["x" * 32_768])
    assert csv_rows(["x" * 32_768])[1] == ["x" * 32_768]


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_ROWS", 2)
    with pytest.raises(TooLarge, match="a sheet holds 2 rows"):
        workbook([1], [2], [3])


def test_controls_and_broken_characters_become_visible() -> None:
    given_text = "a\x00b\x1b\x7f\ud800"
    assert csv_rows([given_text])[1] == ["a␀b␛␡\\ud800"]
    assert xlsx_rows([given_text])[1] == ["a␀b␛␡\\ud800"]


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("Assets", "Assets"),
        ("资产/清单", "资产 清单"),
        ("a[b]:c*d?e\\f", "a b  c d e f"),
        ("'quoted'", "quoted"),
        ("History", "History 1"),
        ("", "Sheet 1"),
        ("x" * 40, "x" * 31),
        ("🙂" * 20, "🙂" * 15),
    ],
)
def test_a_sheet_gets_the_nearest_name_that_excel_takes(given_name: str, name: str) -> None:
    assert sheet_name_of(given_name) == name
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(["x"], sheet_name=given_name)))
    assert book.sheet_names == [name]


def test_columns_are_as_wide_as_their_text_and_chinese_counts_double() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(["工资系统工资系统", "x" * 500], header=("a", "b")))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'min="1" max="1" width="17.7' in sheet
    assert 'min="2" max="2" width="60.7' in sheet


def test_the_same_rows_give_the_same_workbook_however_many() -> None:
    rows: list[list[Cell]] = [[f"name {each}"] for each in range(500)]
    assert workbook(*rows) == workbook(*rows)
    assert len(xlsx_rows(*rows)) == 501


def test_a_workbook_without_columns_is_still_one() -> None:
    assert xlsx_rows(header=()) == []


def test_a_long_csv_comes_in_pieces() -> None:
    pieces = list(write_csv(("a",), ([f"name {each}"] for each in range(20_000))))
    assert len(pieces) > 2
    assert max(map(len, pieces)) < 2 * writing.CSV_CHUNK
    assert len(b"".join(pieces).splitlines()) == 20_001


def test_what_is_written_is_read_again() -> None:
    content = b"".join(write_csv(("name", "value"), [["=1+1", -5], ["two\nlines", 2.5]]))
    table = read_table(content)
    assert [row.cells for row in table.rows] == [("'=1+1", "-5"), ("two\nlines", "2.5")]
    table = read_table(workbook(["=1+1", -5], header=("name", "value")))
    assert table.rows[0].cells == ("=1+1", "-5")
