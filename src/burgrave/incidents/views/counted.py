"""What correlations counted, as the page of an alert and that of an incident show it."""

from __future__ import annotations

from burgrave.incidents import words
from burgrave.incidents.terms import CountedRow

EVENTS_SHOWN = 20
"""Events that are listed of each match where there are several; more would make a page long."""


def shown_counted(counted: CountedRow, *, most: int | None = EVENTS_SHOWN) -> dict[str, object]:
    """What was counted, in words, with the first of the events; with all that are named without ``most``."""
    return {
        "row": counted,
        "said": words.counted_words(counted),
        "measured": words.measured_words(counted),
        "events": [(each, words.place_words(each)) for each in counted.named[:most]],
    }
