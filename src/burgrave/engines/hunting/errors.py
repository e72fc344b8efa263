"""Why a hunt has no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from burgrave.engines.phrases import Phrase

if TYPE_CHECKING:
    from burgrave.engines.hunting.sources import HuntLimits

STOPPED: Final = Phrase("the hunt needed more memory or time than it may use and was stopped; narrow it")


class HuntFailed(Exception):
    """The hunt has no answer; str() says why in a sentence."""


def too_long(limits: HuntLimits) -> Phrase:
    """What is said of a hunt that had all of its time."""
    return Phrase(
        "the hunt took longer than %(seconds)s seconds and was stopped; narrow it by time or kind",
        seconds=f"{limits.seconds:g}",
    )
