"""Every read of the domain."""

from burgrave.notifications.queries.inbox import inbox, notice, unread
from burgrave.notifications.queries.outgoing import (
    deliveries,
    delivery,
    health,
    mail,
    webhook,
    webhooks,
)
from burgrave.notifications.queries.own import preferences, zone_of

__all__ = [
    "deliveries",
    "delivery",
    "health",
    "inbox",
    "mail",
    "notice",
    "preferences",
    "unread",
    "webhook",
    "webhooks",
    "zone_of",
]
