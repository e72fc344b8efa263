"""Servers that are told news: kept by administrators, and given up when they do not answer."""

from __future__ import annotations

import json
import secrets
import uuid
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.notifications import models
from burgrave.notifications.commands import sealing
from burgrave.notifications.commands.sending import enqueue_delivery, notify
from burgrave.notifications.errors import BadWebhook, StaleWebhook
from burgrave.notifications.rules.targets import target_of
from burgrave.notifications.terms import (
    MANAGE,
    TOPICS,
    DeliveryState,
    NewWebhook,
    Recipients,
    Urgency,
    WebhookAdded,
    WebhookChanged,
    WebhookDisabled,
    WebhookFacts,
    WebhookRemoved,
    WebhookSecretRenewed,
    WebhookState,
    Words,
)
from burgrave.notifications.terms.records import webhook_subject
from burgrave.people import queries as people
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor, system_actor

FAILURES_IN_A_ROW = 20
"""So many attempts without one success disable a webhook."""
NAME_MAX = 100
NOBODY = uuid.UUID(int=0)
DISABLED = "A webhook was disabled after %(failures)s failures in a row"


def must_manage(actor: Actor) -> None:
    """Return when the actor may keep webhooks. They see news of the whole organisation. Raises Forbidden."""
    if not actor.may_everywhere(MANAGE):
        raise Forbidden(
            "%(name)s may not do this: the permission %(permission)s is missing in the whole organisation",
            words={"name": actor.name, "permission": MANAGE},
            mend="Ask an administrator of the whole organisation.",
        )


@transaction.atomic
def add_webhook(facts: WebhookFacts, *, actor: Actor, now: datetime) -> NewWebhook:
    """The server is told news from now on. The answer holds the secret, once. Raises BadWebhook or BadTarget."""
    must_manage(actor)
    _must_be_sound(facts)

    secret, key_id = _fresh_secret()
    webhook = models.Webhook(
        name=facts.name,
        url=facts.url,
        topics=list(facts.topics),
        key_id=key_id,
        created_at=now,
    )
    webhook.sealed_secret = sealing.seal(secret, about=webhook.pk)
    webhook.save(force_insert=True)

    ledger.append(
        WebhookAdded(webhook_id=webhook.pk, topics=facts.topics, name=Sealed(facts.name), url=Sealed(facts.url)),
        actor=actor,
        at=now,
    )
    return NewWebhook(webhook_id=webhook.pk, key_id=key_id, secret=secret)


@transaction.atomic
def change_webhook(webhook_id: uuid.UUID, facts: WebhookFacts, *, version: int, actor: Actor, now: datetime) -> None:
    """The webhook leads there and is told these topics. Raises BadWebhook, BadTarget, StaleWebhook or NotFound."""
    must_manage(actor)
    webhook = _locked(webhook_id)
    if webhook.version != version:
        raise StaleWebhook(
            "somebody changed this webhook since you opened it; nothing was overwritten",
            mend="Look at the current state, and enter your change again.",
        )
    _must_be_sound(facts, besides=webhook_id)

    webhook.name, webhook.url, webhook.topics = facts.name, facts.url, list(facts.topics)
    _save(webhook, actor=actor, now=now)


@transaction.atomic
def set_webhook_state(webhook_id: uuid.UUID, state: WebhookState, *, actor: Actor, now: datetime) -> None:
    """The webhook rests or is told news again; what was held meanwhile is sent then."""
    must_manage(actor)
    webhook = _locked(webhook_id)
    if webhook.state == state:
        return
    if state is WebhookState.DISABLED:
        raise BadWebhook("only Burgrave itself disables a webhook", mend="Pause it instead.")

    webhook.state, webhook.failures = state, 0
    _save(webhook, actor=actor, now=now)
    if state is WebhookState.ACTIVE:
        for delivery in webhook.deliveries.filter(state=DeliveryState.HELD).order_by("created_at"):
            delivery.state = DeliveryState.WAITING
            delivery.save(update_fields=["state"])
            enqueue_delivery(delivery, now=now)


@transaction.atomic
def renew_secret(webhook_id: uuid.UUID, *, actor: Actor, now: datetime) -> NewWebhook:
    """From now on messages are signed with a new secret; the answer holds it, once."""
    must_manage(actor)
    webhook = _locked(webhook_id)

    secret, webhook.key_id = _fresh_secret()
    webhook.sealed_secret = sealing.seal(secret, about=webhook.pk)
    webhook.version += 1
    webhook.save(update_fields=["key_id", "sealed_secret", "version"])

    ledger.append(WebhookSecretRenewed(webhook_id=webhook.pk, key_id=webhook.key_id), actor=actor, at=now)
    return NewWebhook(webhook_id=webhook.pk, key_id=webhook.key_id, secret=secret)


