"""English that an engine says, kept apart from what fills it, so that it can be said in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

__all__ = ["Phrase"]


class Phrase(str):
    """English with what fills it kept apart, so that whoever shows it can say it in another language.

    ``words`` fill the ``%(name)s`` places of ``sentence``, and may be phrases themselves.
    """

    __slots__ = ("sentence", "words")

    sentence: str
    words: Mapping[str, str]

    def __new__(cls, sentence: str, **words: str) -> Self:
        made = super().__new__(cls, sentence % words if words else sentence)
        made.sentence, made.words = sentence, words
        return made
