"""Reports: one document as PDF/A-2b and as DOCX, whose bytes follow from its value.

to_pdf(document) -> Made      # typst, no typeface of the machine
to_docx(document) -> Made
"""

from burgrave.engines.reports.docx import to_docx
from burgrave.engines.reports.pdf import to_pdf
from burgrave.engines.reports.terms import (
    Block,
    Chart,
    Code,
    Column,
    Document,
    Facts,
    Heading,
    Labels,
    Made,
    Notice,
    NoticeTone,
    PageBreak,
    Paragraph,
    ReportError,
    Table,
)

__all__ = [
    "Block",
    "Chart",
    "Code",
    "Column",
    "Document",
    "Facts",
    "Heading",
    "Labels",
    "Made",
    "Notice",
    "NoticeTone",
    "PageBreak",
    "Paragraph",
    "ReportError",
    "Table",
    "to_docx",
    "to_pdf",
]
