"""Every write of the domain."""

from burgrave.notifications.commands.digests import gather_digests
from burgrave.notifications.commands.escalating import escalate
from burgrave.notifications.commands.inbox import acknowledge, mark_all_read, mark_read
from burgrave.notifications.commands.mailing import mail_failed, mail_refused, mail_sent
from burgrave.notifications.commands.own import change_preferences
from burgrave.notifications.commands.pruning import prune
from burgrave.notifications.commands.sending import notify
from burgrave.notifications.commands.webhooks import (
    add_webhook,
    change_webhook,
    delivered,
    delivery_failed,
    hold_delivery,
    must_manage,
    remove_webhook,
    renew_secret,
    secret_of,
    send_test,
    set_webhook_state,
)

__all__ = [
    "acknowledge",
    "add_webhook",
    "change_preferences",
    "change_webhook",
    "delivered",
    "delivery_failed",
    "escalate",
    "gather_digests",
    "hold_delivery",
    "mail_failed",
    "mail_refused",
    "mail_sent",
    "mark_all_read",
    "mark_read",
    "must_manage",
    "notify",
    "prune",
    "remove_webhook",
    "renew_secret",
    "secret_of",
    "send_test",
    "set_webhook_state",
]
