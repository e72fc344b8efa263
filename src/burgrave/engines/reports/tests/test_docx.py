"""A report read back from its DOCX."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.oxml.ns import qn

from burgrave.engines.reports import Heading, Paragraph, to_docx
from burgrave.engines.reports.docx import _Writer
from burgrave.engines.reports.fonts import Visible
from burgrave.engines.reports.tests.cases import DIGEST, EVIL, NOON, in_chinese, report, whole


def read(data: bytes):
    return docx.Document(io.BytesIO(data))


def test_headings_are_headings_and_stand_in_order() -> None:
    word = read(to_docx(whole()).data)
    found = [
        (line.style.name, line.text) for line in word.paragraphs if line.style.name.startswith(("Heading", "Title"))
    ]
    assert found == [
        ("Title", "Asset register"),
        ("Heading 1", "Overview"),
        ("Heading 2", "Figures"),
        ("Heading 3", "By day"),
        ("Heading 1", "Assets"),
    ]


def test_every_text_stands_in_it() -> None:
    word = read(to_docx(whole()).data)
    cells = [cell.text for each in word.tables for row in each.rows for cell in row.cells]
    said = "\n".join([*(line.text for line in word.paragraphs), *cells])
    for text in (
        "Counted were all assets. 统计了全部资产。",
        EVIL,
        DIGEST,
        "Server 89 服务器",
        "Two reviews are overdue.",
        "Alice 王",
    ):
        assert text in said


def test_both_scripts_have_a_typeface_and_a_language() -> None:
    word = read(to_docx(in_chinese()).data)
    defaults = word.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    assert defaults.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"
    assert defaults.find(qn("w:lang")).get(qn("w:val")) == "zh-CN"
    for name in ("Normal", "Title", "Heading 1"):
        fonts = word.styles[name].element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
        assert fonts.get(qn("w:ascii")) == "Calibri"
        assert not [key for key in fonts.attrib if key.endswith("Theme")]
    assert word.core_properties.language == "zh-CN"


def test_the_head_of_a_table_repeats_and_columns_are_as_wide_as_asked() -> None:
    assets = read(to_docx(whole()).data).tables[-1]
    assert assets.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert assets.rows[1]._tr.trPr is None
    first, second, _third = (cell.width for cell in assets.rows[1].cells)
    assert second == pytest.approx(3 * first, rel=0.01)


def test_a_chart_is_a_picture_that_says_what_it_shows() -> None:
    word = read(to_docx(whole()).data)
    (shape,) = word.inline_shapes
    assert shape._inline.docPr.get("descr") == "Alerts rise."
    picture = next(part for name, part in word.part.related_parts.items() if part.partname.endswith(".png"))
    assert picture.blob.startswith(b"\x89PNG")


def test_pages_are_numbered_and_marked() -> None:
    section = read(to_docx(whole()).data).sections[0]
    assert "[INTERNAL]" in section.header.paragraphs[0].text
    fields = [each.text.strip() for each in section.footer._element.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]
    assert "2026-03-05 12:30 UTC" in section.footer.paragraphs[0].text


def test_contents_are_a_field_and_may_be_left_out() -> None:
    def fields(*, has_contents: bool) -> list[str]:
        body = read(to_docx(report(Heading("x"), has_contents=has_contents)).data).element.body
        return [each.text.strip() for each in body.iter(qn("w:instrText"))]

    assert fields(has_contents=True) == ['TOC \\o "1-2" \\h \\z \\u']
    assert fields(has_contents=False) == []


def test_the_same_report_is_the_same_bytes_without_the_hour_of_packing() -> None:
    data = to_docx(whole()).data
    assert data == to_docx(whole()).data
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert {each.date_time for each in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert read(data).core_properties.created.replace(tzinfo=None) == NOON.replace(tzinfo=None)


def test_what_the_typeface_lacks_is_counted_in_every_format_alike() -> None:
    made = to_docx(report(Paragraph("key 🔒")))
    assert made.unseen == (("🔒", 1),)
    word = read(made.data)
    assert "□" in word.paragraphs[-2].text or any("□" in line.text for line in word.paragraphs)
    assert "U+1F512 × 1" in word.tables[-1].rows[0].cells[0].text


def test_a_block_of_no_known_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="no form is known for str"):
        _Writer(report(), Visible()).write("text")
