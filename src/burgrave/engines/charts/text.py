"""How wide a text is, where it breaks, and what of it may stand in XML.

Widths are advances in thousandths of the size, the widest of the usual faces for interfaces, so that a text drawn in
any of them is never wider than reckoned here. Han, kana, hangul and full-width forms are one em.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

ASCII = (
    *(318, 401, 474, 838, 636, 950, 780, 278, 390, 390, 500, 838, 318, 361, 318, 392),
    *(636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531),
    *(1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 535, 656, 557, 863, 748, 787),
    *(633, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 392, 390, 838, 559),
    *(606, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 284, 974, 634, 612),
    *(635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838),
)
BLOCKS = (
    (0x0000, 0), (0x0080, 640), (0x0300, 0), (0x0370, 720), (0x0590, 720), (0x1100, 1000), (0x1200, 800),
    (0x2000, 1000), (0x2070, 640), (0x2190, 1000), (0x2500, 1000), (0xA4D0, 800), (0xAC00, 1000), (0xD7B0, 800),
    (0xF900, 1000), (0xFB00, 700), (0xFE20, 1000), (0xFF61, 500), (0xFFE0, 1000), (0x10000, 900), (0x1F000, 1300),
    (0x20000, 1000),
)  # fmt: skip
STARTS = tuple(start for start, _width in BLOCKS)
FIRST, LAST = 0x20, 0x7E
SOFT_HYPHEN_LIKE = {0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}
NARROW = {0x00B7: 318, 0x2013: 500, 0x2018: 1000, 0x2019: 1000, 0x202F: 318, 0x00A0: 318, 0x2009: 318}
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
GAPS = re.compile("[ \t\r\n\u2028\u2029]+")
NO_BEGINNING = frozenset(",.:;!?)]}%\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff09\u300b\u300d\u201d")
WIDE = 0x2E80


def plain(text: str) -> str:
    """The text on one line, with a mark in place of what XML forbids and of what turns the direction of reading."""
    return GAPS.sub(" ", UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)).strip(" ")


def escaped(text: str) -> str:
    """The text as it may stand in an element and in a quoted attribute."""
    marked = UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _advance(character: str) -> int:
    code = ord(character)
    if FIRST <= code <= LAST:
        return ASCII[code - FIRST]
    if code in SOFT_HYPHEN_LIKE:
        return 0
    return NARROW.get(code) or BLOCKS[bisect_right(STARTS, code) - 1][1]


@lru_cache(maxsize=4096)
def width(text: str, size: float = 12) -> float:
    """The width of one line, in the unit of ``size``."""
    return sum(map(_advance, text)) * size / 1000


def shortened(text: str, room: float, size: float = 12) -> str:
    """The text, or as much of it as fits with an ellipsis; empty if not even that fits."""
    text = plain(text)
    if width(text, size) <= room:
        return text
    left, end = room - width(ELLIPSIS, size), 0
    while (left := left - _advance(text[end]) * size / 1000) >= 0:
        end += 1
    return f"{text[:end].rstrip()}{ELLIPSIS}" if end else ""


def wrapped(text: str, room: float, size: float = 12, *, lines: int = 2) -> tuple[str, ...]:
    """The text on at most ``lines`` lines, broken between words and between Han; the last one is shortened."""
    done: list[str] = []
    line = ""
    pieces = _pieces(plain(text))
    for place, piece in enumerate(pieces):
        if width((line + piece).rstrip(), size) <= room or not line.strip():
            line += piece
        elif len(done) + 1 == lines:
            return (*done, shortened((line + "".join(pieces[place:])).strip(), room, size))
        else:
            done.append(shortened(line.strip(), room, size))
            line = piece
    return (*done, shortened(line.strip(), room, size)) if line.strip() else tuple(done)


def _pieces(text: str) -> list[str]:
    """Pieces between which a line may break: after spaces and joints, around Han, never before a closing mark."""
    pieces: list[str] = []
    for character in text:
        is_wide = ord(character) >= WIDE
        joins = pieces and (
            character in NO_BEGINNING or (not is_wide and pieces[-1][-1] not in " -/_." and ord(pieces[-1][-1]) < WIDE)
        )
        if joins or (character == " " and pieces):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
