"""Text becomes tokens that every database compares byte by byte, so that all of them find the same.

Chinese and kana have no spaces: a run of them becomes its overlapping pairs of characters and its last character. Every
other run of letters and digits is one token. A question asks for all its tokens, and a candidate is read again: only
where each word of the question really stands in the text it is a hit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LONGEST_TOKEN = 60
"""A longer run is cut; the reading again still compares all of it."""
MOST_WORDS = 8
MOST_QUESTION = 200

_RUN = re.compile(f"(?P<han>[{HAN}]+)|(?P<word>[^\\W_{HAN}]+)")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a question: ``text`` is looked for in folded text; a token that ends in ``*`` is a beginning."""

    text: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: all of its words."""

    words: tuple[Word, ...]

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Each once; those that another one implies are left out."""
        return tuple(dict.fromkeys(token for word in self.words for token in word.tokens))

    def stands_in(self, text: str) -> bool:
        """Whether every word stands in the folded text."""
        return all(word.text in text for word in self.words)


def folded(text: str) -> str:
    """The text without the differences that nobody means: width, case, compatibility forms (NFKC), kinds of space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def tokens(text: str) -> tuple[str, ...]:
    """The tokens of a text, each once, in their order."""
    return tuple(dict.fromkeys(_tokens(folded(text))))


def question(text: str) -> Question:
    """The question of what somebody typed; words without any letter or digit ask for nothing."""
    words = []
    for each in folded(text[:MOST_QUESTION]).split()[:MOST_WORDS]:
        asked = tuple(_asked(each))
        if asked:
            words.append(Word(each, asked))
    return Question(tuple(words))


def _tokens(text: str) -> Iterator[str]:
    for run in _RUN.finditer(text):
        found = run.group()
        if run["word"]:
            yield found[:LONGEST_TOKEN]
            continue
        for place in range(len(found) - 1):
            yield found[place : place + 2]
        yield found[-1]


def _asked(word: str) -> Iterator[str]:
    for run in _RUN.finditer(word):
        found = run.group()
        if run["word"] or len(found) == 1:
            yield f"{found[:LONGEST_TOKEN]}*"
            continue
        for place in range(len(found) - 1):
            yield found[place : place + 2]
