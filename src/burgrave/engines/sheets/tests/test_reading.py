from __future__ import annotations

import contextlib
import csv
import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines import sheets
from burgrave.engines.sheets import Choices, Formulas, Limits, SheetError, open_sheet, read_table
from burgrave.engines.sheets.workbook import Part


def workbook(*lines: list[object], merge: str = "", sheets_after: int = 0) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Inventory")
    for place, line in enumerate(lines):
        for column, cell in enumerate(line):
            if isinstance(cell, str) and cell.startswith("="):
                sheet.write_formula(place, column, cell, None, 42)
            elif isinstance(cell, date):
                sheet.write_datetime(place, column, cell)
            else:
                sheet.write(place, column, cell)
    if merge:
        sheet.merge_range(merge, "merged")
    for each in range(sheets_after):
        book.add_worksheet(f"Other {each}").write(0, 0, "x")
    book.close()
    return out.getvalue()


def cells(content: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in read_table(content).rows]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("gb18030", "gb18030")],
)
def test_a_text_is_read_in_its_encoding_and_that_is_said(encoding: str, said: str) -> None:
    table = read_table("名称,部门\n工资系统,财务部\n".encode(encoding))
    assert (table.header, table.rows[0].cells, table.encoding) == (("名称", "部门"), ("工资系统", "财务部"), said)
    assert bool(table.notes) == (not said.startswith("utf-8"))


def test_what_no_other_encoding_reads_is_taken_as_windows_text() -> None:
    table = read_table("name;café\nx;\x81".encode("latin-1").replace(b"\x81", b"\xe9"))
    assert table.encoding in {"gb18030", "cp1252"}
    assert table.notes


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_each_delimiter_is_found(delimiter: str) -> None:
    text = f'a{delimiter}b\n"x{delimiter}y"{delimiter}"two\nlines"\n'
    assert cells(text.encode()) == [(f"x{delimiter}y", "two\nlines")]


def test_rows_keep_their_line_and_empty_ones_are_passed_over() -> None:
    table = read_table(b"\n\nname,unit\n\nA,\nB\n , \n")
    assert [(row.number, row.cells) for row in table.rows] == [(5, ("A", "")), (6, ("B", ""))]
    assert table.notes == ("line 6 has 1 of 2 cells; the others are taken as empty",)


def test_a_workbook_gives_texts_numbers_and_days_as_a_person_reads_them() -> None:
    content = workbook(["name", "count", "share", "day", "ok"], ["007", 7, 0.5, date(2026, 3, 2), True])
    assert cells(content) == [("007", "7", "0.5", "2026-03-02", "yes")]


def test_a_formula_gives_its_stored_value_and_is_never_computed() -> None:
    assert cells(workbook(["name", "n"], ["A", '=HYPERLINK("http://x","y")'])) == [("A", "42")]
    assert cells(b"name,n\nA,=1+1\n") == [("A", "=1+1")]


def test_merged_cells_and_further_sheets_are_noted() -> None:
    notes = read_table(workbook(["name", "unit"], ["A", "x"], merge="A4:B5", sheets_after=1)).notes
    assert notes == (
        "only the first sheet 'Inventory' was read; there are 2 with something in them",
        "the merged cells A4:B5 have their value in the first of them only",
    )


def test_a_formula_is_named_by_its_cell_or_refused_where_that_is_asked_for() -> None:
    content = workbook(["name", "n"], *[["A" * 50, each] for each in range(30_000)], ["A", "=1+1"], ["B", "=2+2"])
    assert read_table(content).notes == (
        (
            "2 cells hold a formula, B30002 the first of them; "
            "the values that were stored with them were taken, nothing was computed"
        ),
    )
    with pytest.raises(sheets.FormulaFound, match="2 cells hold a formula, B30002 the first of them"):
        open_sheet(content, choices=Choices(formulas=Formulas.REFUSE))


