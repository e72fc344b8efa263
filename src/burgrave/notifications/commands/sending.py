"""News is told: to persons by inbox, mail or digest, and to webhooks, all in the caller's transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count

from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import Json
from burgrave.notifications import models
from burgrave.notifications.errors import NotInTransaction
from burgrave.notifications.queries.own import rhythms
from burgrave.notifications.rules.delivery import Plan, plan
from burgrave.notifications.terms import (
    TOPICS,
    Channel,
    Day,
    Escalation,
    OwnPreferences,
    Param,
    Recipients,
    Say,
    Urgency,
    WebhookState,
    Words,
)
from burgrave.people import queries as people
from burgrave.people.terms import Contact
from burgrave.web.terms import PersonId

MAIL_JOB = "notifications.send_mail"
WEBHOOK_JOB = "notifications.send_webhook"
ESCALATE_JOB = "notifications.escalate"
MAIL_ATTEMPTS = 14
WEBHOOK_ATTEMPTS = 10
HOUR = timedelta(hours=1)


def notify(
    *,
    topic: str,
    to: Recipients,
    subject: str,
    words: Words,
    link: str,
    now: datetime,
    urgency: Urgency = Urgency.NORMAL,
    dedupe_key: str = "",
    escalation: Escalation | None = None,
) -> uuid.UUID:
    """The news reaches everybody it concerns, once the caller's transaction commits, and nobody if it does not.

    News with a ``dedupe_key`` that was told before is not told again; the answer names the first. ``subject`` is what
    it is about, as in the ledger; ``link`` is a path of ours. Urgent news that is told to nobody in particular begins
    with the holders of the escalation's permission nearest to its unit.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"telling news of {topic}: it belongs into the transaction of what it is news of")
    news = models.News(
        topic=TOPICS[topic].code,
        about=subject,
        urgency=urgency,
        sentence=words.sentence,
        params={name: _stored(value) for name, value in words.params.items()},
        link=link,
        dedupe_key=dedupe_key,
        at=now,
        permission=escalation.permission if escalation else "",
        unit_id=escalation.unit_id if escalation else None,
        escalate_after_seconds=int(escalation.after.total_seconds()) if escalation else None,
    )
    if dedupe_key:
        models.News.objects.bulk_create([news], ignore_conflicts=True)
        first = models.News.objects.values_list("pk", flat=True).get(dedupe_key=dedupe_key)
        if first != news.pk:
            return first
    else:
        news.save(force_insert=True)
    persons = set(to.persons)
    if to.unit_id is not None:
        persons |= {person_id for person_id, _ in people.holders(to.permission, to.unit_id, now=now)}
    if escalation and urgency is Urgency.URGENT:
        rungs = people.ladder(escalation.permission, escalation.unit_id, now=now)
        persons |= set(rungs[0]) if rungs and not persons else set()
        await_acknowledgement(news, now=now)
    tell(news, persons, now=now)
    _tell_webhooks(news, now=now)
    return news.pk


def await_acknowledgement(news: models.News, *, now: datetime) -> None:
    """Once the time is over, it is looked whether somebody took care of it."""
    jobs.enqueue(
        ESCALATE_JOB,
        {"news_id": str(news.pk), "step": news.step + 1},
        now=now,
        unique_key=f"escalate:{news.pk}:{news.step + 1}",
        run_at=now + timedelta(seconds=news.escalate_after_seconds or 0),
        priority=10,
    )


def tell(news: models.News, person_ids: Iterable[PersonId], *, now: datetime) -> None:
    """Everybody of these who is active has the news, each by the way that they chose. Who has it already keeps it."""
    contacts = people.contacts(person_ids)
    known = set(models.Notice.objects.filter(news=news, person_id__in=contacts).values_list("person_id", flat=True))
    wanted = {person_id: contact for person_id, contact in contacts.items() if person_id not in known}
    plans = _plans(news, wanted, now=now)
    mails = {
        person_id: models.Mail(person_id=person_id, key=f"news:{news.pk}:{person_id}", created_at=now)
        for person_id, planned in plans.items()
        if planned.mail_at is not None and settings.BURGRAVE_MAIL is not None
    }
    models.Mail.objects.bulk_create(mails.values())
    models.Notice.objects.bulk_create(
        models.Notice(
            news=news,
            person_id=person_id,
            at=now,
            step=news.step,
            wants_digest=planned.digest,
            mail=mails.get(person_id),
        )
        for person_id, planned in plans.items()
        if planned.in_app
    )
    for person_id, mail in mails.items():
        enqueue_mail(mail, now=now, run_at=plans[person_id].mail_at)


def enqueue_mail(mail: models.Mail, *, now: datetime, run_at: datetime | None = None) -> None:
    """A job of its own sends the message."""
    jobs.enqueue(
        MAIL_JOB,
        {"mail_id": str(mail.pk)},
        now=now,
        unique_key=f"mail:{mail.pk}",
        max_attempts=MAIL_ATTEMPTS,
        run_at=run_at,
    )


def _plans(news: models.News, contacts: Mapping[PersonId, Contact], *, now: datetime) -> dict[PersonId, Plan]:
    chosen = dict(
        models.Preference.objects.filter(topic=news.topic, person_id__in=contacts).values_list("person_id", "channel")
    )
    rhythm = rhythms(contacts)
    recent = dict(
        models.Mail.objects.filter(person_id__in=contacts, created_at__gt=now - HOUR)
        .order_by()
        .values_list("person_id")
        .annotate(Count("pk"))
    )
    return {
        person_id: plan(
            Channel(chosen.get(person_id, TOPICS[news.topic].channel)),
            urgency=Urgency(news.urgency),
            quiet=rhythm.get(person_id, OwnPreferences()).quiet,
            zone=contact.time_zone,
            mails_last_hour=recent.get(person_id, 0),
            now=now,
        )
        for person_id, contact in sorted(contacts.items(), key=lambda each: each[1].name)
    }


def _tell_webhooks(news: models.News, *, now: datetime) -> None:
    for webhook in models.Webhook.objects.exclude(state=WebhookState.DISABLED).order_by("name"):
        if not webhook.topics or news.topic in webhook.topics:
            delivery = models.Delivery.objects.create(
                id=(number := uuid.uuid4()),
                webhook=webhook,
                news=news,
                topic=news.topic,
                body=body_of(number, news),
                created_at=now,
            )
            enqueue_delivery(delivery, now=now)


def body_of(delivery_id: uuid.UUID, news: models.News) -> str:
    """What is sent to a webhook: what, how urgent, when and where to look. No names, no free text."""
    told = {
        "id": str(delivery_id),
        "topic": news.topic,
        "urgency": str(news.urgency),
        "at": news.at.isoformat(),
        "about": news.about,
        "link": f"{settings.BURGRAVE_URL}{news.link}",
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def enqueue_delivery(delivery: models.Delivery, *, now: datetime) -> None:
    jobs.enqueue(
        WEBHOOK_JOB,
        {"delivery_id": str(delivery.pk)},
        now=now,
        unique_key=f"delivery:{delivery.pk}",
        max_attempts=WEBHOOK_ATTEMPTS,
    )


def _stored(value: Param) -> Json:
    if isinstance(value, Say):
        return {"say": value.msgid}
    if isinstance(value, Day):
        return {"day": value.value.isoformat()}
    return value
