"""What of the ledger's anchors is news: a contradiction at once, a gap soon."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from burgrave.ledger.terms import StoredRecord
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Urgency, Words
from burgrave.people import queries as people

CONTRADICTED = gettext_noop("The ledger is contradicted from outside: keep the machine as it is, and look")
AWAY = gettext_noop("What holds the ledger from outside does not answer; work goes on, and the gap is recorded")
NEWS_FOR = timedelta(days=2)


def on_witness_disagreed(record: StoredRecord) -> None:
    """Everybody who reads the ledger knows it now, whatever hour it is and however old the record."""
    _tell(record, "ledger.contradicted", CONTRADICTED, Urgency.URGENT)


def on_anchor_went_away(record: StoredRecord) -> None:
    """Everybody who reads the ledger knows that what is recorded now is not held from outside yet."""
    if timezone.now() - record.at <= NEWS_FOR:
        _tell(record, "ledger.anchor_away", AWAY, Urgency.NORMAL)


def _tell(record: StoredRecord, topic: str, sentence: str, urgency: Urgency) -> None:
    organisation = people.organisation()
    if organisation is None:
        return
    notifications.notify(
        topic=topic,
        to=Recipients(permission="ledger.read", unit_id=organisation.root_unit_id),
        subject=f"custody.anchor:{record.body['anchor_kind']}",
        words=Words(sentence=sentence),
        link="/ledger/anchors/",
        urgency=urgency,
        dedupe_key=f"record:{record.record_id}",
        now=timezone.now(),
    )
