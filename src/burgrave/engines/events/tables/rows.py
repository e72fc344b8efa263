"""Rows of a CSV text, one after the other: quoted cells may hold newlines, and one wrong quote costs its row alone."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from burgrave.engines.events.terms import EXCERPT_BYTES
from burgrave.engines.phrases import Phrase

MOST_TRIES: Final = 16
"""So often a row that goes on is put together anew before its first line is given up, whatever its quotes are."""
_OPEN: Final = "unexpected end of data"

Numbered = tuple[int, bytes, bool]


@dataclass(frozen=True, slots=True)
class Cells:
    line: int
    cells: list[str]
    raw: bytes


@dataclass(frozen=True, slots=True)
class NoCells:
    line: int
    reason: Phrase
    raw: bytes


def rows_of(lines: Iterable[Numbered], *, codec: str, delimiter: str, longest: int) -> Iterator[Cells | NoCells]:
    """Every line that is not blank as part of one row. ``longest`` bounds the bytes of a row."""
    csv.field_size_limit(max(longest, csv.field_size_limit()))
    ahead: deque[Numbered] = deque()
    source = iter(lines)

    def taken() -> Numbered | None:
        return ahead.popleft() if ahead else next(source, None)

    while (first := taken()) is not None:
        number, line, cut = first
        if cut:
            yield NoCells(
                number, Phrase("the line has more than %(most)s bytes", most=str(longest)), line[:EXCERPT_BYTES]
            )
            continue
        text = _text(line, codec)
        if not text.strip():
            continue
        if '"' not in text:
            yield Cells(number, text.split(delimiter), line)
            continue
        held: list[Numbered] = []
        row = _row(text, delimiter)
        quotes, tries, size = text.count('"'), 0, len(line)
        texts = [text]
        while row == _OPEN and tries < MOST_TRIES and size <= longest and (more := taken()) is not None:
            held.append(more)
            if more[2]:
                break
            texts.append(_text(more[1], codec))
            quotes += texts[-1].count('"')
            size += len(more[1])
            if quotes % 2 == 0:
                tries += 1
                row = _row("\n".join(texts), delimiter)
        if isinstance(row, list):
            yield Cells(number, row, b"\n".join((line, *(each[1] for each in held))) if held else line)
            continue
        ahead.extendleft(reversed(held))
        reason = (
            Phrase("a quote is opened and not closed") if row == _OPEN else Phrase("it is no CSV: %(why)s", why=row)
        )
        yield NoCells(number, reason, line[:EXCERPT_BYTES])


def _row(text: str, delimiter: str) -> list[str] | str:
    """The cells, or what is wrong with the text."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return str(error)


def _text(line: bytes, codec: str) -> str:
    """A byte that is not of the encoding is written out in hexadecimal."""
    return line.decode(codec, errors="backslashreplace").removesuffix("\r").replace("\0", "")
