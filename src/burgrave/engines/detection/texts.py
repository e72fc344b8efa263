"""A text that stands in a field, with what was already answered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from burgrave.engines.detection.folding import fold

if TYPE_CHECKING:
    from burgrave.engines.detection.steps import Leaf


class Text:
    """A text as it stands (``plain``), and folded.

    ``places`` are the rules of a plan of which an anchor holds for it, ``answers`` what leaves said of it so far.
    """

    __slots__ = ("answers", "folded", "places", "plain")

    def __init__(self, plain: str) -> None:
        self.plain = plain
        self.folded = fold(plain)
        self.places: tuple[int, ...] = ()
        self.answers: dict[Leaf, bool] = {}


ABSENT: Final = Text("")
"""Stands, compared by identity, where an event has no such field."""
