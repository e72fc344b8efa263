"""What waits for a digest is put into one message a day or a week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from burgrave.notifications import models
from burgrave.notifications.commands.sending import enqueue_mail
from burgrave.notifications.queries.own import preferences_in
from burgrave.notifications.rules.delivery import digest_day
from burgrave.people import queries as people

PERSONS_AT_ONCE = 500


def gather_digests(*, now: datetime) -> int:
    """Everybody whose hour has come has one message with all that waits for them. Returns how many messages.

    Without a mail server nothing is gathered: it stands in the inbox all the same.
    """
    if settings.BURGRAVE_MAIL is None:
        return 0
    return sum(_gather(person_id, now=now) for person_id in _waiting())


def _waiting() -> Iterator[UUID]:
    waiting = models.Notice.objects.filter(wants_digest=True, mail=None).order_by("person_id")
    yield from list(waiting.values_list("person_id", flat=True).distinct())


@transaction.atomic
def _gather(person_id: UUID, *, now: datetime) -> int:
    rhythm, _ = models.Rhythm.objects.select_for_update().get_or_create(person_id=person_id)
    contacts = people.contacts([person_id])
    contact = next(iter(contacts.values()), None)
    if contact is None:
        return 0
    day = digest_day(preferences_in(rhythm), zone=contact.time_zone, last_on=rhythm.last_digest_on, now=now)
    if day is None:
        return 0
    mail = models.Mail.objects.create(
        person_id=person_id, key=f"digest:{person_id}:{day.isoformat()}", is_digest=True, created_at=now
    )
    models.Notice.objects.filter(person_id=person_id, wants_digest=True, mail=None).update(mail=mail)
    rhythm.last_digest_on = day
    rhythm.save(update_fields=["last_digest_on"])
    enqueue_mail(mail, now=now)
    return 1
