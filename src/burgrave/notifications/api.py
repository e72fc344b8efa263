"""The JSON API of notices and webhooks: the same queries and commands as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.ledger.terms import storable
from burgrave.notifications import commands, queries
from burgrave.notifications.errors import BadPreference
from burgrave.notifications.terms import (
    Channel,
    DeliveryState,
    DigestEvery,
    NewWebhook,
    OwnPreferences,
    QuietHours,
    Urgency,
    WebhookFacts,
    WebhookRow,
    WebhookState,
)
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Page

router = Router(tags=["notifications"])

BIGGEST = 2**53 - 1
Number = Annotated[int, Field(ge=1, le=BIGGEST)]
Code = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(storable)]
Hour = Annotated[int, Field(ge=0, le=23)]


class NoticeOut(FromRow):
    """``text`` is in the caller's language; ``link`` is a path here. ``step`` is above 0 for what was escalated."""

    notice_id: int
    news_id: UUID
    topic: str
    urgency: Urgency
    text: str
    link: str
    at: datetime
    read_at: datetime | None
    step: int
    wants_acknowledgement: bool
    acknowledged_at: datetime | None
    acknowledged_by: str


class InboxQuery(PageIn):
    unread: bool = False


class UnreadOut(Schema):
    """Counted up to 100."""

    unread: int


class ReadOut(Schema):
    """How many notices were not read before."""

    read: int


class QuietOut(FromRow):
    """Hours of the person's own day; over midnight when start is the later."""

    start: Hour
    end: Hour


class PreferencesOut(FromRow):
    channels: dict[str, Channel]
    digest: DigestEvery
    hour: Hour
    weekday: Annotated[int, Field(ge=0, le=6)]
    quiet: QuietOut | None


class PreferencesIn(Schema):
    """Topics that are not named stay as they are. ``weekday`` counts from Monday, 0."""

    channels: dict[Code, Channel] = {}
    digest: DigestEvery = DigestEvery.DAY
    hour: Hour = 8
    weekday: Annotated[int, Field(ge=0, le=6)] = 0
    quiet: QuietOut | None = None


class WebhookOut(FromRow):
    """No topics mean all. The secret is not told again."""

    webhook_id: UUID
    name: str
    url: str
    topics: list[str]
    state: WebhookState
    key_id: str
    failures: int
    last_ok_at: datetime | None
    last_error: str
    created_at: datetime
    version: int


class NewWebhookOut(FromRow):
    """The secret is told here, once."""

    webhook_id: UUID
    key_id: str
    secret: str


class DeliveryOut(FromRow):
    """``status`` is that of the last answer; 0 when there was none."""

    delivery_id: UUID
    topic: str
    state: DeliveryState
    attempts: int
    status: int
    error: str
    created_at: datetime
    delivered_at: datetime | None


class WebhookIn(Schema):
    name: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(storable)]
    url: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(storable)]
    topics: list[Code] = Field([], max_length=50)

    def facts(self) -> WebhookFacts:
        return WebhookFacts(name=self.name.strip(), url=self.url.strip(), topics=tuple(self.topics))


class SentOut(Schema):
    delivery_id: UUID


@router.get("/notifications", response=PageOut[NoticeOut])
def inbox(request: HttpRequest, wanted: Query[InboxQuery]) -> Page[Any]:
    """The caller's own notices, newest first."""
    return queries.inbox(actor=actor_of(request), only_unread=wanted.unread, number=wanted.page, size=wanted.size)


@router.get("/notifications/unread", response=UnreadOut)
def unread(request: HttpRequest) -> dict[str, int]:
    """How many of the caller's notices are not read."""
    return {"unread": queries.unread(actor_of(request))}


@router.post("/notifications/read", response=ReadOut)
def read_all(request: HttpRequest) -> dict[str, int]:
    """Mark all of the caller's notices as read."""
    return {"read": commands.mark_all_read(actor=actor_of(request), now=timezone.now())}


@router.post("/notifications/{notice_id}/read", response=NoticeOut)
def read_notice(request: HttpRequest, notice_id: Number) -> object:
    """Mark one notice as read."""
    commands.mark_read(notice_id, actor=actor_of(request), now=timezone.now())
    return queries.notice(notice_id, actor=actor_of(request))


@router.post("/notifications/{notice_id}/acknowledge", response=NoticeOut)
def acknowledge_notice(request: HttpRequest, notice_id: Number) -> object:
    """Take care of urgent news, so that it goes to nobody else."""
    commands.acknowledge(notice_id, actor=actor_of(request), now=timezone.now())
    return queries.notice(notice_id, actor=actor_of(request))


@router.get("/notifications/preferences", response=PreferencesOut)
def preferences(request: HttpRequest) -> object:
    """How news reaches the caller."""
    return queries.preferences(actor=actor_of(request))


