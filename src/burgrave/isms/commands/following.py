"""The owner of a decision knows of it, and hears of it again until it is closed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from burgrave.isms import models
from burgrave.isms.queries.meetings import decision_number
from burgrave.isms.rules.following import REMIND_BEFORE, REPEAT, Reminder, reminder
from burgrave.isms.terms import EDIT
from burgrave.isms.terms.meetings import DecisionState
from burgrave.isms.terms.records import decision_subject
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Day, Recipients, Words
from burgrave.web.terms import Actor, PersonId, UnitId

AT_ONCE = 50
DECIDED = gettext_noop("%(number)s was decided and is yours to carry out by %(day)s")
SENTENCES = {
    Reminder.SOON: gettext_noop("%(number)s is to be carried out by %(day)s"),
    Reminder.DUE: gettext_noop("%(number)s was to be carried out by %(day)s"),
    Reminder.LATE: gettext_noop("%(number)s was to be carried out by %(day)s, and is still open"),
}


def tell_owner(row: models.Decision, *, actor: Actor, now: datetime) -> None:
    """Whoever carries the decision out knows it and its day, unless they recorded it themselves."""
    if row.owner_id != actor.person_id:
        _tell(row, DECIDED, "isms.decided", Recipients(persons=(PersonId(row.owner_id),)), now=now)


@transaction.atomic
def remind_of_decisions(*, now: datetime) -> int:
    """Up to 50 open decisions that are due are told to their owners, each once a week. Returns how many were looked at.

    0 when none is left.
    """
    today = now.date()
    due = models.Decision.objects.select_for_update(of=("self",)).filter(
        state=DecisionState.OPEN, due_on__lte=today + REMIND_BEFORE
    )
    rows = [
        (row, what)
        for row in due.exclude(reminded_on__gt=today - REPEAT, due_on__lt=today).order_by("due_on", "id")
        if (what := reminder(row.due_on, reminded_on=row.reminded_on, today=today))
    ][:AT_ONCE]
    for row, what in rows:
        row.reminded_on = today
        row.save(update_fields=["reminded_on"])
        owner = (PersonId(row.owner_id),)
        to = Recipients(persons=owner)
        if what is Reminder.LATE:
            to = Recipients(persons=owner, permission=EDIT, unit_id=UnitId(row.unit_id))
        _tell(row, SENTENCES[what], "isms.decision_due", to, now=now)
    return len(rows)


def _tell(row: models.Decision, sentence: str, topic: str, to: Recipients, *, now: datetime) -> None:
    notifications.notify(
        topic=topic,
        to=to,
        subject=decision_subject(row.pk),
        words=Words(sentence=sentence, params={"number": decision_number(row.number), "day": Day(row.due_on)}),
        link=f"/isms/decisions/{row.pk}/",
        dedupe_key=f"{topic}:{row.pk}:{now.date().isoformat()}",
        now=now,
    )