def rewritten(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The same archive, stored without compression, with the bytes of one entry changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w") as made:
        for each in given.namelist():
            text = given.read(each)
            made.writestr(each, text.replace(old, new) if each == name else text)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_formula_without_a_stored_value_is_said() -> None:
    content = rewritten(workbook(["name", "n"], ["A", "=1+1"]), SHEET, b"<v>42</v>", b"")
    table = read_table(content)
    assert table.rows[0].cells == ("A", "")
    assert table.notes[1].startswith("1 formulas have no stored value and give an empty cell")


def test_a_formula_across_the_border_of_two_pieces_is_counted_once() -> None:
    for cut in range(60):
        part = Part()
        text = b'<row r="7"><c r="AB7"><f>1+1</f><v>2</v></c></row>'
        for piece in (b" " * 20_000 + text[:cut], text[cut:] + b" " * 20_000):
            part.look(piece)
        part.look(b"", is_last=True)
        assert (part.formulas, part.first_formula, part.without_value, part.cells) == (1, "AB7", 0, 7 * 28), cut


def test_a_sheet_is_chosen_by_its_name_and_a_wrong_one_is_refused() -> None:
    content = workbook(["name"], ["A"], sheets_after=1)
    assert open_sheet(content).names == ("Inventory", "Other 0")
    assert open_sheet(content, choices=Choices(sheet="Other 0")).header == ("x",)
    with pytest.raises(sheets.NoTable, match="there is no sheet 'Third' with anything in it; there is Inventory"):
        open_sheet(content, choices=Choices(sheet="Third"))


def test_a_cell_far_away_is_refused_before_memory_is_taken_for_all_between() -> None:
    content = rewritten(workbook(["name"], ["A"]), SHEET, b'r="A2"', b'r="XFD1048576"')
    with pytest.raises(sheets.TooLarge, match="spans 17179869184 cells"):
        open_sheet(content)


FAR = b'<row r="1048576"><c t="n"><v>1</v></c>'


@pytest.mark.parametrize(
    "far", [FAR, b"<row r = '1048576'><c\nr = 'xfd1048576'><v>1</v></c>"], ids=["placeless", "quoted"]
)
def test_a_far_cell_is_seen_however_it_is_written(far: bytes) -> None:
    content = workbook(["name"], ["A"] * 200)
    with pytest.raises(sheets.TooLarge, match="spans"):
        open_sheet(rewritten(content, SHEET, b'<row r="2" spans="1:200">', far))


def test_cells_that_leave_their_place_out_are_read_in_their_order() -> None:
    content = rewritten(workbook(["name", "n"], ["A", "=1+1"]), SHEET, b' r="B2"', b"")
    table = read_table(content)
    assert (table.rows[0].cells, table.notes[0][:47]) == (
        ("A", "42"),
        "1 cells hold a formula, one in line 2 the first",
    )


def test_a_table_may_stand_anywhere_on_its_sheet() -> None:
    content = workbook([], ["", "Inventory of 2026"], [], ["", "name", "unit"], ["", "A", "x"])
    sheet = open_sheet(content, choices=Choices(header_line=4))
    assert (sheet.header, [(row.number, row.cells) for row in sheet.rows()]) == (("name", "unit"), [(5, ("A", "x"))])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"<workbook", b"<!DOCTYPE a [<!ENTITY b 'c'>]><workbook", "is no XML"),
        (b"<workbook", b"<<workbook", "is no XML"),
        (b"worksheets/sheet1.xml", b"worksheets/gone.xml", "no sheet with anything"),
    ],
)
def test_a_directory_of_sheets_that_lies_is_refused(old: bytes, new: bytes, sentence: str) -> None:
    content = workbook(["name"], ["A"])
    name = "xl/_rels/workbook.xml.rels" if b"gone" in new else "xl/workbook.xml"
    with pytest.raises(SheetError, match=sentence):
        open_sheet(rewritten(content, name, old, new))


def test_an_absolute_target_and_a_large_directory() -> None:
    content = workbook(["name"], ["A"])
    relations = "xl/_rels/workbook.xml.rels"
    absolute = rewritten(content, relations, b'"worksheets/', b'"/xl/worksheets/')
    assert open_sheet(absolute).header == ("name",)
    large = rewritten(content, relations, b"<Relationships", b" " * 5_000_000 + b"<Relationships")
    with pytest.raises(sheets.TooLarge, match="directory of more than"):
        open_sheet(large)


def test_the_rows_are_given_as_often_as_they_are_asked_for_and_noted_once() -> None:
    sheet = open_sheet(b"name;unit\nA\nB;x\n")
    assert list(sheet.rows()) == list(sheet.rows())
    assert (sheet.delimiter, sheet.notes) == (";", ["line 2 has 1 of 2 cells; the others are taken as empty"])


def test_an_umlaut_of_windows_is_not_taken_for_chinese_and_a_person_may_say_otherwise() -> None:
    content = "name,town\nJürgen Müller,Köln\n".encode("cp1252")
    assert open_sheet(content).encoding == "cp1252"
    assert open_sheet(content, choices=Choices(encoding="gb18030")).encoding == "gb18030"
    with pytest.raises(sheets.NotASheet, match="no text in utf-8: choose another"):
        open_sheet(content, choices=Choices(encoding="utf-8"))
    big5 = open_sheet("名稱,單位\n薪資,財務\n".encode("big5"), choices=Choices(encoding="big5"))
    assert (big5.header, big5.notes) == (("名稱", "單位"), [])


