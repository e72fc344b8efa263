"""A report as DOCX (ECMA-376): real headings, tables whose head repeats, page numbers, languages set right.

The library's own template is for English: its styles name the typefaces of a theme and no East Asian one, so that
Chinese falls to whatever the reader's program likes. Every style that is used here names both and no theme.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC
from functools import singledispatchmethod

import docx
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Emu, Mm, Pt, RGBColor
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as Line
from docx.text.run import Run

from burgrave.engines.reports.fonts import Visible
from burgrave.engines.reports.pdf import TEXT_WIDTH, to_png, unseen_notice, width_of
from burgrave.engines.reports.terms import (
    Block,
    Chart,
    Code,
    Document,
    Facts,
    Heading,
    Made,
    Notice,
    NoticeTone,
    PageBreak,
    Paragraph,
    Table,
)

LATIN, CHINESE, FIXED = "Calibri", "Microsoft YaHei", "Consolas"
INK, QUIET, ACCENT = RGBColor(0x16, 0x1A, 0x20), RGBColor(0x54, 0x5D, 0x6A), RGBColor(0x41, 0x49, 0xC4)
TONES = {
    NoticeTone.PLAIN: QUIET,
    NoticeTone.WARN: RGBColor(0x8A, 0x52, 0x00),
    NoticeTone.ACT: RGBColor(0xB4, 0x23, 0x18),
}
SIZES = {"Title": 24, "Heading 1": 16, "Heading 2": 12.5, "Heading 3": 10.5, "Normal": 10}
WIDTH = Mm(170)
TABLE_STYLE = "Table Grid"
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def to_docx(document: Document) -> Made:
    """The bytes follow from the document alone."""
    visible = Visible()
    writer = _Writer(document, visible)
    writer.cover()
    for block in document.blocks:
        writer.write(block)
    unseen = visible.unseen()
    if unseen:
        for block in unseen_notice(document, unseen):
            writer.write(block)
    return Made(data=_timeless(writer.saved()), unseen=unseen)


class _Writer:
    """Writes blocks one after the other into a Word document."""

    def __init__(self, document: Document, visible: Visible) -> None:
        self._document, self._visible = document, visible
        self._word = docx.Document()
        _dress(self._word, is_chinese=document.is_chinese)
        self._frame()

    def cover(self) -> None:
        """Title, what the report is about, and where contents will stand."""
        document, say = self._document, self._visible.text
        if document.organisation:
            self._line(document.organisation, colour=QUIET)
        self._word.add_paragraph(say(document.title), style="Title")
        if document.subtitle:
            self._line(document.subtitle)
        if document.cover:
            self.write(Facts(document.cover))
        if document.has_contents:
            self._line(document.labels.contents, size=12.5, colour=ACCENT)
            _field(self._word.add_paragraph(), 'TOC \\o "1-2" \\h \\z \\u')

    @singledispatchmethod
    def write(self, block: Block) -> None:
        raise TypeError(f"no form is known for {type(block).__name__}")

    @write.register
    def _(self, block: Heading) -> None:
        self._word.add_paragraph(self._visible.text(block.text), style=f"Heading {block.level}")

    @write.register
    def _(self, block: Paragraph) -> None:
        self._line(block.text)

    @write.register
    def _(self, block: Facts) -> None:
        table = self._word.add_table(rows=0, cols=2)
        for name, value in block.items:
            cells = table.add_row().cells
            self._fill(cells[0], name, colour=QUIET)
            self._fill(cells[1], value)
        _widths(table.rows, (0.3, 0.7))
        self._word.add_paragraph()

    @write.register
    def _(self, block: Table) -> None:
        table = self._word.add_table(rows=1, cols=len(block.columns), style=TABLE_STYLE)
        for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
            self._fill(cell, column.title, size=8.5, colour=QUIET, right=column.is_numeric)
        _property(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")  # noqa: SLF001 - the library has no word for it
        for row in block.rows:
            for cell, text, column in zip(table.add_row().cells, row, block.columns, strict=True):
                self._fill(cell, text or block.empty, size=8.5, right=column.is_numeric)
        total = sum(column.weight for column in block.columns)
        _widths(table.rows, tuple(column.weight / total for column in block.columns))
        self._word.add_paragraph()

    @write.register
    def _(self, block: Notice) -> None:
        cell = self._word.add_table(rows=1, cols=1, style=TABLE_STYLE).rows[0].cells[0]
        self._fill(cell, block.title, size=10.5, colour=TONES[block.tone])
        self._run(cell.add_paragraph(), block.text)
        self._word.add_paragraph()

    @write.register
    def _(self, block: Chart) -> None:
        share = min(1.0, width_of(block.svg) / TEXT_WIDTH)
        picture = io.BytesIO(to_png(block.svg, self._visible))
        paragraph = self._word.add_paragraph()
        shape = paragraph.add_run().add_picture(picture, width=int(WIDTH * share))
        shape._inline.docPr.set("descr", self._visible.text(block.said or block.caption))  # noqa: SLF001 - as above
        self._line(block.caption, size=8.5, colour=QUIET)

    @write.register
    def _(self, block: Code) -> None:
        if block.label:
            self._line(block.label, size=8, colour=QUIET)
        run = self._run(self._word.add_paragraph(), block.text, size=8)
        _faces(run._r.get_or_add_rPr(), FIXED)  # noqa: SLF001 - as above

    @write.register
    def _(self, block: PageBreak) -> None:
        del block
        self._word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def saved(self) -> bytes:
        out = io.BytesIO()
        self._word.save(out)
        return out.getvalue()

    def _frame(self) -> None:
        """Page, header, footer and what the file says of itself."""
        document, word, say = self._document, self._word, self._visible.text
        section = word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(20)
        section.top_margin, section.bottom_margin = Mm(24), Mm(22)
        head = section.header.paragraphs[0]
        marking = f"   [{document.marking}]" if document.marking else ""
        self._run(head, f"{document.title}{marking}", size=8, colour=QUIET)
        foot = section.footer.paragraphs[0]
        before, _page, rest = document.labels.page.partition("{page}")
        between, _pages, after = rest.partition("{pages}")
        made = document.made_at.strftime("%Y-%m-%d %H:%M %Z")
        self._run(foot, " · ".join(filter(None, (document.organisation, made, before))), size=8, colour=QUIET)
        _field(foot, "PAGE")
        self._run(foot, between, size=8, colour=QUIET)
        _field(foot, "NUMPAGES")
        self._run(foot, after, size=8, colour=QUIET)
        facts = word.core_properties
        facts.title, facts.author, facts.subject = say(document.title), say(document.author), say(document.subtitle)
        facts.language = "zh-CN" if document.is_chinese else "en-GB"
        facts.created = facts.modified = document.made_at.astimezone(UTC).replace(tzinfo=None)
        facts.last_modified_by, facts.comments, facts.revision = say(document.author), "", 1

    def _line(self, text: str, *, size: float | None = None, colour: RGBColor | None = None) -> Line:
        paragraph = self._word.add_paragraph()
        self._run(paragraph, text, size=size, colour=colour)
        return paragraph

    def _fill(
        self, cell: _Cell, text: str, *, size: float | None = None, colour: RGBColor | None = None, right: bool = False
    ) -> None:
        paragraph = cell.paragraphs[0]
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self._run(paragraph, text, size=size, colour=colour)

    def _run(self, paragraph: Line, text: str, *, size: float | None = None, colour: RGBColor | None = None) -> Run:
        run = paragraph.add_run(self._visible.text(text))
        if size is not None:
            run.font.size = Pt(size)
        if colour is not None:
            run.font.color.rgb = colour
        return run


def _dress(word: Word, *, is_chinese: bool) -> None:
    """Every style that is used names its typefaces for both scripts; the language is that of the reader."""
    for name, size in SIZES.items():
        style = word.styles[name]
        style.font.size = Pt(size)
        style.font.bold = name.startswith(("Heading", "Title"))
        style.font.color.rgb = INK if name == "Normal" else ACCENT
        _faces(style.element.get_or_add_rPr(), LATIN)
    defaults = word.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    _faces(defaults, LATIN)
    language = defaults.find(qn("w:lang"))
    language.set(qn("w:val"), "en-GB")
    language.set(qn("w:eastAsia"), "zh-CN")
    if is_chinese:
        language.set(qn("w:val"), "zh-CN")


def _faces(properties: BaseOxmlElement, latin: str) -> None:
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for key, face in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", CHINESE)):
        fonts.set(qn(f"w:{key}"), face)


def _property(properties: BaseOxmlElement, name: str) -> None:
    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    properties.append(element)


def _field(paragraph: Line, instruction: str) -> None:
    """A field that the reader's program fills: contents, the number of the page."""
    for kind in ("begin", "instruction", "separate", "end"):
        run = paragraph.add_run()
        run.font.size = Pt(8)
        if kind == "instruction":
            element = OxmlElement("w:instrText")
            element.text = f" {instruction} "
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)  # noqa: SLF001 - as above


def _widths(rows: Iterable[_Row], shares: tuple[float, ...]) -> None:
    for row in rows:
        for cell, share in zip(row.cells, shares, strict=True):
            cell.width = Emu(int(WIDTH * share))


def _timeless(data: bytes) -> bytes:
    """The same archive with the first day of the format in place of the hour at which it was packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in given.namelist():
            packed.writestr(zipfile.ZipInfo(name, FIRST_DAY_OF_ZIP), given.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
