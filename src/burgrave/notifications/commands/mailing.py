"""What became of a message. The job that sends it calls these within its lease."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import F

from burgrave.notifications import models
from burgrave.notifications.terms import MailState


def mail_sent(mail_id: UUID, *, now: datetime) -> None:
    """A mail server has taken the message."""
    models.Mail.objects.filter(pk=mail_id).update(
        state=MailState.SENT, sent_at=now, attempts=F("attempts") + 1, error=""
    )


def mail_failed(mail_id: UUID, *, error: str) -> None:
    """The message did not get through this time."""
    models.Mail.objects.filter(pk=mail_id).update(attempts=F("attempts") + 1, error=error[:500])


def mail_refused(mail_id: UUID, *, error: str) -> None:
    """A mail server refused the message for good, or nobody is there to get it."""
    models.Mail.objects.filter(pk=mail_id).update(
        state=MailState.REFUSED, attempts=F("attempts") + 1, error=error[:500]
    )
