"""From which day a version holds, and until when those before it do."""

from __future__ import annotations

from datetime import date, timedelta

from burgrave.policies.errors import WrongState
from burgrave.web.errors import BadInput

LONGEST_WAIT = timedelta(days=366)


def first_day(wanted: date | None, *, today: date) -> date:
    """The day from which a version holds that is published today. Raises BadInput."""
    if wanted is None:
        return today
    if not today <= wanted <= today + LONGEST_WAIT:
        raise BadInput(
            "a version holds from the day of its publication or a later one within a year, got %(day)s",
            words={"day": wanted.isoformat()},
            mend="Choose today or a later day.",
        )
    return wanted


def must_not_wait_longer(begins: date, *, waiting: date | None, label: str) -> None:
    """Return when the new version begins no later than the one that waits for its day. Raises WrongState."""
    if waiting is not None and begins > waiting:
        raise WrongState(
            "version %(label)s is published and holds from %(day)s; the next one cannot begin later than that",
            words={"label": label, "day": waiting.isoformat()},
            mend="Publish it once the other holds, or choose an earlier day: then it takes the place of the other.",
        )


def end_of(begins: date, *, successor_on: date) -> date:
    """The day on which a version holds no more, given the first day of what comes after it.

    One that would have begun later has never held: it ends on its own first day.
    """
    return max(begins, successor_on)
