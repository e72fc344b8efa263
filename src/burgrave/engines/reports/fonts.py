"""Which characters a typeface has, read before anything is set in it (OpenType, cmap formats 4 and 12)."""

from __future__ import annotations

import struct
from collections import Counter
from functools import cache
from pathlib import Path

from pylopdf_fonts_zh_cn import sans_path

from burgrave.engines.reports.terms import ReportError

FAMILY = "Noto Sans SC"
MARK = "\N{WHITE SQUARE}"
SEGMENTS, GROUPS = 4, 12
LAYOUT = frozenset("\t\n\r ")
UNDRAWN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff") | {chr(code) for code in range(0xFE00, 0xFE10)}
"""They have no form of their own: joiners, soft breaks and variation selectors are left out in silence."""


def folder() -> Path:
    """Where the typeface lies."""
    return Path(sans_path()).parent


@cache
def known() -> frozenset[int]:
    """The code points that the typeface of reports has a form for."""
    return code_points(Path(sans_path()).read_bytes())


class Visible:
    """Makes texts showable: what the typeface lacks becomes a mark, and is counted."""

    def __init__(self) -> None:
        self._known = known()
        self._unseen: Counter[str] = Counter()

    def text(self, text: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        return "".join(map(self._character, text))

    def unseen(self) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(self._unseen.items()))

    def _character(self, character: str) -> str:
        if ord(character) in self._known or character in LAYOUT:
            return character
        if character in UNDRAWN:
            return ""
        self._unseen[character] += 1
        return MARK


def code_points(font: bytes) -> frozenset[int]:
    """Every code point that a cmap of the font maps to a glyph. Raises ReportError for what is no font with one."""
    try:
        start = _table(font, b"cmap")
        (count,) = struct.unpack_from(">H", font, start + 2)
        offsets = {struct.unpack_from(">I", font, start + 8 + 8 * i)[0] for i in range(count)}
        found: set[int] = set()
        for offset in sorted(offsets):
            (kind,) = struct.unpack_from(">H", font, start + offset)
            if kind == SEGMENTS:
                found |= _segments(font, start + offset)
            elif kind == GROUPS:
                found |= _groups(font, start + offset)
    except struct.error as error:
        raise ReportError("the file of the typeface ends too early; install its package again") from error
    if not found:
        raise ReportError("the typeface maps no character; a cmap of format 4 or 12 was expected")
    return frozenset(found)


def _table(font: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for i in range(count):
        name, _checksum, offset, _length = struct.unpack_from(">4sIII", font, 12 + 16 * i)
        if name == tag:
            return int(offset)
    raise ReportError(f"the typeface has no table {tag.decode()}")


def _segments(font: bytes, at: int) -> set[int]:
    (double,) = struct.unpack_from(">H", font, at + 6)
    count, found = double // 2, set[int]()
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + double)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 2 * double)
    ranges = struct.unpack_from(f">{count}H", font, at + 16 + 3 * double)
    for i in range(count):
        for code in range(starts[i], min(ends[i], 0xFFFE) + 1):
            glyph = code
            if ranges[i]:
                where = at + 16 + 3 * double + 2 * i + ranges[i] + 2 * (code - starts[i])
                (glyph,) = struct.unpack_from(">H", font, where)
            if (glyph + deltas[i]) % 0x10000 and (glyph or not ranges[i]):
                found.add(code)
    return found


def _groups(font: bytes, at: int) -> set[int]:
    (count,) = struct.unpack_from(">I", font, at + 12)
    found: set[int] = set()
    for i in range(count):
        first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * i)
        found.update(range(first if glyph else first + 1, min(last, 0x10FFFF) + 1))
    return found
