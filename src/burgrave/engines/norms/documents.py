"""A document read into facts, blocks, clauses and references. Nothing of the file is lost on the way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from burgrave.engines.norms.front_matter import facts_of, parse_mapped, split
from burgrave.engines.norms.quantities import quantities
from burgrave.engines.norms.requirements import requirements
from burgrave.engines.norms.scanning import Comment, scan
from burgrave.engines.norms.terms import (
    Allowed,
    Block,
    BlockKind,
    Clause,
    Facts,
    Kind,
    Language,
    Modality,
    Norm,
    NormError,
    Parameter,
    Place,
    Reference,
    Text,
    Unplaced,
)
from burgrave.engines.norms.words import EVIDENCE, INFORMATIVE
from burgrave.engines.phrases import Phrase

MOST_BYTES = 8 * 1024 * 1024
MOST_LINES = 200_000
MOST_BLOCKS = 20_000
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_LABEL = re.compile(r"^\s*(?:\*{1,2})?(?P<id>[A-Z][A-Z0-9]*(?:[.-][A-Z0-9]+)+)(?:\*{1,2})?[:：.]?\s+")
_NUMBERED = re.compile(r"^(?P<number>\d+(?:\.\d+)*)[.、]?\s+\S")
_PARAMETER = re.compile(r"\[\[\s*(?P<name>[A-Za-z][\w.-]*)\s*(?:=\s*(?P<value>[^\]]+?)\s*)?\]\]")
_LINK = re.compile(r"(?<!!)\[[^\]\[]*\]\(\s*<?(?P<target>[^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_IMAGE = re.compile(r"!\[[^\]\[]*\]\(")
_MARKUP = re.compile(
    r"<(?:script|style|iframe|object|embed|link|meta|form|svg|img|a|div|span|p|br|table)\b[^>]*>", re.IGNORECASE
)
_ALLOW = re.compile(r"lint:\s*allow\s+(?P<code>[a-z-]+)\s*(?::\s*(?P<reason>.*))?$", re.DOTALL)
_TEXTUAL = {BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.STEP, BlockKind.CELL}


def read(source: str | bytes, *, path: str, kind: Kind | None = None) -> Norm:
    """The document, with every clause at its place. Raises NormError naming path and line.

    ``kind`` holds where the front matter names none. Bytes must be UTF-8, with or without a byte order mark. HTML is
    never taken over: markup is kept as words and listed in ``unplaced``.
    """
    text = _decoded(source, path=path)
    cut = split(text)
    facts = facts_of(cut.front, path=path, first_line=cut.front_line)
    facts = replace(facts, kind=facts.kind or kind)
    scanned = scan(cut.body, first_line=cut.first_line)
    if len(scanned.blocks) > MOST_BLOCKS:
        place = scanned.blocks[MOST_BLOCKS].text.places[0]
        reason = Phrase("the document has more than %(most)s paragraphs; divide it", most=str(MOST_BLOCKS))
        raise NormError(path, place.line, reason)
    language = facts.language or _language(cut.body)
    clauses = tuple(_Clauses(facts, language).of(scanned.blocks))
    references = tuple(_references(scanned.blocks))
    return Norm(
        path=path,
        facts=facts,
        language=language,
        blocks=scanned.blocks,
        clauses=clauses,
        references=references,
        anchors=frozenset(_anchors(scanned.blocks, clauses)),
        allowed=tuple(_allowed(scanned.comments, scanned.blocks)),
        unplaced=tuple(_unplaced(scanned.blocks)),
    )


def _decoded(source: str | bytes, *, path: str) -> str:
    if len(source) > MOST_BYTES:
        reason = Phrase(
            "the document has %(count)s bytes; a norm has at most %(most)s",
            count=str(len(source)),
            most=str(MOST_BYTES),
        )
        raise NormError(path, 1, reason)
    text = _utf8(source, path=path) if isinstance(source, bytes) else source
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise NormError(path, line, Phrase("a NUL character; this is no text file"))
    if text.count("\n") > MOST_LINES:
        raise NormError(path, 1, Phrase("the document has more than %(most)s lines", most=str(MOST_LINES)))
    return text


def _utf8(source: bytes, *, path: str) -> str:
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise NormError(path, line, not_utf8(source[error.start])) from error


def not_utf8(byte: int) -> Phrase:
    return Phrase("byte %(byte)s is not UTF-8; save the file as UTF-8", byte=f"0x{byte:02x}")


def _language(body: str) -> Language:
    han = len(_HAN.findall(body))
    return Language.CHINESE if han * 4 > len(_LETTER.findall(body)) else Language.ENGLISH


@dataclass(slots=True)
class _Clauses:
    """Walks the blocks and keeps count of where in the document it is."""

    facts: Facts
    language: Language
    headings: list[tuple[int, str]] = field(default_factory=list)
    counters: list[int] = field(default_factory=list)
    number: str = ""
    items: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    paragraph: int = 0

    def of(self, blocks: Sequence[Block]) -> Iterator[Clause]:
        waiting: Clause | None = None
        for block in blocks:
            if block.kind is BlockKind.HEADING:
                self._heading(block)
                continue
            if block.kind not in _TEXTUAL or INFORMATIVE.match(block.text.value):
                continue
            if evidence := EVIDENCE.match(block.text.value):
                if waiting:
                    waiting = replace(waiting, evidence=(evidence["en"] or evidence["zh"]).strip())
                continue
            clause = self._clause(block)
            if clause is None:
                continue
            if waiting:
                yield waiting
            waiting = clause
        if waiting:
            yield waiting

    def _heading(self, block: Block) -> None:
        while self.headings and self.headings[-1][0] >= block.level:
            self.headings.pop()
        self.headings.append((block.level, block.text.value))
        depth = len(self.headings)
        self.counters = [*self.counters[:depth], *([0] * (depth - len(self.counters)))]
        self.counters[depth - 1] += 1
        numbered = _NUMBERED.match(block.text.value)
        self.number = numbered["number"] if numbered else ".".join(map(str, self.counters))
        self.items.clear()
        self.paragraph = 0

    def _clause(self, block: Block) -> Clause | None:
        derived = self._derived(block)
        found = requirements(block.text, language=self.language, roles=self.facts.roles)
        is_step = block.kind is BlockKind.STEP or (self.facts.kind is Kind.PROCEDURE and block.kind is BlockKind.ITEM)
        parameters = tuple(_parameters(block.text))
        asks = any(each.modality is not Modality.NONE for each in found)
        label = _LABEL.match(block.text.value)
        if not (asks or is_step or parameters or block.identifier or label):
            return None
        named = block.identifier or (label["id"] if label else "")
        return Clause(
            identifier=named or self._unique(derived),
            is_named=bool(named),
            heading=" / ".join(text for _, text in self.headings),
            text=block.text,
            requirements=found,
            parameters=parameters,
            satisfies=parse_mapped(block.attributes.get("satisfies", "")),
            is_step=is_step,
            evidence=block.attributes.get("evidence", ""),
        )

    def _derived(self, block: Block) -> str:
        section = self.number or "0"
        if block.kind in {BlockKind.ITEM, BlockKind.STEP}:
            self.items = [*self.items[: block.level], str(block.ordinal)]
            return f"{section}({')('.join(self.items)})"
        self.paragraph += 1
        return f"{section}:{self.paragraph}"

    def _unique(self, identifier: str) -> str:
        self.seen[identifier] += 1
        count = self.seen[identifier]
        return identifier if count == 1 else f"{identifier}~{count}"


def _parameters(text: Text) -> Iterator[Parameter]:
    for found in _PARAMETER.finditer(text.value):
        if found["value"]:
            named = quantities(found["value"])
            yield Parameter(
                name=found["name"].lower(),
                words=found["value"],
                quantity=named[0] if named else None,
                place=text.place(found.start()),
            )


def _references(blocks: Sequence[Block]) -> Iterator[Reference]:
    for block in blocks:
        if block.kind is BlockKind.CODE:
            continue
        for found in _LINK.finditer(block.text.value):
            path, _, anchor = found["target"].partition("#")
            if "://" not in path and not path.startswith(("mailto:", "tel:")):
                yield Reference(path=path, anchor=anchor, place=block.text.place(found.start("target")))


def _anchors(blocks: Sequence[Block], clauses: Sequence[Clause]) -> Iterator[str]:
    for clause in clauses:
        if clause.is_named:
            yield clause.identifier
    for block in blocks:
        if block.identifier:
            yield block.identifier
        if block.kind is BlockKind.HEADING:
            yield slug(block.text.value)


def slug(heading: str) -> str:
    """The anchor of a heading, as common renderers of Markdown make it: lower case, words joined by hyphens."""
    return re.sub(r"[^\w\s-]", "", heading.lower()).strip().replace(" ", "-")


def _allowed(comments: Sequence[Comment], blocks: Sequence[Block]) -> Iterator[Allowed]:
    """A comment covers its own line and the next block below it."""
    for comment in comments:
        if found := _ALLOW.match(comment.words):
            below = next((block for block in blocks if block.text.places[0].line >= comment.line), None)
            last = below.text.places[-1].line if below else comment.line
            yield Allowed(
                code=found["code"],
                reason=(found["reason"] or "").strip(),
                line=comment.line,
                until=max(last, comment.line),
            )


def _unplaced(blocks: Sequence[Block]) -> Iterator[Unplaced]:
    for block in blocks:
        if block.kind is BlockKind.CODE:
            continue
        value = block.text.value
        for found in _MARKUP.finditer(value):
            yield Unplaced(
                place=block.text.place(found.start()),
                words=found[0][:200],
                reason="HTML is kept as words, not as markup",
            )
        for found in _IMAGE.finditer(value):
            yield Unplaced(
                place=block.text.place(found.start()),
                words=value[found.start() : found.start() + 200],
                reason="pictures are not part of a norm; attach them to the document",
            )


__all__ = ["Place", "read", "slug"]
