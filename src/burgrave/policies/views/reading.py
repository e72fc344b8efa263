"""A text as it is read: blocks of plain words, so that no text can bring markup along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from burgrave.engines.norms import Block, BlockKind, NormError, plain, read

DEEPEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A block of a text: ``tag`` says how it looks, ``anchor`` is what a link to its clause leads to."""

    tag: str
    text: str
    marker: str
    level: int
    anchor: str


def paragraphs(source: str, variables: Mapping[str, str]) -> tuple[Paragraph, ...]:
    """The blocks in their order. A text that cannot be read as a norm is shown as it was written."""
    try:
        norm = read(source, path="text")
    except NormError:
        return (Paragraph(tag="code", text=source, marker="", level=0, anchor=""),)
    return tuple(_paragraph(block, {**norm.facts.variables, **variables}) for block in norm.blocks)


def _paragraph(block: Block, variables: Mapping[str, str]) -> Paragraph:
    text = block.text.value if block.kind is BlockKind.CODE else plain(block.text.value)
    for name, value in variables.items():
        text = text.replace(f"{{{{{name}}}}}", value).replace(f"{{{{ {name} }}}}", value)
    level = min(block.level, DEEPEST)
    tag = f"h{min(level + 1, DEEPEST + 1)}" if block.kind is BlockKind.HEADING else str(block.kind)
    return Paragraph(tag=tag, text=text, marker=block.marker, level=level, anchor=block.identifier)
