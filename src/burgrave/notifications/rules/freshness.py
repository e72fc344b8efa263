"""Whether something that was recorded is still news."""

from __future__ import annotations

from datetime import datetime, timedelta

NEWS_FOR = timedelta(days=2)


def is_stale(at: datetime, *, now: datetime) -> bool:
    """A handler that is new, or was held up for days, reads old records: what they tell is no news any more."""
    return now - at > NEWS_FOR
