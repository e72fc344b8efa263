"""A key that puts names into one order wherever bytes are compared."""

from __future__ import annotations

import re
import unicodedata

LONGEST_KEY = 300
LONGEST_NUMBER = 12
SURNAMES = {"仇": "qiu2", "朴": "piao2", "曾": "zeng1", "单": "shan4", "解": "xie4", "查": "zha1", "区": "ou1"}
"""Characters that are read otherwise when they begin the name of a person (GB/T 28039-2011, appendix)."""

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_DIGITS = re.compile("[0-9]+")
_PIECE = re.compile(f"({_HAN.pattern})")


def sort_key(name: str, *, is_person: bool = False) -> str:
    """ASCII only. Chinese by syllable and tone, Latin without case and accents, numbers by their value.

    Characters of other scripts follow the ASCII ones, in the order of their code points.
    """
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    pieces: list[str] = []
    for piece in _PIECE.split(text):
        if _HAN.fullmatch(piece):
            pieces.append(_pinyin(piece, is_person=is_person and not pieces))
        elif piece:
            padded = unicodedata.normalize("NFD", _DIGITS.sub(_padded, piece))
            pieces.append("".join(map(_ascii, padded)))
    return " ".join(pieces)[:LONGEST_KEY]


def _pinyin(han: str, *, is_person: bool) -> str:
    # Its dictionaries take a quarter of a second to load, which nobody should wait for who meets no Chinese name.
    from pypinyin import Style, lazy_pinyin

    syllables = lazy_pinyin(
        han, style=Style.TONE3, neutral_tone_with_five=True, errors=lambda rest: " ".join(map(_ascii, rest))
    )
    syllables = [syllable.replace("ü", "v") for syllable in syllables]
    if is_person and han[0] in SURNAMES and len(syllables) == len(han):
        syllables[0] = SURNAMES[han[0]]
    return " ".join(syllables)


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    return "" if unicodedata.combining(character) else f"~{ord(character):06x}"


def _padded(digits: re.Match[str]) -> str:
    return (digits[0].lstrip("0") or "0").zfill(LONGEST_NUMBER)
