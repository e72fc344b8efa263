"""When a document is due for review, and who hears of it."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

REMIND_BEFORE, ESCALATE_AFTER, REPEAT = timedelta(days=30), timedelta(days=14), timedelta(days=7)


class Reminder(StrEnum):
    """``SOON`` and ``DUE`` go to the owner, ``LATE`` also to those above."""

    SOON = "soon"
    DUE = "due"
    LATE = "late"


def due_on(*, from_on: date, every_days: int) -> date:
    """The day by which somebody confirms the text or begins the next version."""
    return from_on + timedelta(days=every_days)


def reminder(due: date, *, reminded_on: date | None, today: date) -> Reminder | None:
    """What is told today; at most one a week, and none earlier than a month before the day."""
    if today < due - REMIND_BEFORE or (reminded_on is not None and today < reminded_on + REPEAT):
        return None
    if today < due:
        return None if reminded_on is not None and reminded_on >= due - REMIND_BEFORE else Reminder.SOON
    return Reminder.LATE if today >= due + ESCALATE_AFTER else Reminder.DUE
