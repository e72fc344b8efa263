"""Reports in the reader's language: one value, four formats, and what the ledger is told of the file that went out."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from burgrave.engines.charts import Figure
from burgrave.engines.reports import Block, Chart, Document, Labels, to_docx, to_pdf
from burgrave.engines.sheets import Cell, write_csv, write_xlsx
from burgrave.web import charts
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor

MOST_PRINTED = 5_000
MOST_IN_TABLE = 100_000


class Format(StrEnum):
    """What a report may be handed out as."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    CSV = "csv"

    @property
    def is_printed(self) -> bool:
        return self in {Format.PDF, Format.DOCX}


MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The report as one table for machines: numbers as numbers, days as days."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report as a file, and its digest."""

    data: bytes
    sha256: str
    format: Format
    name: str


def format_of(text: str) -> Format:
    """The format of that name. Raises BadInput."""
    if text not in set(Format):
        raise BadInput(
            "a report cannot be handed out as %(format)s",
            words={"format": text[:20] or "–"},
            mend="Ask for pdf, docx, xlsx or csv.",
        )
    return Format(text)


def document(
    *,
    title: str,
    subtitle: str,
    organisation: str,
    blocks: Sequence[Block],
    cover: Sequence[tuple[str, str]],
    actor: Actor,
    now: datetime,
) -> Document:
    """A report of this house: who made it, when and in which zone stands on the cover, the marking on every page."""
    made_at = timezone.localtime(now)
    return Document(
        title=title,
        subtitle=subtitle,
        language=get_language() or "en",
        organisation=organisation,
        marking=_("Internal"),
        author=actor.name,
        made_at=made_at,
        cover=(
            (_("Made by"), actor.name),
            (_("As of"), f"{made_at:%Y-%m-%d %H:%M} ({timezone.get_current_timezone_name()})"),
            *cover,
        ),
        blocks=tuple(blocks),
        labels=Labels(
            contents=_("Contents"),
            page=_("Page {page} of {pages}"),
            unseen_title=_("Characters that could not be shown"),
            unseen=_("The typeface of this report has no form for these characters; each stands as {mark}:"),
        ),
    )


def chart(figure: Figure) -> Chart:
    """The same drawing that a page shows."""
    return Chart(svg=str(charts.drawing(figure)), caption=figure.title, said=figure.description)


def write(report: Document, sheet: Sheet, format_: Format, *, slug: str) -> Written:
    """The report as a file of that format. Raises BadInput for one that is too long to be read."""
    most = MOST_PRINTED if format_.is_printed else MOST_IN_TABLE
    if len(sheet.rows) > most:
        raise BadInput(
            "the report has %(rows)s rows, and %(format)s takes %(most)s",
            words={"rows": str(len(sheet.rows)), "format": format_.upper(), "most": str(most)},
            mend="Narrow it, or take it as XLSX.",
        )
    data = _bytes(report, sheet, format_)
    name = f"{slug}-{report.made_at:%Y-%m-%d}.{format_}"
    return Written(data=data, sha256=hashlib.sha256(data).hexdigest(), format=format_, name=name)


def _bytes(report: Document, sheet: Sheet, format_: Format) -> bytes:
    if format_ is Format.PDF:
        return to_pdf(report).data
    if format_ is Format.DOCX:
        return to_docx(report).data
    if format_ is Format.CSV:
        return b"".join(write_csv(sheet.header, sheet.rows))
    out = io.BytesIO()
    write_xlsx(sheet.header, sheet.rows, sheet_name=sheet.name, to=out, made_at=report.made_at)
    return out.getvalue()


def answer(written: Written) -> HttpResponse:
    """The file as a download."""
    response = HttpResponse(written.data, content_type=MEDIA_TYPES[written.format])
    response["Content-Disposition"] = f'attachment; filename="{written.name}"'
    response["Cache-Control"] = "no-store"
    return response


def asked_format(request: HttpRequest) -> Format:
    """The format that a form asks for. Raises BadInput."""
    return format_of(request.POST.get("format", ""))
