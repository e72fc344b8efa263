"""Letter case, by Unicode: two texts are the same to a rule when they fold to the same text.

Folding replaces each character by one character (Unicode simple case folding, CaseFolding.txt C and S), so lengths and
the meaning of ``?`` stay. ``ß`` is not ``ss``; the Kelvin sign is ``k``; ``İ`` and ``ı`` are no ``i``.
"""

from __future__ import annotations

_LAST_ASCII = 0x7F
_LAST_CASED = 0x1FFFF  # characters beyond it have no case


def _fold_character(character: str) -> str:
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1:
            return folded
    return character


_TABLE = {code: folded for code in range(_LAST_CASED + 1) if (folded := _fold_character(chr(code))) != chr(code)}


def fold(text: str) -> str:
    """The text with every character in its folded case; as many characters as before."""
    return text.lower() if text.isascii() else text.translate(_TABLE)


def to_ascii() -> tuple[str, ...]:
    """The characters beyond ASCII that fold to one of ASCII: the long s and the Kelvin sign."""
    return tuple(chr(code) for code, folded in _TABLE.items() if code > _LAST_ASCII and folded.isascii())
