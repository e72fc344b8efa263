"""What the worker runs for this domain: jobs, and news of the floors below."""

from burgrave.notifications.handlers.below import on_lockout_began, tell_ending_grants
from burgrave.notifications.handlers.chores import escalate, gather_digests, prune
from burgrave.notifications.handlers.mailing import send_mail
from burgrave.notifications.handlers.webhooks import send_webhook

__all__ = [
    "escalate",
    "gather_digests",
    "on_lockout_began",
    "prune",
    "send_mail",
    "send_webhook",
    "tell_ending_grants",
]
