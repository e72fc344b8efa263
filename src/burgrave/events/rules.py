"""Decisions without tables: how long events are kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from burgrave.events.errors import RetentionUnusable
from burgrave.events.terms import LONGEST_RETENTION, SHORTEST_RETENTION


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
