"""What Burgrave wrote into a row, kept so that it can be said in the language of a later reader."""

from __future__ import annotations

from collections.abc import Mapping

from burgrave.engines.canonical import JSON
from burgrave.web.errors import Said


def kept(text: str) -> dict[str, JSON] | None:
    """The sentence and its words where the text has them; nothing for what people wrote."""
    if not isinstance(text, Said):
        return None
    words: dict[str, JSON] = {name: kept(each) or str(each) for name, each in (text.words or {}).items()}
    return {"sentence": text.sentence, "words": words}


def heard(text: str, said: object) -> str:
    """The text again, as Burgrave said it where ``said`` was kept of it."""
    if not isinstance(said, Mapping):
        return text
    words = {
        str(name): heard("", each) if isinstance(each, Mapping) else str(each)
        for name, each in dict(said["words"]).items()
    }
    return Said(str(said["sentence"]), words or None)
