"""Reviews that fall due are told to the owner, and to those above when nobody acts."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_noop

from burgrave.jobs.terms import Args, Lease
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Day, Recipients, Words
from burgrave.policies import models
from burgrave.policies.rules.reviewing import REMIND_BEFORE, Reminder, reminder
from burgrave.policies.terms import EDIT, PUBLISH, DocumentState, document_subject
from burgrave.web.terms import PersonId, UnitId

SENTENCES = {
    Reminder.SOON: gettext_noop("%(number)s is to be reviewed by %(day)s"),
    Reminder.DUE: gettext_noop("%(number)s was to be reviewed by %(day)s"),
    Reminder.LATE: gettext_noop("%(number)s was to be reviewed by %(day)s, and nobody has done it"),
}


def tell_due_reviews(lease: Lease, _args: Args) -> None:
    """Each owner knows a month before, on the day, and every week after it; later those who publish know it too.

    For a document that nobody owns, whoever edits in its unit knows it. One query finds them, whatever their number.
    """
    now = lease.now()
    today = now.date()
    found = models.Document.objects.filter(
        state=DocumentState.IN_FORCE, review_due_on__lte=today + REMIND_BEFORE
    ).order_by("review_due_on", "pk")
    for row in found.iterator(chunk_size=500):
        if row.review_due_on is None:
            continue
        what = reminder(row.review_due_on, reminded_on=row.reminded_on, today=today)
        if what is None:
            continue
        with transaction.atomic():
            models.Document.objects.filter(pk=row.pk).update(reminded_on=today)
            notifications.notify(
                topic="policies.review_due",
                to=_recipients(row, what),
                subject=document_subject(row.pk),
                words=Words(sentence=SENTENCES[what], params={"number": row.number, "day": Day(row.review_due_on)}),
                link=f"/policies/{row.pk}/",
                dedupe_key=f"policies.review_due:{row.pk}:{today.isoformat()}",
                now=now,
            )


def _recipients(row: models.Document, what: Reminder) -> Recipients:
    owner = (PersonId(row.owner_id),) if row.owner_id else ()
    if what is Reminder.LATE:
        return Recipients(persons=owner, permission=PUBLISH, unit_id=UnitId(row.unit_id))
    return Recipients(persons=owner) if owner else Recipients(permission=EDIT, unit_id=UnitId(row.unit_id))
