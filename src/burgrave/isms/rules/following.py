"""When the owner of a decision hears of it again, until it is closed."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

REMIND_BEFORE, ESCALATE_AFTER, REPEAT = timedelta(days=7), timedelta(days=14), timedelta(days=7)


class Reminder(StrEnum):
    """``SOON`` and ``DUE`` go to the owner, ``LATE`` also to those who edit there."""

    SOON = "soon"
    DUE = "due"
    LATE = "late"


def reminder(due: date, *, reminded_on: date | None, today: date) -> Reminder | None:
    """What is told today: once in the week before the day, on the day, and once a week after it."""
    if today < due - REMIND_BEFORE:
        return None
    if today < due:
        return None if reminded_on is not None and reminded_on >= due - REMIND_BEFORE else Reminder.SOON
    if reminded_on is not None and reminded_on >= due and today < reminded_on + REPEAT:
        return None
    return Reminder.LATE if today >= due + ESCALATE_AFTER else Reminder.DUE
