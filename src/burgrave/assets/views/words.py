"""How the pages call what the domain knows."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_noop

from burgrave.assets.forms import LIFECYCLES, level
from burgrave.assets.queries import DIMENSION_WORDS, TYPE_WORDS
from burgrave.assets.terms import DIMENSIONS, AssetRow, Lifecycle, Need, Scheme
from burgrave.web.terms import State, Tone

RECORD_WORDS = (
    gettext_noop("Asset added"),
    gettext_noop("Asset edited"),
    gettext_noop("Asset classified"),
    gettext_noop("Need lowered"),
    gettext_noop("Asset moved"),
    gettext_noop("Asset reviewed"),
    gettext_noop("Dependency added"),
    gettext_noop("Dependency removed"),
    gettext_noop("Assets saved"),
    gettext_noop("Assets changed"),
    gettext_noop("Assets merged"),
    gettext_noop("Survivor id"),
    gettext_noop("Duplicate id"),
    gettext_noop("Facts"),
    gettext_noop("Scheme defined"),
    gettext_noop("Sample left"),
    gettext_noop("Assets"),
    gettext_noop("Report made"),
    gettext_noop("Report"),
    gettext_noop("Format"),
    gettext_noop("Sha256"),
    gettext_noop("Size bytes"),
    gettext_noop("Rows"),
    gettext_noop("Asset id"),
    gettext_noop("Asset type"),
    gettext_noop("Unit id"),
    gettext_noop("Name"),
    gettext_noop("Fields"),
    gettext_noop("Confidentiality"),
    gettext_noop("Integrity"),
    gettext_noop("Availability"),
    gettext_noop("Scheme version"),
    gettext_noop("Reason"),
    gettext_noop("Lifecycle"),
    gettext_noop("Version"),
    gettext_noop("Dependent id"),
    gettext_noop("Support id"),
    gettext_noop("Dependency kind"),
    gettext_noop("New"),
    gettext_noop("Changed"),
    gettext_noop("Same"),
    gettext_noop("Dependencies"),
    gettext_noop("Levels"),
)
"""The ledger shows kinds and fields in these words."""

__all__ = ["RECORD_WORDS", "level", "levels", "life", "needs", "shown"]

TONES = {
    Lifecycle.PLANNED: Tone.IDLE,
    Lifecycle.IN_USE: Tone.GOOD,
    Lifecycle.RETIRING: Tone.GOING,
    Lifecycle.DISPOSED: Tone.IDLE,
}


def life(lifecycle: Lifecycle) -> State:
    return State(LIFECYCLES[lifecycle], TONES[lifecycle])


def needs(scheme: Scheme, need: Need) -> list[dict[str, Any]]:
    """The three ranks of an asset: a letter for narrow tables, the dimension, and the level."""
    return [
        {
            "letter": str(DIMENSION_WORDS[each])[:1],
            "dimension": DIMENSION_WORDS[each],
            "rank": need.of(each),
            "word": level(scheme, need.of(each)),
            "share": round(need.of(each) / len(scheme.levels), 2),
        }
        for each in DIMENSIONS
    ]


def levels(scheme: Scheme) -> list[tuple[str, str]]:
    """The levels as a form offers them."""
    return [(str(each.rank), level(scheme, each.rank)) for each in scheme.levels]


def shown(row: AssetRow, scheme: Scheme, *, today: date) -> dict[str, Any]:
    """A row of a list."""
    return {
        "row": row,
        "type": TYPE_WORDS[row.type],
        "life": life(row.lifecycle),
        "needs": needs(scheme, row.need),
        "overdue": row.review_due_on < today and row.lifecycle is not Lifecycle.DISPOSED,
    }
