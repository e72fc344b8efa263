"""A Word file (ISO/IEC 29500-1) turned into Markdown: its words are kept, all else is dropped and listed.

The parts are read with a parser that takes no entities and no document types. Nothing is fetched: a relation to
something outside is a line in ``unplaced``. Deleted text of tracked changes is listed, inserted text is taken.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from burgrave.engines.norms.markup import Converted
from burgrave.engines.norms.terms import NormError, Place, Unplaced
from burgrave.engines.phrases import Phrase

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
BODY = "word/document.xml"
MOST_PART = 16 * 1024 * 1024
MOST_PARTS = 5_000
_HEADING = re.compile(r"(?:heading|标题|berschrift)\s*(?P<level>[1-6])", re.IGNORECASE)
_CARRIED = (
    ("vbaProject", "a macro is dropped"),
    ("embeddings/", "an embedded file is dropped"),
    ("activeX/", "a control is dropped"),
    ("media/", "pictures are not part of a norm"),
    ("header", "the running head of the page is no part of the text"),
    ("footer", "the running foot of the page is no part of the text"),
    ("comments", "comments are no part of the text"),
    ("footnotes", "footnotes are no part of the text"),
    ("endnotes", "endnotes are no part of the text"),
)
_SAYING = ("header", "footer", "comments", "footnotes", "endnotes")


def is_word(content: bytes) -> bool:
    """Whether the bytes are a zip that holds a Word document."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            return BODY in opened.namelist()
    except zipfile.BadZipFile:
        return False


