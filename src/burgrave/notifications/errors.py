"""What the domain refuses, named by the promise that would be broken."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class NotificationError(Refusal):
    """Something about notices, preferences or webhooks is not done as things stand."""


class NotInTransaction(NotificationError):
    """News belongs into the transaction of what it is news of."""


class BadPreference(NotificationError):
    """A preference names a topic, a channel, an hour that exist."""

    status = 422


class BadTarget(NotificationError):
    """A webhook leads to a server out there, over TLS, and to nothing inside."""

    status = 422


class BadWebhook(NotificationError):
    """A webhook has a name of its own and topics that exist."""

    status = 422


class StaleWebhook(NotificationError):
    """Somebody else changed the webhook since it was read; nothing was overwritten."""


class SecretUnreadable(NotificationError):
    """A sealed secret is opened with the key that sealed it."""


class MailFailed(NotificationError):
    """A message did not get through this time; it is tried again."""


class DeliveryFailed(NotificationError):
    """A webhook did not take a message this time; it is tried again."""
