"""Letter case, by Unicode: two texts are the same to a rule when they fold to the same text.

Folding replaces each character by one character (Unicode simple case folding, CaseFolding.txt C and S), so lengths and
the meaning of ``?`` stay. ``ß`` is not ``ss``; the Kelvin sign is ``k``; ``İ`` and ``ı`` are no ``i``.
"""

from __future__ import annotations

_LAST_ASCII = 0x7F
_LAST_CASED = 0x1FFFF  # characters beyond it have no case
_BLOCK = 0x100


def _fold_character(character: str) -> str:
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1:
            return folded
    return character


def _table() -> dict[int, str]:
    """What becomes of the characters that change; only in few blocks does any."""
    found: dict[int, str] = {}
    for start in range(0, _LAST_CASED + 1, _BLOCK):
        block = "".join(map(chr, range(start, start + _BLOCK)))
        if block.casefold() != block or block.lower() != block:
            found.update({ord(each): folded for each in block if (folded := _fold_character(each)) != each})
    return found


_TABLE = _table()


def fold(text: str) -> str:
    """The text with every character in its folded case; as many characters as before."""
    return text.lower() if text.isascii() else text.translate(_TABLE)


def to_ascii() -> tuple[str, ...]:
    """The characters beyond ASCII that fold to one of ASCII: the long s and the Kelvin sign."""
    return tuple(chr(code) for code, folded in _TABLE.items() if code > _LAST_ASCII and folded.isascii())
