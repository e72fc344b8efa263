"""Decisions without tables: how long events are kept, and what an engine says in the words of refusals."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from burgrave.engines.phrases import Phrase
from burgrave.events.errors import RetentionUnusable
from burgrave.events.terms import LONGEST_RETENTION, SHORTEST_RETENTION
from burgrave.web.errors import Said


def usable_retention(days: int) -> None:
    """Return when events can be kept for so many days. Raises RetentionUnusable."""
    if not SHORTEST_RETENTION <= days <= LONGEST_RETENTION:
        raise RetentionUnusable(
            "events are kept for %(least)s to %(most)s days, got %(days)s",
            words={"least": str(SHORTEST_RETENTION), "most": f"{LONGEST_RETENTION:,}", "days": str(days)},
            mend="Say a number of days between these.",
        )


def first_kept_day(now: datetime, *, days: int) -> date:
    """The oldest day whose events are kept: so many days back."""
    return now.date() - timedelta(days=days)


def said(phrase: str) -> str:
    """What the engine says, so that a page says it in the reader's language."""
    if not isinstance(phrase, Phrase):
        return str(phrase)
    return Said(phrase.sentence, {name: said(each) for name, each in phrase.words.items()})
