"""HTML turned into Markdown: what it says is kept, what it does is dropped and listed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from burgrave.engines.norms.terms import Place, Unplaced

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DROPPED = frozenset({"script", "style", "iframe", "object", "embed", "applet", "template", "noscript", "svg", "math"})
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "header", "footer", "main", "body", "ul", "ol", "table", "blockquote", "pre"}
)
_WEB = re.compile(r"(?:https?:|mailto:|#|[\w./-]+\.md)", re.IGNORECASE)
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Converted:
    """Markdown, and what had no place in it."""

    text: str
    unplaced: tuple[Unplaced, ...]


@dataclass(slots=True)
class _List:
    is_numbered: bool
    count: int = 0


@dataclass(slots=True)
class _State:
    lists: list[_List] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    hrefs: list[str] = field(default_factory=list)
    in_cell: bool = False


def from_html(source: str) -> Converted:
    """The words of a page as Markdown. Scripts, styles and frames are dropped; so is every attribute but a link's."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return Converted(reader.finished(), tuple(reader.unplaced))


class _Reader(HTMLParser):
    """Builds lines; ``dropping`` is the element whose contents are passed over, ``depth`` how often it is nested."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.open = ""
        self.prefix = ""
        self.dropping, self.depth = "", 0
        self.is_title = False
        self.is_plain = False
        self.state = _State()
        self.unplaced: list[Unplaced] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.dropping:
            self.depth += tag == self.dropping
            return
        if tag in _DROPPED:
            self.dropping, self.depth = tag, 1
            self._list(f"<{tag}>", "it is dropped: a norm holds words and does nothing")
            return
        given = dict(attrs)
        for name in given:
            if name.startswith("on"):
                self._list(f"{name} of <{tag}>", "it is dropped: a norm holds words and does nothing")
        self._opened(tag, given)

    def _opened(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "a":
            self.state.hrefs.append(given.get("href") or "")
            self.open += "["
        elif tag == "img":
            self._list(f"<img> {given.get('src') or ''}"[:200], "pictures are not part of a norm")
            self.open += given.get("alt") or ""
        elif tag == "br":
            self.open += "\n" if self.is_plain else " "
        elif tag in _MARKS:
            self.open += _MARKS[tag]
        elif tag == "title":
            self.is_title = True
        elif tag in {"td", "th"}:
            self.open, self.state.in_cell = "", True
        elif self.state.in_cell:
            self.open += " "
        else:
            self._begin(tag)

    def _begin(self, tag: str) -> None:
        """A block begins, and what was open ends."""
        if level := _HEADINGS.get(tag):
            self._end()
            self.prefix = "#" * level + " "
        elif tag in {"ul", "ol"}:
            self._end()
            self.state.lists = [*self.state.lists[:DEEPEST], _List(is_numbered=tag == "ol")]
        elif tag == "li":
            self._item()
        elif tag == "tr":
            self._end()
            self.state.rows.append([])
        elif tag in _BLOCKS:
            prefix = self.prefix
            self._end()
            self.prefix = "> " if tag == "blockquote" else prefix
            self.is_plain = tag == "pre"

    def _item(self) -> None:
        self._end()
        inner = self.state.lists[-1] if self.state.lists else _List(is_numbered=False)
        inner.count += 1
        indent = "    " * max(0, len(self.state.lists) - 1)
        self.prefix = indent + (f"{inner.count}. " if inner.is_numbered else "- ")

    def handle_endtag(self, tag: str) -> None:
        if self.dropping:
            self.depth -= tag == self.dropping
            self.dropping = self.dropping if self.depth else ""
        elif tag == "a" and self.state.hrefs:
            href = self.state.hrefs.pop()
            self.open += f"]({href})" if _WEB.match(href) else "]"
        elif tag == "title":
            self.is_title = False
        elif tag in _MARKS:
            self.open += _MARKS[tag]
        elif tag in {"td", "th"}:
            if self.state.rows:
                self.state.rows[-1].append(" ".join(self.open.split()).replace("|", "/"))
            self.open, self.state.in_cell = "", False
        elif not self.state.in_cell:
            self._ended(tag)

    def _ended(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._end()
            self.state.lists = self.state.lists[:-1]
        elif tag == "table":
            self._table()
        elif tag == "pre":
            self.lines += ["```", *self.open.strip("\n").split("\n"), "```", ""]
            self.open, self.is_plain = "", False
        elif tag in _HEADINGS or tag in {"li", "blockquote"} or tag in _BLOCKS:
            self._end()

    def handle_data(self, data: str) -> None:
        if self.dropping or self.is_title:
            return
        self.open += data if self.is_plain else re.sub(r"\s+", " ", data)

    def handle_comment(self, data: str) -> None:
        if data.strip() and not self.dropping:
            self._list(f"<!--{data}-->"[:200], "a comment is no part of the text")

    def finished(self) -> str:
        self._end()
        return "\n".join(self.lines).strip("\n") + "\n"

    def _end(self) -> None:
        """The block that is open is written down."""
        words = self.open.strip()
        if words:
            self.lines += [self.prefix + words, ""]
        self.open, self.prefix = "", ""

    def _table(self) -> None:
        rows, self.state.rows = [row for row in self.state.rows if row], []
        if not rows:
            return
        width = max(map(len, rows))
        padded = [[*row, *[""] * (width - len(row))] for row in rows]
        head, *body = [f"| {' | '.join(row)} |" for row in padded]
        self.lines += [head, "|" + "---|" * width, *body, ""]

    def _list(self, words: str, reason: str) -> None:
        line, column = self.getpos()
        self.unplaced.append(Unplaced(place=Place(line, column + 1), words=words, reason=reason))