@transaction.atomic
def remove_webhook(webhook_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """The webhook is gone, and what waited for it."""
    must_manage(actor)
    webhook = _locked(webhook_id)

    webhook.delete()

    ledger.append(WebhookRemoved(webhook_id=webhook_id), actor=actor, at=now)


@transaction.atomic
def send_test(webhook_id: uuid.UUID, *, actor: Actor, now: datetime) -> uuid.UUID:
    """A message of the topic ``test`` is on its way. Returns its number."""
    must_manage(actor)
    webhook = _locked(webhook_id)
    number = uuid.uuid4()
    told = {"id": str(number), "topic": "test", "urgency": "normal", "at": now.isoformat(), "about": ""}
    body = json.dumps({**told, "link": f"{settings.BURGRAVE_URL}/"}, separators=(",", ":"))
    delivery = models.Delivery.objects.create(id=number, webhook=webhook, topic="test", body=body, created_at=now)
    enqueue_delivery(delivery, now=now)
    return number


def secret_of(webhook: models.Webhook) -> str:
    """The opened secret, for signing. Raises SecretUnreadable."""
    return sealing.unseal(bytes(webhook.sealed_secret), about=webhook.pk)


def delivered(delivery_id: uuid.UUID, *, status: int, now: datetime) -> None:
    """The server took the message; its failures are forgotten. Called within the lease of the job."""
    delivery = models.Delivery.objects.get(pk=delivery_id)
    delivery.state, delivery.status, delivery.error = DeliveryState.DELIVERED, status, ""
    delivery.delivered_at = now
    delivery.attempts += 1
    delivery.save(update_fields=["state", "status", "error", "delivered_at", "attempts"])
    models.Webhook.objects.filter(pk=delivery.webhook_id).update(failures=0, last_ok_at=now, last_error="")


def hold_delivery(delivery_id: uuid.UUID) -> None:
    """The message waits until its webhook is active again."""
    models.Delivery.objects.filter(pk=delivery_id).update(state=DeliveryState.HELD)


def delivery_failed(delivery_id: uuid.UUID, *, status: int, error: str, is_last: bool, now: datetime) -> None:
    """The failure is kept. One too many in a row, or an answer that says *gone*, disables the webhook and is told."""
    delivery = models.Delivery.objects.get(pk=delivery_id)
    models.Delivery.objects.filter(pk=delivery_id).update(
        attempts=F("attempts") + 1,
        status=status,
        error=error[:500],
        state=DeliveryState.FAILED if is_last else DeliveryState.WAITING,
    )
    webhook = models.Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    webhook.failures += 1
    webhook.last_error = error[:500]
    gone = 410
    disables = webhook.failures >= FAILURES_IN_A_ROW or status == gone
    ends = disables and webhook.state == WebhookState.ACTIVE
    webhook.state = WebhookState.DISABLED if ends else webhook.state
    webhook.save(update_fields=["failures", "last_error", "state"])
    if ends:
        _tell_disabled(webhook, error=error, now=now)


def _tell_disabled(webhook: models.Webhook, *, error: str, now: datetime) -> None:
    ledger.append(
        WebhookDisabled(webhook_id=webhook.pk, failures=webhook.failures, reason=Sealed(error)),
        actor=system_actor(),
        at=now,
    )
    organisation = people.organisation()
    if organisation is not None:
        notify(
            topic="operations.webhook_disabled",
            to=Recipients(permission=MANAGE, unit_id=organisation.root_unit_id),
            subject=webhook_subject(webhook.pk),
            words=Words(sentence=DISABLED, params={"failures": webhook.failures}),
            link=f"/notifications/webhooks/{webhook.pk}/",
            urgency=Urgency.NORMAL,
            now=now,
        )


def _fresh_secret() -> tuple[str, str]:
    return secrets.token_urlsafe(32), secrets.token_hex(4)


def _must_be_sound(facts: WebhookFacts, *, besides: uuid.UUID = NOBODY) -> None:
    if not facts.name.strip() or len(facts.name) > NAME_MAX:
        raise BadWebhook("a webhook needs a name of at most 100 characters", mend="Enter a name.")
    unknown = sorted(set(facts.topics) - set(TOPICS))
    if unknown:
        raise BadWebhook(
            "there is no topic %(topic)s",
            words={"topic": unknown[0][:50]},
            mend="Choose among the topics that are listed.",
        )
    if models.Webhook.objects.filter(name=facts.name).exclude(pk=besides).exists():
        raise BadWebhook("another webhook has this name already", mend="Choose another name.")
    target_of(facts.url, settings.BURGRAVE_WEBHOOK_TARGETS)


def _save(webhook: models.Webhook, *, actor: Actor, now: datetime) -> None:
    webhook.version += 1
    webhook.save(update_fields=["name", "url", "topics", "state", "failures", "version"])
    ledger.append(
        WebhookChanged(
            webhook_id=webhook.pk,
            topics=tuple(webhook.topics),
            state=str(webhook.state),
            name=Sealed(webhook.name),
            url=Sealed(webhook.url),
        ),
        actor=actor,
        at=now,
    )


def _locked(webhook_id: uuid.UUID) -> models.Webhook:
    webhook = models.Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound("there is no webhook with this identifier")
    return webhook
