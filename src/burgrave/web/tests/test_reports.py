"""Reports as files: four formats of one value, in the reader's language, and what is refused."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import docx
import pytest
from django.utils import timezone, translation
from pypdf import PdfReader

from burgrave.engines.reports import Document, Heading
from burgrave.engines.sheets import read_table
from burgrave.web import reports
from burgrave.web.errors import BadInput
from burgrave.web.gallery_charts import charts
from burgrave.web.terms import system_actor

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
SHEET = reports.Sheet(name="Assets", header=("Name", "Count", "Due"), rows=(("=1+1", 7, date(2026, 3, 5)),))


def made(**more: object) -> Document:
    facts = {
        "title": "Asset register",
        "subtitle": "All of it",
        "organisation": "Nordhafen Works",
        "blocks": (Heading("Figures"), reports.chart(charts()[0])),
        "cover": (("Scope", "Everything"),),
        "actor": system_actor(),
        "now": NOON,
    }
    return reports.document(**(facts | more))  # type: ignore[arg-type]  # the parts of one call


@pytest.mark.parametrize("form", reports.Format)
def test_a_report_is_written_in_every_format_with_its_digest(form: reports.Format) -> None:
    written = reports.write(made(), SHEET, form, slug="asset-register")
    assert written.sha256 == hashlib.sha256(written.data).hexdigest()
    assert written.name == f"asset-register-2026-03-05.{form}"
    answer = reports.answer(written)
    assert answer["Content-Type"] == reports.MEDIA_TYPES[form]
    assert written.name in answer["Content-Disposition"]
    assert reports.write(made(), SHEET, form, slug="asset-register").sha256 == written.sha256


def test_printed_formats_say_the_whole_and_tables_the_rows() -> None:
    page = (
        PdfReader(io.BytesIO(reports.write(made(), SHEET, reports.Format.PDF, slug="x").data)).pages[0].extract_text()
    )
    assert "Asset register" in page
    word = docx.Document(io.BytesIO(reports.write(made(), SHEET, reports.Format.DOCX, slug="x").data))
    assert "Asset register" in [line.text for line in word.paragraphs]
    for form in (reports.Format.XLSX, reports.Format.CSV):
        table = read_table(reports.write(made(), SHEET, form, slug="x").data)
        assert table.header == ("Name", "Count", "Due")
        assert [row.cells[0].lstrip("'") for row in table.rows] == ["=1+1"]


def test_the_readers_language_and_zone_stand_on_it() -> None:
    with translation.override("zh-hans"), timezone.override(ZoneInfo("Asia/Shanghai")):
        document = made(title="资产登记册")
    assert document.is_chinese
    assert document.labels.contents == "目录"
    assert document.cover[1][1] == "2026-03-05 20:00 (Asia/Shanghai)"
    assert document.marking == "内部"


@pytest.mark.parametrize(("form", "most"), [(reports.Format.PDF, 2), (reports.Format.CSV, 3)])
def test_what_is_too_long_to_be_read_is_refused(
    form: reports.Format, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_PRINTED", 2)
    monkeypatch.setattr(reports, "MOST_IN_TABLE", 3)
    sheet = reports.Sheet(name="x", header=("a",), rows=(("1",),) * (most + 1))
    with pytest.raises(BadInput, match=f"has {most + 1} rows, and {form.upper()} takes {most}"):
        reports.write(made(), sheet, form, slug="x")


@pytest.mark.parametrize("text", ["", "exe", "PDF"])
def test_a_format_of_no_known_name_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be handed out as"):
        reports.format_of(text)
