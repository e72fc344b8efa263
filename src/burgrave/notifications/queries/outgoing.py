"""What goes out: messages, webhooks and what was sent to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from burgrave.notifications import models
from burgrave.notifications.queries.saying import said
from burgrave.notifications.terms import (
    DeliveryRow,
    DeliveryState,
    MailState,
    WebhookRow,
    WebhookState,
)
from burgrave.people import queries as people
from burgrave.people.terms import Contact
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Page

LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that is to be sent. ``contact`` is None when nobody is there to get it any more."""

    mail_id: UUID
    state: MailState
    is_digest: bool
    contact: Contact | None
    items: tuple[tuple[str, dict[str, object], str], ...]

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Each piece of news as (sentence, path), in the active language."""
        return tuple((said(sentence, params), link) for sentence, params, link in self.items)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A delivery that is to be sent, with all that the sending needs; the secret is still sealed."""

    delivery_id: UUID
    state: DeliveryState
    body: str
    webhook: models.Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingHealth:
    """What did not get out: messages that wait for more than an hour, refused ones, webhooks that were disabled."""

    late: int
    refused: int
    disabled: int


def mail(mail_id: UUID) -> Letter | None:
    """The message with this number, or None. Three statements."""
    row = models.Mail.objects.filter(pk=mail_id).first()
    if row is None:
        return None
    notices = row.notices.select_related("news").order_by("id")
    return Letter(
        mail_id=row.pk,
        state=MailState(row.state),
        is_digest=row.is_digest,
        contact=next(iter(people.contacts([row.person_id]).values()), None),
        items=tuple((each.news.sentence, each.news.params, each.news.link) for each in notices),
    )


def delivery(delivery_id: UUID) -> Outgoing | None:
    """The delivery with this number, or None. One statement."""
    row = models.Delivery.objects.select_related("webhook").filter(pk=delivery_id).first()
    if row is None:
        return None
    return Outgoing(delivery_id=row.pk, state=DeliveryState(row.state), body=row.body, webhook=row.webhook)


def webhooks() -> tuple[WebhookRow, ...]:
    """Every webhook, by name. One statement."""
    return tuple(_webhook(row) for row in models.Webhook.objects.order_by("name"))


def webhook(webhook_id: UUID) -> WebhookRow:
    """One webhook. Raises NotFound."""
    row = models.Webhook.objects.filter(pk=webhook_id).first()
    if row is None:
        raise NotFound("there is no webhook with this identifier")
    return _webhook(row)


def deliveries(webhook_id: UUID, *, number: int = 1, size: int = 50) -> Page[DeliveryRow]:
    """What was sent to a webhook, newest first. Two statements."""
    found = models.Delivery.objects.filter(webhook_id=webhook_id).order_by("-created_at", "id")
    page = page_of(found, number=number, size=size)
    rows = tuple(
        DeliveryRow(
            delivery_id=row.pk,
            topic=row.topic,
            state=DeliveryState(row.state),
            attempts=row.attempts,
            status=row.status,
            error=row.error,
            created_at=row.created_at,
            delivered_at=row.delivered_at,
        )
        for row in page.rows
    )
    return Page(rows=rows, number=page.number, size=page.size, total=page.total)


def health(*, now: datetime) -> OutgoingHealth:
    """What did not get out within the last week. Three statements."""
    week = now - timedelta(days=7)
    recent = models.Mail.objects.filter(created_at__gt=week)
    late = recent.filter(state=MailState.WAITING, created_at__lt=now - LATE).exclude(error="")
    return OutgoingHealth(
        late=late.count(),
        refused=recent.filter(state=MailState.REFUSED).count(),
        disabled=models.Webhook.objects.filter(state=WebhookState.DISABLED).count(),
    )


def _webhook(row: models.Webhook) -> WebhookRow:
    return WebhookRow(
        webhook_id=row.pk,
        name=row.name,
        url=row.url,
        topics=tuple(row.topics),
        state=WebhookState(row.state),
        key_id=row.key_id,
        failures=row.failures,
        last_ok_at=row.last_ok_at,
        last_error=row.last_error,
        created_at=row.created_at,
        version=row.version,
    )
