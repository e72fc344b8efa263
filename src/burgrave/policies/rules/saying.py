"""What the engine of norms says, as what a page says in the reader's language."""

from __future__ import annotations

from burgrave.engines.norms import NormError, Phrase
from burgrave.web.errors import Said


def said(text: str) -> str:
    """The phrase with its pieces, each to be said in the reader's language; what people wrote stays as it is."""
    if not isinstance(text, Phrase):
        return text
    return Said(text.sentence, {name: said(words) for name, words in text.words.items()} or None)


def said_error(error: NormError) -> str:
    """Where the text cannot be read, and why."""
    words = {"path": error.path, "line": str(error.line), "reason": said(error.reason)}
    return Said("%(path)s:%(line)s: %(reason)s", words)