@router.put("/notifications/preferences", response=PreferencesOut)
def change_preferences(request: HttpRequest, sent: PreferencesIn) -> object:
    """Choose how news reaches the caller."""
    actor = actor_of(request)
    quiet = None
    if sent.quiet is not None:
        try:
            quiet = QuietHours(start=sent.quiet.start, end=sent.quiet.end)
        except ValueError as error:
            raise BadPreference(str(error), mend="Give two different hours.") from error
    chosen = OwnPreferences(
        channels=sent.channels, digest=sent.digest, hour=sent.hour, weekday=sent.weekday, quiet=quiet
    )
    commands.change_preferences(chosen, actor=actor, now=timezone.now())
    return queries.preferences(actor=actor)


@router.get("/notifications/webhooks", response=list[WebhookOut])
def webhooks(request: HttpRequest) -> object:
    """Every webhook, by name."""
    commands.must_manage(actor_of(request))
    return list(queries.webhooks())


@router.post("/notifications/webhooks", response={201: NewWebhookOut})
def add_webhook(request: HttpRequest, response: HttpResponse, sent: WebhookIn) -> Status[NewWebhook]:
    """Add a webhook. The answer holds its secret, once."""
    response["Cache-Control"] = "no-store"
    made = commands.add_webhook(sent.facts(), actor=actor_of(request), now=timezone.now())
    return Status(201, made)


@router.get("/notifications/webhooks/{uuid:webhook_id}", response=WebhookOut)
def webhook(request: HttpRequest, response: HttpResponse, webhook_id: UUID) -> object:
    """One webhook."""
    commands.must_manage(actor_of(request))
    return _with_etag(response, queries.webhook(webhook_id))


@router.put("/notifications/webhooks/{uuid:webhook_id}", response=WebhookOut)
def change_webhook(
    request: HttpRequest, response: HttpResponse, webhook_id: UUID, sent: WebhookIn, if_match: IfMatch
) -> object:
    """Change where a webhook leads and what it is told."""
    commands.change_webhook(
        webhook_id,
        sent.facts(),
        version=expected_version(if_match),
        actor=actor_of(request),
        now=timezone.now(),
    )
    return _with_etag(response, queries.webhook(webhook_id))


@router.delete("/notifications/webhooks/{uuid:webhook_id}", response={204: None})
def remove_webhook(request: HttpRequest, webhook_id: UUID) -> Status[None]:
    """Remove a webhook, and what waits for it."""
    commands.remove_webhook(webhook_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


@router.get("/notifications/webhooks/{uuid:webhook_id}/deliveries", response=PageOut[DeliveryOut])
def deliveries(request: HttpRequest, webhook_id: UUID, wanted: Query[PageIn]) -> Page[Any]:
    """What was sent to a webhook, newest first."""
    commands.must_manage(actor_of(request))
    queries.webhook(webhook_id)
    return queries.deliveries(webhook_id, number=wanted.page, size=wanted.size)


@router.post("/notifications/webhooks/{uuid:webhook_id}/secret", response=NewWebhookOut)
def renew_secret(request: HttpRequest, response: HttpResponse, webhook_id: UUID) -> object:
    """Give a webhook a new secret. The answer holds it, once."""
    response["Cache-Control"] = "no-store"
    return commands.renew_secret(webhook_id, actor=actor_of(request), now=timezone.now())


@router.post("/notifications/webhooks/{uuid:webhook_id}/test", response={201: SentOut})
def send_test(request: HttpRequest, webhook_id: UUID) -> Status[dict[str, UUID]]:
    """Send a message without news to a webhook."""
    return Status(201, {"delivery_id": commands.send_test(webhook_id, actor=actor_of(request), now=timezone.now())})


@router.post("/notifications/webhooks/{uuid:webhook_id}/pause", response=WebhookOut)
def pause_webhook(request: HttpRequest, webhook_id: UUID) -> object:
    """Hold back what a webhook would be told."""
    commands.set_webhook_state(webhook_id, WebhookState.PAUSED, actor=actor_of(request), now=timezone.now())
    return queries.webhook(webhook_id)


@router.post("/notifications/webhooks/{uuid:webhook_id}/resume", response=WebhookOut)
def resume_webhook(request: HttpRequest, webhook_id: UUID) -> object:
    """Tell a webhook news again, and what was held back."""
    commands.set_webhook_state(webhook_id, WebhookState.ACTIVE, actor=actor_of(request), now=timezone.now())
    return queries.webhook(webhook_id)


def _with_etag(response: HttpResponse, row: WebhookRow) -> WebhookRow:
    response["ETag"] = etag_of(row.version)
    return row
