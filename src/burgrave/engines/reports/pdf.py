"""A report as PDF/A-2b, set by typst without any typeface of the machine."""

from __future__ import annotations

import json
import re
from datetime import UTC
from importlib.resources import files
from typing import Any, TypeAlias

import typst

from burgrave.engines.reports.fonts import MARK, Visible, folder
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
    Paragraph,
    ReportError,
    Table,
)

Json: TypeAlias = dict[str, Any]

TEXT_WIDTH = 170 / 25.4 * 96
"""The width between the margins, in the pixels of a drawing."""
LONGEST_RUN = 18
RUN = re.compile(rf"[^\s\u2e80-\U0003ffff]{{{LONGEST_RUN},}}")
JOINTS = re.compile(r"([/@._\-=&?:+])(?=[^\s/@._\-=&?:+])")
SIZE = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
PNG_DPI = 220.0


def to_pdf(document: Document) -> Made:
    """The bytes follow from the document alone. Raises ReportError where typst complains of anything."""
    visible = Visible()
    report = _report(document, visible)
    unseen = visible.unseen()
    if unseen:
        report["blocks"] += [_block(block, visible) for block in unseen_notice(document, unseen)]
    data = _compiled(
        files("burgrave.engines.reports").joinpath("template.typ").read_bytes(),
        sys_inputs={"report": json.dumps(report, ensure_ascii=False)},
        format="pdf",
        pdf_standards=["a-2b"],
        timestamp=int(document.made_at.timestamp()),
    )
    return Made(data=data, unseen=unseen)


def to_png(svg: str, visible: Visible) -> bytes:
    """A drawing as a picture, for formats that take no SVG."""
    source = (
        '#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image(bytes(sys.inputs.svg), format: "svg")'
    )
    return _compiled(source.encode(), sys_inputs={"svg": visible.text(svg)}, format="png", ppi=PNG_DPI)


def unseen_notice(document: Document, unseen: tuple[tuple[str, int], ...]) -> tuple[Block, ...]:
    """What stands at the end where characters could not be shown."""
    listed = ", ".join(f"U+{ord(character):04X} × {count}" for character, count in unseen)
    text = f"{document.labels.unseen.replace('{mark}', MARK)} {listed}"
    return (Notice(title=document.labels.unseen_title, text=text, tone=NoticeTone.WARN),)


def _compiled(source: bytes, **options: Any) -> bytes:
    try:
        made, warnings = typst.compile_with_warnings(
            source, font_paths=[str(folder())], ignore_system_fonts=True, **options
        )
    except typst.TypstError as error:
        raise ReportError(f"setting the report failed: {error}") from error
    if warnings:
        raise ReportError(f"setting the report gave a warning, and none is expected: {warnings[0].message}")
    if not isinstance(made, bytes):
        raise ReportError(f"setting the report gave {type(made).__name__}, expected one file")
    return made


def _report(document: Document, visible: Visible) -> Json:
    made = document.made_at.astimezone(UTC)
    chinese, say = document.is_chinese, visible.text
    return {
        "title": say(document.title),
        "subtitle": say(document.subtitle),
        "author": say(document.author),
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "gb",
        "marking": say(document.marking),
        "organisation": say(document.organisation),
        "header": say(document.title),
        "footer": say(
            " · ".join(filter(None, (document.organisation, document.made_at.strftime("%Y-%m-%d %H:%M %Z"))))
        ),
        "page": say(document.labels.page),
        "contents": say(document.labels.contents) if document.has_contents else "",
        "cover": [[say(name), say(value)] for name, value in document.cover],
        "blocks": [_block(block, visible) for block in document.blocks],
    }


def _block(block: Block, visible: Visible) -> Json:  # noqa: PLR0911 - one answer for each kind
    say = visible.text
    match block:
        case Heading(text, level):
            return {"kind": "heading", "text": say(text), "level": level}
        case Paragraph(text):
            return {"kind": "paragraph", "text": say(text)}
        case Facts(items):
            return {"kind": "facts", "items": [[say(name), breakable(say(value))] for name, value in items]}
        case Table():
            return _table(block, visible)
        case Notice():
            return {"kind": "notice", "title": say(block.title), "text": say(block.text), "tone": str(block.tone)}
        case Chart():
            return {
                "kind": "chart",
                "svg": say(block.svg),
                "caption": say(block.caption),
                "said": say(block.said or block.caption),
                "width": width_of(block.svg) / TEXT_WIDTH,
            }
        case Code():
            return {"kind": "code", "label": say(block.label), "text": say(block.text)}
    return {"kind": "turn"}  # PageBreak, the one kind that says nothing


def _table(block: Table, visible: Visible) -> Json:
    say = visible.text
    return {
        "kind": "table",
        "columns": [
            {"title": say(column.title), "weight": column.weight, "numeric": column.is_numeric}
            for column in block.columns
        ],
        "rows": [[breakable(say(cell)) if cell else block.empty for cell in row] for row in block.rows],
    }


def width_of(svg: str) -> float:
    """The width of a drawing in its own pixels."""
    found = SIZE.search(svg)
    if found is None:
        raise ReportError("a drawing without a viewBox has no width")
    return float(found[1])


def breakable(text: str) -> str:
    """The text with places to break inside runs that are longer than a narrow column."""
    return RUN.sub(lambda run: JOINTS.sub("\\1\u200b", run[0]), text)
