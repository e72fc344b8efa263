"""A published text as whoever must know it reads it: without the marks that are for those who write and check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from burgrave.engines.norms import BlockKind, Modality, NormError, Shown, Span, read, shown
from burgrave.policies import words


def text_parts(source: str, variables: Mapping[str, str], *, title: str) -> Sequence[Any]:
    """The parts of the text in their order; its first heading is left out where it only repeats the title.

    A text that cannot be read as a norm is shown as it was written.
    """
    try:
        blocks = shown(read(source, path="text"), variables=variables)
    except NormError:
        blocks = (Shown(kind=BlockKind.CODE, level=0, marker="", line=1, spans=(Span(text=source),)),)
    if blocks and blocks[0].kind is BlockKind.HEADING and blocks[0].words.strip() == title.strip():
        blocks = blocks[1:]
    return words.parts(replace(each, modality=Modality.NONE, satisfies=(), clause="") for each in blocks)