def from_word(content: bytes, *, path: str) -> Converted:
    """The document as Markdown. Raises NormError naming the path and the part."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            names = opened.namelist()
            if len(names) > MOST_PARTS:
                reason = Phrase(
                    "the file has %(count)s parts; a document has at most %(most)s",
                    count=str(len(names)),
                    most=str(MOST_PARTS),
                )
                raise NormError(path, 1, reason)
            body = _xml(opened, BODY, path)
            styles = _styles(opened, names, path)
            links, outside = _relations(opened, names, path)
            carried = tuple(_carried(opened, names, path))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        reason = Phrase("the file cannot be opened as a Word document: %(why)s", why=str(error))
        raise NormError(path, 1, reason) from error
    writer = _Writer(styles, links)
    try:
        lines = list(writer.lines(body))
    except RecursionError as error:
        raise NormError(path, 1, Phrase("the parts of the file lie too deep in each other to be read")) from error
    return Converted("\n".join(lines).strip("\n") + "\n", (*writer.unplaced, *outside, *carried))


def _xml(opened: zipfile.ZipFile, name: str, path: str) -> Element:
    try:
        with opened.open(name) as part:
            data = part.read(MOST_PART + 1)
    except KeyError as error:
        reason = Phrase("the part %(name)s is missing; this is no Word document", name=name)
        raise NormError(path, 1, reason) from error
    if len(data) > MOST_PART:
        reason = Phrase("the part %(name)s has more than %(most)s bytes", name=name, most=str(MOST_PART))
        raise NormError(path, 1, reason)
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        reason = Phrase("the part %(name)s cannot be read: %(why)s", name=name, why=str(error))
        raise NormError(path, 1, reason) from error
    return root


def _styles(opened: zipfile.ZipFile, names: list[str], path: str) -> Mapping[str, int]:
    """The styles that are headings, by their identifier, with their level."""
    if "word/styles.xml" not in names:
        return {}
    levels: dict[str, int] = {}
    for style in _xml(opened, "word/styles.xml", path).iter(f"{W}style"):
        named = style.find(f"{W}name")
        words = named.get(f"{W}val", "") if named is not None else ""
        outline = style.find(f"{W}pPr/{W}outlineLvl")
        identifier = style.get(f"{W}styleId", "")
        if found := _HEADING.search(words):
            levels[identifier] = int(found["level"])
        elif words.lower() in {"title", "标题"}:
            levels[identifier] = 1
        elif outline is not None and outline.get(f"{W}val", "").isdecimal():
            levels[identifier] = min(6, int(outline.get(f"{W}val", "0")) + 1)
    return levels


def _relations(opened: zipfile.ZipFile, names: list[str], path: str) -> tuple[Mapping[str, str], tuple[Unplaced, ...]]:
    """Web links by the identifier of their relation, and everything else that leads outside."""
    part = "word/_rels/document.xml.rels"
    if part not in names:
        return {}, ()
    links: dict[str, str] = {}
    outside: list[Unplaced] = []
    for each in _xml(opened, part, path):
        target = each.get("Target", "")
        if each.get("TargetMode") != "External":
            continue
        kind = each.get("Type", "").rpartition("/")[2]
        if kind == "hyperlink" and target.lower().startswith(("http://", "https://", "mailto:")):
            links[each.get("Id", "")] = target
        else:
            outside.append(_beside(f"{kind}: {target}", "what lies outside of the file is not fetched"))
    return links, tuple(outside)


def _carried(opened: zipfile.ZipFile, names: list[str], path: str) -> Iterator[Unplaced]:
    for name in sorted(names):
        reason = next((why for mark, why in _CARRIED if name.startswith("word/") and mark in name), "")
        if not reason:
            continue
        words = name
        if name.endswith(".xml") and name.removeprefix("word/").startswith(_SAYING):
            said = " ".join(_said(_xml(opened, name, path)).split())
            if not said:
                continue
            words = f"{name}: {said}"
        if not name.endswith((".rels", "/")):
            yield _beside(words, reason)


def _said(element: Element) -> str:
    return " ".join(each.text or "" for each in element.iter(f"{W}t"))


def _beside(words: str, reason: str) -> Unplaced:
    return Unplaced(place=Place(1, 1), words=words[:300], reason=reason)


class _Writer:
    """Walks the body; paragraphs and tables become lines."""

    def __init__(self, styles: Mapping[str, int], links: Mapping[str, str]) -> None:
        self.styles, self.links = styles, links
        self.unplaced: list[Unplaced] = []

    def lines(self, root: Element) -> Iterator[str]:
        body = root.find(f"{W}body")
        for each in body if body is not None else ():
            yield from self._block(each)

    def _block(self, each: Element) -> Iterator[str]:
        if each.tag == f"{W}p":
            yield from self._paragraph(each)
        elif each.tag == f"{W}tbl":
            yield from self._table(each)
        elif each.tag in {f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml"}:
            for inner in each:
                yield from self._block(inner)
        elif each.tag != f"{W}sectPr" and (said := _said(each).strip()):
            self.unplaced.append(_beside(said, "a part of the file that is neither paragraph nor table"))

    def _paragraph(self, each: Element) -> Iterator[str]:
        words = " ".join(self._words(each).split())
        if not words:
            return
        properties = each.find(f"{W}pPr")
        style = properties.find(f"{W}pStyle") if properties is not None else None
        level = self.styles.get(style.get(f"{W}val", "") if style is not None else "", 0)
        numbering = properties.find(f"{W}numPr") if properties is not None else None
        if level:
            yield f"{'#' * level} {words.replace('**', '')}"
        elif numbering is not None:
            depth = numbering.find(f"{W}ilvl")
            indent = int(depth.get(f"{W}val", "0")) if depth is not None else 0
            yield f"{'    ' * min(indent, 8)}- {words}"
        else:
            yield words
        yield ""

    def _words(self, element: Element) -> str:
        made: list[str] = []
        for each in element:
            if each.tag == f"{W}r":
                made.append(self._run(each))
            elif each.tag == f"{W}hyperlink":
                inner, href = self._words(each), self.links.get(each.get(f"{R}id", ""), "")
                made.append(f"[{inner}]({href})" if href and inner.strip() else inner)
            elif each.tag == f"{W}del":
                if gone := "".join(part.text or "" for part in each.iter(f"{W}delText")).strip():
                    self.unplaced.append(_beside(gone, "deleted by a tracked change"))
            elif each.tag != f"{W}pPr":
                made.append(self._words(each))
        return "".join(made)

    def _run(self, run: Element) -> str:
        properties = run.find(f"{W}rPr")
        text = ""
        for each in run:
            if each.tag == f"{W}t":
                text += each.text or ""
            elif each.tag in {f"{W}tab", f"{W}br", f"{W}cr"}:
                text += " "
            elif each.tag in {f"{W}drawing", f"{W}pict", f"{W}object"}:
                if said := _said(each).strip():
                    self.unplaced.append(_beside(said, "text of a drawing"))
            elif each.tag == f"{W}instrText" and (each.text or "").strip():
                self.unplaced.append(_beside((each.text or "").strip(), "a field is not computed"))
        is_bold = properties is not None and _is_on(properties.find(f"{W}b"))
        return f"**{text.strip()}** " if is_bold and text.strip() else text

    def _table(self, table: Element) -> Iterator[str]:
        rows = [
            [
                " ".join(" ".join(self._words(each) for each in cell.iter(f"{W}p")).split()).replace("|", "/")
                for cell in row.iter(f"{W}tc")
            ]
            for row in table.iter(f"{W}tr")
        ]
        rows = [row for row in rows if row]
        if not rows:
            return
        width = max(map(len, rows))
        for place, row in enumerate(rows):
            yield f"| {' | '.join([*row, *[''] * (width - len(row))])} |"
            if not place:
                yield "|" + "---|" * width
        yield ""


def _is_on(element: Element | None) -> bool:
    return element is not None and element.get(f"{W}val", "1") not in {"0", "false", "off"}
