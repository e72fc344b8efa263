"""The job that sends one message to one webhook, signed."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from burgrave.jobs.terms import Args, Lease
from burgrave.notifications import commands, queries
from burgrave.notifications.commands.sending import WEBHOOK_ATTEMPTS
from burgrave.notifications.errors import BadTarget, DeliveryFailed, SecretUnreadable
from burgrave.notifications.handlers.posting import post
from burgrave.notifications.rules.signing import SIGNATURE, signature
from burgrave.notifications.terms import DeliveryState, WebhookState


def send_webhook(lease: Lease, args: Args) -> None:
    """The server took the message, or it waits until the webhook is active. Raises DeliveryFailed to come again."""
    delivery_id = UUID(str(args["delivery_id"]))
    found = queries.delivery(delivery_id)
    if found is None or found.state is not DeliveryState.WAITING:
        return
    webhook = found.webhook
    if webhook.state != WebhookState.ACTIVE:
        with lease.final_effects():
            commands.hold_delivery(delivery_id)
        return
    status, fault = 0, ""
    try:
        body = found.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Burgrave",
            "Burgrave-Delivery": str(delivery_id),
            SIGNATURE: signature(body, secret=commands.secret_of(webhook), key_id=webhook.key_id, now=lease.now()),
        }
        answer = post(webhook.url, body, headers, rules=settings.BURGRAVE_WEBHOOK_TARGETS)
        status = answer.status
        if not answer.is_success:
            fault = f"the server answered {status}, expected 200 to 299"
    except (DeliveryFailed, BadTarget, SecretUnreadable) as error:
        fault = str(error)
    if not fault:
        with lease.final_effects():
            commands.delivered(delivery_id, status=status, now=lease.now())
        return
    is_last = lease.attempt >= WEBHOOK_ATTEMPTS
    with lease.effects():
        commands.delivery_failed(delivery_id, status=status, error=fault, is_last=is_last, now=lease.now())
    raise DeliveryFailed(f"sending to the webhook {webhook.name}: {fault}")
