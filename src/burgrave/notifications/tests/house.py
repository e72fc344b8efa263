"""What the tests of the domain share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.notifications import commands
from burgrave.notifications.terms import Escalation, MailServer, Recipients, Security, Urgency, Words
from burgrave.people.tests_cast import NOON
from burgrave.web.terms import Actor

OPENED = Words(sentence="Incident %(number)s was opened", params={"number": "INC-2026-0001"})


def server(port: int, **options: object) -> MailServer:
    given = {"host": "127.0.0.1", "security": Security.NONE, "sender": "burgrave@example.org", "timeout_seconds": 2.0}
    return MailServer(port=port, **{**given, **options})  # type: ignore[arg-type]  # the test's own choice


def tell(
    *persons: Actor,
    topic: str = "incidents.opened",
    urgency: Urgency = Urgency.NORMAL,
    words: Words = OPENED,
    key: str = "",
    escalation: Escalation | None = None,
    to: Recipients | None = None,
    now: datetime = NOON,
) -> UUID:
    ids = tuple(person.person_id for person in persons if person.person_id)
    with transaction.atomic():
        return commands.notify(
            topic=topic,
            to=to or Recipients(persons=ids),
            subject="incidents.case:1",
            words=words,
            link="/incidents/INC-2026-0001/",
            urgency=urgency,
            dedupe_key=key,
            escalation=escalation,
            now=now,
        )
