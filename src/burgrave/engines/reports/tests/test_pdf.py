"""A report read back from its PDF."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from burgrave.engines.reports import Chart, Document, Heading, Paragraph, ReportError, Table, to_pdf
from burgrave.engines.reports import pdf as engine
from burgrave.engines.reports.fonts import MARK
from burgrave.engines.reports.pdf import breakable, width_of
from burgrave.engines.reports.tests.cases import DIGEST, EVIL, drawing, in_chinese, report, table, whole


def read(document: Document) -> PdfReader:
    return PdfReader(io.BytesIO(to_pdf(document).data))


def texts(document: Document) -> list[str]:
    return [page.extract_text().replace("\u200b", "") for page in read(document).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_text_of_the_report_can_be_read_back() -> None:
    found = squeezed("".join(texts(whole())))
    for text in (
        "Asset register",
        "Everything that is protected",
        "Example 示例公司",
        "Counted were all assets. 统计了全部资产。",
        "host-one.department.example.org/with-a-long-path",
        "Two reviews are overdue.",
        DIGEST,
        "burgrave verify bundle.zip",
        "Server 89 服务器",
        "Alerts 告警",
        "Alerts a day",
        "2026-03-05 12:30 UTC",
    ):
        assert squeezed(text) in found


def test_what_people_wrote_is_never_read_as_markup() -> None:
    assert squeezed(EVIL) in squeezed(
        "".join(texts(report(Paragraph(EVIL), title=EVIL, marking=EVIL, has_contents=False)))
    )


def test_it_says_that_it_is_an_archive_of_level_2b_and_what_it_is() -> None:
    reader = read(whole())
    data = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", data)
    assert re.search(r"<pdfaid:conformance>B</pdfaid:conformance>", data)
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("Asset register", "Alice")
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_every_typeface_is_embedded() -> None:
    found = set()
    for page in read(whole()).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            keys = inner["/FontDescriptor"].get_object().keys()
            assert {"/FontFile2", "/FontFile3"} & set(keys)
            found.add(str(inner["/BaseFont"]).partition("+")[2])
    assert any("NotoSansSC" in name for name in found)


def test_the_head_of_a_table_and_the_marking_stand_on_every_page() -> None:
    pages = texts(whole())
    with_rows = [page for page in pages if "AST-0000" in page]
    assert len(with_rows) > 2
    assert all("Name 名称" in page for page in with_rows)
    assert all("INTERNAL" in page and f"of {len(pages)}" in page for page in pages)


def test_the_contents_name_headings_and_lead_to_them() -> None:
    reader = read(whole())
    first = reader.pages[0].extract_text()
    assert "Contents" in first
    assert [each.title for each in reader.outline if not isinstance(each, list)] == ["Overview", "Assets"]
    assert any("/Annots" in page for page in reader.pages)


def test_a_chinese_report_is_chinese_throughout() -> None:
    document = in_chinese()
    reader = read(document)
    page = squeezed(reader.pages[0].extract_text())
    for text in ("资产登记册", "目录", "第1页，共1页", "“引号”与标点。", "内部"):
        assert text in page
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_what_the_typeface_lacks_is_shown_as_a_mark_and_counted() -> None:
    document = report(Paragraph("key 🔒🔒 and 𠀋\ufe0f"), Chart(svg=drawing("🔒"), caption="c"), table(0))
    made = to_pdf(document)
    assert made.unseen == (("🔒", 4), ("𠀋", 1)) or dict(made.unseen)["🔒"] >= 4
    page = squeezed(PdfReader(io.BytesIO(made.data)).pages[-1].extract_text())
    assert MARK in page
    assert "U+1F512×" in page


def test_the_same_report_is_the_same_bytes() -> None:
    assert to_pdf(whole()).data == to_pdf(whole()).data
    assert to_pdf(whole()).unseen == ()


def test_an_empty_cell_is_a_dash_and_a_report_without_contents_has_none() -> None:
    document = report(Table(columns=table(1).columns, rows=(("a", "", "1"),)), has_contents=False)
    page = texts(document)[0]
    assert "–" in page
    assert "Contents" not in page


def test_a_drawing_that_is_none_is_refused() -> None:
    with pytest.raises(ReportError, match="setting the report failed"):
        to_pdf(report(Chart(svg='<svg viewBox="0 0 9 9"><rect', caption="c")))
    with pytest.raises(ReportError, match="without a viewBox"):
        to_pdf(report(Chart(svg="<svg ></svg>", caption="c")))


def test_a_warning_is_refused() -> None:
    source = b'#set text(font: "No Such Face")\nx'
    with pytest.raises(ReportError, match="gave a warning, and none is expected"):
        engine._compiled(source, format="pdf")


def test_more_than_one_picture_is_refused() -> None:
    with pytest.raises(ReportError, match="gave list, expected one file"):
        engine._compiled(b"a\n#pagebreak()\nb", format="png")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("short-name.org", ["short-name.org"]),
        ("a.very-long.host.example.org", ["a.", "very-", "long.", "host.", "example.", "org"]),
        ("信息安全信息安全信息安全信息安全信息安全", ["信息安全信息安全信息安全信息安全信息安全"]),
    ],
)
def test_a_long_run_may_break_at_its_joints(text: str, pieces: list[str]) -> None:
    assert breakable(text).split("\u200b") == pieces


def test_a_wide_drawing_is_made_to_fit() -> None:
    assert width_of(drawing()) == 640


def test_headings_of_every_level_are_set() -> None:
    page = texts(report(Heading("One"), Heading("Two", 2), Heading("Three", 3), has_contents=False))[0]
    assert page.index("One") < page.index("Two") < page.index("Three")
