"""A report that cannot be made is refused with a sentence; characters are known before anything is set."""

from __future__ import annotations

import struct

import pytest

from burgrave.engines.reports import Chart, Column, Heading, ReportError, Table, terms
from burgrave.engines.reports.fonts import Visible, code_points, known
from burgrave.engines.reports.tests.cases import NOON, report

REFUSED = {
    "no title": (lambda: report(title=" "), "needs a title"),
    "no zone": (lambda: report(made_at=NOON.replace(tzinfo=None)), "needs its zone"),
    "deep heading": (lambda: Heading("x", 4), "level 1 to 3, got 4"),
    "no column": (lambda: Table(columns=(), rows=()), "needs a column"),
    "flat column": (lambda: Column(title="x", weight=0), "needs a width above 0"),
    "ragged row": (lambda: Table(columns=(Column(title="a"),), rows=(("x", "y"),)), "row 1 has 2 cells for 1 columns"),
    "no drawing": (lambda: Chart(svg="<p>", caption="c"), "begins with <svg"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_report_that_cannot_be_made_is_refused(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(ReportError, match=message):
        make()


def test_a_table_too_long_to_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "MOST_ROWS", 1)
    with pytest.raises(ReportError, match="of 2 rows cannot be read; 1 at most"):
        Table(columns=(Column(title="a"),), rows=(("x",), ("y",)))


@pytest.mark.parametrize("text", ["Plain", "信息安全 “引号”", "line\nline\ttab", "é ü ß", "\u200b"])
def test_usual_texts_are_shown_as_they_are(text: str) -> None:
    visible = Visible()
    assert visible.text(text) == text.replace("\u200b", "")
    assert visible.unseen() == ()


def test_control_characters_and_pictures_become_marks() -> None:
    visible = Visible()
    assert visible.text("a\x00b🔒c\u202ed") == "a□b□c□d"
    assert visible.unseen() == (("\x00", 1), ("\u202e", 1), ("🔒", 1))


def test_the_typeface_has_every_han_of_the_common_lists() -> None:
    assert len([code for code in known() if 0x4E00 <= code <= 0x9FFF]) > 20_000
    assert {ord(each) for each in "镕堃赟喆昇頔珺曌瑀祎翀"} <= known()


def font(kind: int, body: bytes, tag: bytes = b"cmap") -> bytes:
    start = 12 + 16
    head = struct.pack(">IHHHH", 0x4F54544F, 1, 0, 0, 0) + struct.pack(">4sIII", tag, 0, start, 0)
    return head + struct.pack(">HHHHI", 0, 1, 3, 1, 12) + struct.pack(">H", kind) + body


def segments(*parts: tuple[int, int, int, int], glyphs: tuple[int, ...] = ()) -> bytes:
    count = len(parts)
    columns = [struct.pack(f">{count}H", *column) for column in zip(*parts, strict=True)]
    starts, ends, deltas, ranges = columns
    head = struct.pack(">HHHHHH", 0, 0, 2 * count, 0, 0, 0)
    return head + ends + b"\0\0" + starts + deltas + ranges + struct.pack(f">{len(glyphs)}H", *glyphs)


def test_segments_with_a_delta_and_with_a_list_of_glyphs() -> None:
    parts = ((65, 67, 1, 0), (70, 72, 0, 4), (0xFFFF, 0xFFFF, 1, 0))
    assert code_points(font(4, segments(*parts, glyphs=(5, 0, 6)))) == {65, 66, 67, 70, 72}


def test_groups_leave_out_the_glyph_for_nothing() -> None:
    body = struct.pack(">HIII", 0, 0, 0, 2) + struct.pack(">III", 65, 66, 0) + struct.pack(">III", 0x20000, 0x20001, 9)
    assert code_points(font(12, body)) == {66, 0x20000, 0x20001}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ends too early"),
        (font(4, b""), "ends too early"),
        (font(6, b"\0" * 40), "maps no character"),
        (font(4, b"", tag=b"glyf"), "has no table cmap"),
    ],
    ids=["nothing", "cut", "other format", "no cmap"],
)
def test_what_is_no_typeface_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        code_points(data)
