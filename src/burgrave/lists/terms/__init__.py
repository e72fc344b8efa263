"""Words of lists: what is searched, and what is found."""

from burgrave.lists.terms.searching import (
    MOST_FOUND,
    MOST_MATCHING,
    TEXT_MAX,
    Entry,
    Found,
    Hit,
    Matching,
    SearchAct,
    SearchKind,
    Source,
)

__all__ = [
    "MOST_FOUND",
    "MOST_MATCHING",
    "TEXT_MAX",
    "Entry",
    "Found",
    "Hit",
    "Matching",
    "SearchAct",
    "SearchKind",
    "Source",
]
