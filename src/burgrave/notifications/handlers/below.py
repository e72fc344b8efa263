"""News of the floors below: sign-ins that were locked, and roles that end."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from burgrave.jobs.terms import Args, Lease
from burgrave.ledger.terms import StoredRecord
from burgrave.notifications import commands
from burgrave.notifications.rules.freshness import is_stale
from burgrave.notifications.terms import Day, Recipients, Words
from burgrave.people import queries as people
from burgrave.people.terms.records import person_subject
from burgrave.web.terms import PersonId

LOCKED = gettext_noop("A sign-in is locked for a while after %(failures)s failed attempts")
ENDS = gettext_noop("A role of yours ends on %(day)s")
ENDS_FOR_OTHERS = gettext_noop("A role that you manage ends on %(day)s")
WEEK = timedelta(days=7)


def on_lockout_began(record: StoredRecord) -> None:
    """Whoever manages the person's unit knows that somebody tried their sign-in; whoever they are, the whole's."""
    now = timezone.now()
    organisation = people.organisation()
    if organisation is None or is_stale(record.at, now=now):
        return
    person_id = people.by_email().get(record.text("email") or "")
    contact = people.contacts([person_id]).get(person_id) if person_id else None
    link = f"/people/{person_id}/" if person_id else "/ledger/?kind=people.lockout_began"
    commands.notify(
        topic="access.lockout",
        to=Recipients(permission="people.manage", unit_id=contact.unit_id if contact else organisation.root_unit_id),
        subject=person_subject(person_id) if person_id else "people.sign_in:failed",
        words=Words(sentence=LOCKED, params={"failures": int(str(record.body["failures"]))}),
        link=link,
        dedupe_key=f"record:{record.record_id}",
        now=now,
    )


def tell_ending_grants(lease: Lease, _args: Args) -> None:
    """Whoever holds a role that ends within seven days knows it, and so do those who could renew it."""
    now = lease.now()
    for ending in people.grants_ending(after=now, until=now + WEEK):
        day = Day(ending.expires_at.date())
        with transaction.atomic():
            commands.notify(
                topic="access.grant_ending",
                to=Recipients(persons=(PersonId(ending.person_id),)),
                subject=person_subject(ending.person_id),
                words=Words(sentence=ENDS, params={"day": day}),
                link="/me/",
                dedupe_key=f"grant_ending:{ending.grant_id}:{ending.expires_at.isoformat()}:own",
                now=now,
            )
            commands.notify(
                topic="access.grant_ending",
                to=Recipients(permission="people.manage", unit_id=ending.unit_id),
                subject=person_subject(ending.person_id),
                words=Words(sentence=ENDS_FOR_OTHERS, params={"day": day}),
                link=f"/people/{ending.person_id}/",
                dedupe_key=f"grant_ending:{ending.grant_id}:{ending.expires_at.isoformat()}:others",
                now=now,
            )
