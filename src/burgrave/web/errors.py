"""Refusals: what a person asked for is not done, and the sentence says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from typing import Self


class Said(str):
    """English that a page says in the reader's language: a sentence, or a piece that fills a place of one.

    ``words`` fill its ``%(name)s`` places, and may be Said themselves. Written out, it is extracted.
    """

    __slots__ = ("sentence", "words")

    sentence: str
    words: Mapping[str, str] | None

    def __new__(cls, sentence: str, words: Mapping[str, str] | None = None) -> Self:
        said = super().__new__(cls, sentence % words if words else sentence)
        said.sentence, said.words = sentence, words
        return said


def either(choices: Iterable[str]) -> str:
    """One of the choices, "" without any."""
    given = list(choices)
    return reduce(_or, given) if given else ""


def listed(items: Iterable[str]) -> str:
    """All of the items, "" without any."""
    given = list(items)
    return reduce(_and, given) if given else ""


def _or(some: str, other: str) -> str:
    return Said("%(some)s or %(other)s", {"some": some, "other": other})


def _and(some: str, other: str) -> str:
    return Said("%(some)s, %(other)s", {"some": some, "other": other})


class Refusal(Exception):
    """Something asked for is not done; ``str()`` is fit to show, ``mend`` says what to do instead.

    ``words`` fill the ``%(name)s`` places of the sentence and may be Said. A page says both sentences in the reader's
    language when the catalogue has them: every sentence that is written out where it is raised is extracted.
    """

    status = 409

    def __init__(self, sentence: str, *, mend: str = "", words: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence % words if words else sentence)
        self.sentence = sentence
        self.words = words
        self.mend = mend


class Forbidden(Refusal):
    """The actor lacks the permission on this unit."""

    status = 403


class NotFound(Refusal):
    """Nothing with this identifier is visible to the actor."""

    status = 404


class BadInput(Refusal):
    """What was sent cannot be read as what was expected."""

    status = 422


class StaleEdit(Refusal):
    """Somebody else changed the object since it was read; nothing was overwritten."""

    def __init__(
        self,
        sentence: str,
        *,
        changed_by: str,
        changed_at: datetime,
        mend: str = "",
        words: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence, mend=mend, words=words)
        self.changed_by = changed_by
        self.changed_at = changed_at
