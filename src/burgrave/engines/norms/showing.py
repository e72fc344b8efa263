"""A document as it is shown: blocks of spans, which hold words and never markup.

The blocks are those of ``scanning``; within a block emphasis, code and links are read as CommonMark has them.
Nothing here is HTML: whoever draws a page, a PDF or a DOCX puts each span there as text, so that no text can bring
markup along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.token import Token

from burgrave.engines.norms.documents import slug
from burgrave.engines.norms.terms import Block, BlockKind, Clause, Mapped, Modality, Norm
from burgrave.engines.norms.words import EVIDENCE

VARIABLE = re.compile(r"\{\{\s*\.?(?P<name>[A-Za-z][\w.-]*)\s*\}\}")
_VALUES = re.compile(r"\[\[\s*(?P<parameter>[A-Za-z][\w.-]*)\s*(?:=\s*(?P<value>[^\]]+?)\s*)?\]\]|" + VARIABLE.pattern)
_INLINE = MarkdownIt("zero").enable(["emphasis", "backticks", "link", "escape"])
_RULE_BETWEEN = 2
_WEB = re.compile(r"https?://[^\s\"<>]+$", re.IGNORECASE)
_PICTURE = re.compile(r"!\[(?P<words>[^\]]*)\]\((?P<target>[^)]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words of one look. ``href`` is a web address, ``reference`` another document or clause as it was written.

    ``parameter`` names the value that the words are; ``is_unknown`` marks a variable without a value.
    """

    text: str
    is_strong: bool = False
    is_emphasis: bool = False
    is_code: bool = False
    href: str = ""
    reference: str = ""
    parameter: str = ""
    is_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A block as it is shown; ``cells`` are those of a row of a table, each with its column.

    ``anchor`` is what links lead to; ``clause`` is set where the block is one.
    """

    kind: BlockKind
    level: int
    marker: str
    line: int
    spans: tuple[Span, ...] = ()
    cells: tuple[tuple[int, tuple[Span, ...]], ...] = ()
    is_head: bool = False
    is_evidence: bool = False
    anchor: str = ""
    clause: str = ""
    modality: Modality = Modality.NONE
    satisfies: tuple[Mapped, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All of it as plain text."""
        if self.cells:
            return " | ".join("".join(span.text for span in spans) for _column, spans in self.cells)
        return "".join(span.text for span in self.spans)


def shown(norm: Norm, *, variables: Mapping[str, str] | None = None) -> tuple[Shown, ...]:
    """The blocks in their order, variables filled in. What has no value stays as it was written, and is marked."""
    known = {**norm.facts.variables, **(variables or {})}
    clauses = {(each.place.line, each.place.column): each for each in norm.clauses}
    made: list[Shown] = []
    for is_row, group in groupby(norm.blocks, key=lambda block: block.kind is BlockKind.CELL):
        blocks = list(group)
        if is_row:
            made += _rows(blocks, known)
        else:
            made += (_shown(block, clauses, known) for block in blocks)
    return tuple(made)


def filled(source: str, variables: Mapping[str, str]) -> str:
    """The text with every variable that has a value replaced by it."""
    return VARIABLE.sub(lambda found: variables.get(found["name"], found[0]), source)


def unknown_variables(norm: Norm, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The names that stand in the text and have no value, each once, in the order of the text."""
    known = {*norm.facts.variables, *variables}
    names = (found["name"] for block in norm.blocks for found in VARIABLE.finditer(block.text.value))
    return tuple(name for name in dict.fromkeys(names) if name not in known)


def _shown(block: Block, clauses: Mapping[tuple[int, int], Clause], known: Mapping[str, str]) -> Shown:
    place = block.text.place(0)
    clause = clauses.get((place.line, place.column))
    anchor = clause.identifier if clause else block.identifier
    if block.kind is BlockKind.HEADING and not anchor:
        anchor = slug(block.text.value)
    is_code = block.kind is BlockKind.CODE
    return Shown(
        kind=block.kind,
        level=block.level,
        marker=block.marker,
        line=place.line,
        spans=(Span(text=filled(block.text.value, known)),) if is_code else tuple(spans(block.text.value, known)),
        is_evidence=not is_code and EVIDENCE.match(block.text.value) is not None,
        anchor=anchor,
        clause=clause.identifier if clause else "",
        modality=clause.modality if clause else Modality.NONE,
        satisfies=clause.satisfies if clause else (),
        attributes=block.attributes,
    )


def _rows(blocks: Sequence[Block], known: Mapping[str, str]) -> Iterator[Shown]:
    """Cells of one line are a row; a line below a gap begins another table."""
    before, is_head = None, False
    for line, group in groupby(blocks, key=lambda block: block.text.place(0).line):
        cells = tuple((block.ordinal, tuple(spans(block.text.value, known))) for block in group)
        # Between the head and the first row lies the rule of the table; all others follow at once.
        is_head = before is None or line - before > (_RULE_BETWEEN if is_head else 1)
        yield Shown(kind=BlockKind.CELL, level=0, marker="", line=line, cells=cells, is_head=is_head)
        before = line


def spans(text: str, variables: Mapping[str, str]) -> Iterator[Span]:
    """The words of one block; neighbours of one look are one span."""
    waiting: Span | None = None
    for each in _spans(_PICTURE.sub(lambda found: found["words"] or found["target"], text), variables):
        if waiting and replace(waiting, text="") == replace(each, text="") and not each.parameter:
            waiting = replace(waiting, text=waiting.text + each.text)
            continue
        if waiting:
            yield waiting
        waiting = each
    if waiting:
        yield waiting


def _spans(text: str, variables: Mapping[str, str]) -> Iterator[Span]:
    look = Span(text="")
    for token in _INLINE.parseInline(text)[0].children or ():
        if token.type == "text":
            yield from _values(token.content, look, variables)
        elif token.type == "code_inline":
            yield replace(look, text=filled(token.content, variables), is_code=True)
        else:
            look = _look(look, token)


def _look(look: Span, token: Token) -> Span:
    is_open = token.nesting > 0
    if token.type.startswith("strong"):
        return replace(look, is_strong=is_open)
    if token.type.startswith("em"):
        return replace(look, is_emphasis=is_open)
    if not is_open:
        return replace(look, href="", reference="")
    target = str(token.attrs.get("href", ""))
    return replace(look, href=target) if _WEB.match(target) else replace(look, reference=target)


def _values(text: str, look: Span, variables: Mapping[str, str]) -> Iterator[Span]:
    """Parameters and variables within plain words."""
    start = 0
    for found in _VALUES.finditer(text):
        if found.start() > start:
            yield replace(look, text=text[start : found.start()])
        if found["parameter"]:
            yield replace(look, text=found["value"] or found["parameter"], parameter=found["parameter"].lower())
        else:
            value = variables.get(found["name"])
            yield replace(look, text=found[0] if value is None else value, is_unknown=value is None)
        start = found.end()
    if start < len(text):
        yield replace(look, text=text[start:])
