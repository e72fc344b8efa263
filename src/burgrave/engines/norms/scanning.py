# ruff: noqa: E501 - a pattern is easier to check as one line than cut in pieces
"""Blocks out of Markdown, each character with its place in the file.

CommonMark is read as far as norms use it: headings, paragraphs, lists, task lists, tables, quotes, fenced code, comments.
Beyond it, lettered and roman lists (``a.``, ``i.``, ``(b)``) are lists here, since that is how norms are numbered;
CommonMark would make code of what is indented below them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from burgrave.engines.norms.terms import Block, BlockKind, Place, Text

_HEADING = re.compile(r"(?P<indent> {0,3})(?P<marks>#{1,6})(?:[ \t]+(?P<text>.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_FENCE = re.compile(r" *(?P<marks>`{3,}|~{3,})")
_ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?P<marker>[-*+]|\(?(?:\d{1,9}|[A-Za-z]|[ivxlc]{1,6})[.)]|[（(][一二三四五六七八九十\d]{1,3}[)）])"
    r"(?P<gap>[ \t]+)(?P<text>\S.*)?$"
)
_CHINESE_ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?P<marker>第[一二三四五六七八九十百\d]{1,5}条|[一二三四五六七八九十]{1,3}、)(?P<gap>[ \t]*)(?P<text>\S.*)?$"
)
_TASK = re.compile(r"\[[ xX]\][ \t]+")
_ATTRIBUTES = re.compile(r"[ \t]*\{(?P<inner>#?[^{}]*)\}[ \t]*$")
_ATTRIBUTE = re.compile(r'#(?P<id>[\w.:-]+)|(?P<key>[\w-]+)="(?P<quoted>[^"]*)"|(?P<bare>[\w-]+)=(?P<word>[^\s"]+)')
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$")
_NO_LINE_FEED = re.compile(r"[^\n]")
_BULLETS = {"-", "*", "+"}
_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
TAB = 4
_FRAMES = "()（）.、"


@dataclass(slots=True)
class _Open:
    """The block that further lines may still belong to."""

    kind: BlockKind
    level: int = 0
    marker: str = ""
    ordinal: int = 1
    parts: list[tuple[str, Place]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comment:
    """An HTML comment, by the line that it begins on."""

    words: str
    line: int


@dataclass(slots=True)
class _Level:
    indent: int
    family: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class Scanned:
    blocks: tuple[Block, ...]
    comments: tuple[Comment, ...]


def scan(source: str, *, first_line: int = 1) -> Scanned:
    """The blocks of a document whose first line has the number ``first_line``, in their order."""
    bare, comments = _without_comments(source, first_line)
    return Scanned(tuple(_Scanner(first_line).blocks(bare.split("\n"))), comments)


def _without_comments(source: str, first_line: int) -> tuple[str, tuple[Comment, ...]]:
    """Comments are blanked out, so that every other character keeps its place."""
    if "<!--" not in source:
        return source, ()
    found: list[Comment] = []
    kept: list[str] = []
    after, line = 0, first_line
    while (start := source.find("<!--", after)) >= 0 and (end := source.find("-->", start + 4)) >= 0:
        before, comment = source[after:start], source[start : end + 3]
        line += before.count("\n")
        found.append(Comment(comment[4:-3].strip(), line))
        kept += (before, _NO_LINE_FEED.sub(" ", comment))
        line += comment.count("\n")
        after = end + 3
    return "".join((*kept, source[after:])), tuple(found)


class _Scanner:
    """Reads line by line; ``levels`` are the lists that are open, from the outermost in."""

    def __init__(self, first_line: int) -> None:
        self.number = first_line - 1
        self.open: _Open | None = None
        self.levels: list[_Level] = []
        self.fence = ""
        self.blank_before = True
        self.in_table = False

    def blocks(self, lines: list[str]) -> Iterator[Block]:
        for position, line in enumerate(lines):
            self.number += 1
            following = lines[position + 1] if position + 1 < len(lines) else ""
            yield from self._line(line, following)
        yield from self._close()

    def _line(self, line: str, following: str) -> Iterator[Block]:
        if self.fence or _FENCE.match(line):
            yield from self._fenced(line)
        elif not line.strip():
            yield from self._close()
            self.blank_before, self.in_table = True, False
            return
        elif found := _HEADING.match(line):
            yield from self._close()
            self.levels.clear()
            yield self._heading(found)
        elif self.open and self.open.kind is BlockKind.PARAGRAPH and not self.levels and _UNDERLINE.match(line):
            self.open.kind, self.open.level = BlockKind.HEADING, 1 if "=" in line else 2
            yield from self._close()
        elif _RULE.match(line):
            yield from self._close()
        elif self.in_table or ("|" in line and _TABLE_RULE.match(following) and "|" in following):
            yield from self._close()
            self.in_table = True
            yield from self._row(line)
        elif line.lstrip().startswith(">"):
            yield from self._quote(line)
        elif (item := _ITEM.match(line) or _CHINESE_ITEM.match(line)) and self._begins(item):
            yield from self._close()
            self._item(item)
        else:
            yield from self._text(line)
        self.blank_before = False

    def _fenced(self, line: str) -> Iterator[Block]:
        yield from self._close_unless(BlockKind.CODE)
        marks = _FENCE.match(line)
        if not self.fence and marks:
            self.fence = marks["marks"][0] * 3
            self.open = _Open(BlockKind.CODE)
        elif line.strip().startswith(self.fence) and not line.strip().strip(self.fence[0]):
            self.fence = ""
            yield from self._close()
        elif self.open:
            self.open.parts.append((line, Place(self.number, 1)))

    def _heading(self, found: re.Match[str]) -> Block:
        text = found["text"] or ""
        column = found.start("text") + 1 if found["text"] else 1
        return _finished(_Open(BlockKind.HEADING, len(found["marks"]), parts=[(text, Place(self.number, column))]))

    def _row(self, line: str) -> Iterator[Block]:
        if _TABLE_RULE.match(line):
            return
        for ordinal, cell in enumerate(re.finditer(r"[^|]+", line), 1):
            text = cell[0].strip()
            if text:
                column = cell.start() + len(cell[0]) - len(cell[0].lstrip()) + 1
                yield _finished(_Open(BlockKind.CELL, ordinal=ordinal, parts=[(text, Place(self.number, column))]))

    def _quote(self, line: str) -> Iterator[Block]:
        yield from self._close_unless(BlockKind.QUOTE)
        self.open = self.open or _Open(BlockKind.QUOTE)
        inner = line.lstrip()[1:].lstrip()
        self.open.parts.append((inner, Place(self.number, len(line) - len(inner) + 1)))

    def _begins(self, item: re.Match[str]) -> bool:
        """Whether this is an item, and not a sentence that a line break put behind ``a.`` or ``2010.``."""
        if self.blank_before or self.open is None or item["marker"] in _BULLETS or self.levels:
            return True
        return _ordinal(item["marker"]) == 1

    def _item(self, found: re.Match[str]) -> None:
        indent = len(found["indent"].replace("\t", " " * TAB))
        family = _family(found["marker"])
        while self.levels and self.levels[-1].indent > indent:
            self.levels.pop()
        if self.levels and self.levels[-1].indent == indent and self.levels[-1].family == family:
            self.levels[-1].ordinal += 1
        else:
            if self.levels and self.levels[-1].indent == indent:
                self.levels.pop()
            self.levels.append(_Level(indent, family, 1))
        text, column = found["text"] or "", found.start("text") + 1
        kind = BlockKind.ITEM
        if task := _TASK.match(text):
            kind, text, column = BlockKind.STEP, text[task.end() :], column + task.end()
        self.open = _Open(kind, len(self.levels) - 1, found["marker"], self.levels[-1].ordinal)
        self.open.parts.append((text, Place(self.number, column)))

    def _text(self, line: str) -> Iterator[Block]:
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if self.open is None:
            if not indent:
                self.levels.clear()
            self.open = _Open(BlockKind.PARAGRAPH, len(self.levels))
        self.open.parts.append((stripped, Place(self.number, indent + 1)))
        yield from ()

    def _close_unless(self, kind: BlockKind) -> Iterator[Block]:
        if self.open and self.open.kind is not kind:
            yield from self._close()

    def _close(self) -> Iterator[Block]:
        if self.open and any(text.strip() for text, _ in self.open.parts):
            yield _finished(self.open)
        self.open = None


def _finished(block: _Open) -> Block:
    parts = block.parts
    identifier = ""
    attributes: Mapping[str, str] = {}
    if block.kind is not BlockKind.CODE and (found := _ATTRIBUTES.search(parts[-1][0])):
        identifier, attributes = _read_attributes(found["inner"])
        if identifier or attributes:
            parts = [*parts[:-1], (parts[-1][0][: found.start()], parts[-1][1])]
    return Block(
        kind=block.kind,
        level=block.level,
        marker=block.marker,
        ordinal=block.ordinal,
        text=joined(parts, "\n" if block.kind is BlockKind.CODE else " "),
        identifier=identifier,
        attributes=attributes,
    )


def joined(parts: list[tuple[str, Place]], glue: str) -> Text:
    """The parts as one text; between Han characters a line break is no space."""
    value, starts, places = "", [], []
    for text, place in parts:
        if value:
            value += "" if glue == " " and _HAN.match(value[-1]) and _HAN.match(text[:1] or " ") else glue
        starts.append(len(value))
        places.append(place)
        value += text
    return Text(value.rstrip(), tuple(starts), tuple(places))


def _read_attributes(inner: str) -> tuple[str, Mapping[str, str]]:
    identifier = ""
    named: dict[str, str] = {}
    for each in _ATTRIBUTE.finditer(inner):
        if each["id"]:
            identifier = each["id"]
        else:
            named[each["key"] or each["bare"]] = each["quoted"] if each["key"] else each["word"]
    return identifier, named


def _family(marker: str) -> str:
    """What numbers an item: two lists at one indentation with different markers are two lists."""
    inner = marker.strip(_FRAMES)
    if marker in _BULLETS:
        return "bullet"
    if inner.isdecimal():
        return "number"
    return "letter" if inner.isascii() else "han"


def _ordinal(marker: str) -> int:
    inner = marker.strip(_FRAMES)
    return 1 if inner in {"1", "a", "A", "i", "一", "第一条", "第1条"} else 2
