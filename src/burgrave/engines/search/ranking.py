"""Which of the found comes first. Counted here and not by a database, so that each gives one order."""

from __future__ import annotations

from dataclasses import dataclass

from burgrave.engines.search.words import Question, folded


@dataclass(frozen=True, slots=True)
class Document:
    """What was found, as it was written."""

    identifier: str
    title: str
    text: str


def score(asked: Question, document: Document) -> tuple[int, int, int]:
    """Smaller comes first: how well identifier and title fit, where the first word stands, how long the title is."""
    title, identifier = folded(document.title), folded(document.identifier)
    whole = " ".join(word.text for word in asked.words)
    if whole in {identifier, title}:
        rank = 0
    elif title.startswith(whole) or identifier.startswith(whole):
        rank = 1
    elif asked.stands_in(title):
        rank = 2
    elif asked.stands_in(f"{identifier} {title}"):
        rank = 3
    else:
        rank = 4
    at = min((place for word in asked.words if (place := title.find(word.text)) >= 0), default=len(title))
    return (rank, at, len(title))
