"""What the domain appends to the ledger. Names and addresses of webhooks are sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from burgrave.ledger.terms import Record, Sealed


def news_subject(news_id: UUID) -> str:
    return f"notifications.news:{news_id}"


def webhook_subject(webhook_id: UUID) -> str:
    return f"notifications.webhook:{webhook_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsEscalated(Record):
    """Nobody acknowledged urgent news in time; it went to these persons too."""

    kind: ClassVar[str] = "notifications.news_escalated"
    news_id: UUID
    topic: str
    about: str
    step: int
    person_ids: tuple[UUID, ...]

    def subjects(self) -> tuple[str, ...]:
        return (news_subject(self.news_id), self.about) if self.about else (news_subject(self.news_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsAcknowledged(Record):
    """Somebody takes care of urgent news; it goes no further."""

    kind: ClassVar[str] = "notifications.news_acknowledged"
    news_id: UUID
    topic: str
    about: str

    def subjects(self) -> tuple[str, ...]:
        return (news_subject(self.news_id), self.about) if self.about else (news_subject(self.news_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesChanged(Record):
    """A person chose anew how news reaches them: pairs of topic and channel as ``topic=channel``."""

    kind: ClassVar[str] = "notifications.preferences_changed"
    person_id: UUID
    channels: tuple[str, ...]
    digest: str
    digest_hour: int
    quiet_from: int | None
    quiet_until: int | None

    def subjects(self) -> tuple[str, ...]:
        return (f"people.person:{self.person_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfWebhook(Record):
    webhook_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (webhook_subject(self.webhook_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAdded(_OfWebhook):
    kind: ClassVar[str] = "notifications.webhook_added"
    topics: tuple[str, ...]
    name: Sealed
    url: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanged(_OfWebhook):
    kind: ClassVar[str] = "notifications.webhook_changed"
    topics: tuple[str, ...]
    state: str
    name: Sealed
    url: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecretRenewed(_OfWebhook):
    kind: ClassVar[str] = "notifications.webhook_secret_renewed"
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDisabled(_OfWebhook):
    """Burgrave stopped sending to it after so many failures in a row."""

    kind: ClassVar[str] = "notifications.webhook_disabled"
    failures: int
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRemoved(_OfWebhook):
    kind: ClassVar[str] = "notifications.webhook_removed"
