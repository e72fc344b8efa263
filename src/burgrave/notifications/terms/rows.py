"""What the queries give and what the settings hand down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from uuid import UUID

from burgrave.notifications.terms.news import Channel, Urgency


class Security(StrEnum):
    """How the way to the mail server is protected: TLS from the start, STARTTLS, or nothing."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where messages are handed over. ``password`` never stands in a log: it has no representation."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRules:
    """Where webhooks may lead besides public servers over TLS: ``networks`` inside, and plain HTTP."""

    allow_http: bool = False
    networks: tuple[IPv4Network | IPv6Network, ...] = ()


ANYWHERE = TargetRules()
"""Nothing inside, nothing in the clear."""


class MailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


class DigestEvery(StrEnum):
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From the hour ``start`` to the hour ``end`` of the person's own day, over midnight when start is the later."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start <= 23 and 0 <= self.end <= 23) or self.start == self.end:  # noqa: PLR2004 - hours
            raise ValueError(f"quiet hours run between two different hours of 0 to 23, got {self.start} and {self.end}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPreferences:
    """How news reaches a person. ``weekday`` counts from 0, Monday, and matters for a weekly digest only."""

    channels: Mapping[str, Channel] = field(default_factory=dict)
    digest: DigestEvery = DigestEvery.DAY
    hour: int = 8
    weekday: int = 0
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A notice as its reader sees it, already in their language."""

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


class WebhookState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """``HELD``: it waits until the webhook is active again."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFacts:
    """What a person says about a webhook; no topics mean all."""

    name: str
    url: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """The secret is shown here, once, and nowhere again."""

    webhook_id: UUID
    key_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    webhook_id: UUID
    name: str
    url: str
    topics: tuple[str, ...]
    state: WebhookState
    key_id: str
    failures: int
    last_ok_at: datetime | None
    last_error: str
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """``status`` is that of the last answer; 0 when there was none."""

    delivery_id: UUID
    topic: str
    state: DeliveryState
    attempts: int
    status: int
    error: str
    created_at: datetime
    delivered_at: datetime | None
