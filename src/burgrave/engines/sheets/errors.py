"""What may be wrong with a table, in sentences."""

from __future__ import annotations

from burgrave.engines.phrases import Phrase


class SheetError(ValueError):
    """A file cannot be read or written as a table; str() says what was found and what to do.

    ``said`` is the same with its pieces kept apart, for whoever says it in another language.
    """

    def __init__(self, sentence: str, **words: object) -> None:
        self.said = Phrase(
            sentence, **{name: each if isinstance(each, str) else str(each) for name, each in words.items()}
        )
        super().__init__(self.said)


class TooLarge(SheetError):
    """A table stays within the limits."""