def test_umlauts_with_bytes_that_windows_does_not_know_are_read_as_they_can_be() -> None:
    assert open_sheet(b"name\nM\x81\x40ller\n").encoding == "gb18030"


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"encoding": "klingon"}, "no encoding that is read here"),
        ({"delimiter": "::"}, "no delimiter"),
        ({"header_line": -1}, "counted from 1"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(choices: dict[str, object], sentence: str) -> None:
    with pytest.raises(sheets.NotASheet, match=sentence):
        Choices(**choices)  # type: ignore[arg-type]


def test_a_delimiter_that_was_chosen_and_one_that_nobody_uses() -> None:
    assert open_sheet(b"a;b,c\n1;2,3\n", choices=Choices(delimiter=";")).header == ("a", "b,c")
    assert open_sheet(b"\nname\nA\n").header == ("name",)


BOMB = io.BytesIO()
with zipfile.ZipFile(BOMB, "w", zipfile.ZIP_DEFLATED) as packed:
    packed.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)


LIAR = BOMB.getvalue().replace((2_000_000).to_bytes(4, "little"), (7).to_bytes(4, "little"))
"""The same archive, whose headers say that the sheet has seven bytes."""


@pytest.mark.parametrize(
    ("content", "limits", "kind", "sentence"),
    [
        (b"", Limits(), sheets.NoTable, "holds no table"),
        (b"name,unit\n", Limits(), sheets.NoTable, "no row below"),
        (b"name,,unit\nA,B,C\n", Limits(), sheets.NoTable, "column 2 has no name"),
        (b"name,Name\nA,B\n", Limits(), sheets.DuplicateColumn, "'name'"),
        (b"name\nA,B\n", Limits(), sheets.NotASheet, "line 2 has 2 cells"),
        (b'name,x\n"A,B\n', Limits(), sheets.NotASheet, "cannot be read as CSV"),
        (b"a\0b", Limits(), sheets.NotASheet, "NUL"),
        (b"\xd0\xcf\x11\xe0rest", Limits(), sheets.NotASheet, r"\.xls"),
        (b"PK\x03\x04rest", Limits(), sheets.NotASheet, "damaged"),
        (BOMB.getvalue(), Limits(unpacked_bytes=1_000_000), sheets.TooLarge, "unpacks to more than the 1000000"),
        (LIAR, Limits(unpacked_bytes=1_000_000), sheets.TooLarge, "unpacks to more than the 1000000"),
        (BOMB.getvalue(), Limits(), sheets.NotASheet, "cannot be read"),
        (b"a,b\n1,2\n3,4\n", Limits(rows=1), sheets.TooLarge, "more than 1 rows"),
        (b"a,b\n1,2\n", Limits(columns=1), sheets.TooLarge, "2 columns"),
        (b"a,b\n1,2222\n", Limits(cell_characters=3), sheets.TooLarge, "line 2 has a cell"),
        (b"a,b\n1,2\n", Limits(file_bytes=3), sheets.TooLarge, "8 bytes"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_table_is_refused_with_a_sentence(
    content: bytes, limits: Limits, kind: type[SheetError], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        read_table(content, limits=limits)


def test_an_archive_that_lies_about_its_size_is_made_by_this_test() -> None:
    with zipfile.ZipFile(io.BytesIO(LIAR)) as archive:
        assert [each.file_size for each in archive.infolist()] == [7]


@given(st.binary(max_size=300))
def test_only_named_errors_come_out_of_any_bytes(content: bytes) -> None:
    with contextlib.suppress(SheetError):
        assert read_table(content).rows


WORKBOOK = workbook(["name", "unit"], ["A", "x"], ["B", "y"])


@given(st.integers(0, len(WORKBOOK) - 1), st.integers(0, 255))
def test_only_named_errors_come_out_of_a_damaged_workbook(place: int, byte: int) -> None:
    damaged = WORKBOOK[:place] + bytes([byte]) + WORKBOOK[place + 1 :]
    with contextlib.suppress(SheetError):
        assert read_table(damaged).rows


def test_a_part_that_would_begin_beyond_the_end_of_the_workbook_is_refused() -> None:
    damaged = bytearray(WORKBOOK)
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as archive:
        header = archive.getinfo("xl/workbook.xml").header_offset
    damaged[header + 29] = 0xFF  # the greater byte of the length of the extra field (APPNOTE 4.3.7)
    with pytest.raises(sheets.NotASheet, match="damaged"):
        read_table(bytes(damaged))


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=8)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
def test_what_was_written_as_csv_is_read_again(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(("first", "second"))
    writer.writerows(rows)
    wanted = [(one.strip(), other.strip()) for one, other in rows if one.strip() or other.strip()]
    if not wanted:
        with pytest.raises(sheets.NoTable):
            read_table(out.getvalue().encode())
        return
    assert cells(out.getvalue().encode()) == wanted
