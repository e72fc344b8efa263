"""What a person does with their own notices."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.notifications import models
from burgrave.notifications.terms import NewsAcknowledged, Urgency
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor

LARGEST = 2**63 - 1


@transaction.atomic
def mark_read(notice_id: int, *, actor: Actor, now: datetime) -> str:
    """The notice is read. Returns where it leads. Raises NotFound for somebody else's."""
    notice = _mine(notice_id, actor=actor)
    if notice.read_at is None:
        models.Notice.objects.filter(pk=notice.pk).update(read_at=now)
    return notice.news.link


@transaction.atomic
def mark_all_read(*, actor: Actor, now: datetime) -> int:
    """Everything in the inbox is read. Returns how many were not."""
    if actor.person_id is None:
        return 0
    return models.Notice.objects.filter(person_id=actor.person_id, read_at=None).update(read_at=now)


@transaction.atomic
def acknowledge(notice_id: int, *, actor: Actor, now: datetime) -> None:
    """Whoever says so takes care of it, and urgent news goes no further. A second one changes nothing."""
    notice = _mine(notice_id, actor=actor)
    news = models.News.objects.select_for_update().get(pk=notice.news_id)
    models.Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now)
    if news.acknowledged_at is not None or news.urgency != Urgency.URGENT:
        return

    news.acknowledged_at, news.acknowledged_by = now, actor.person_id
    news.save(update_fields=["acknowledged_at", "acknowledged_by"])

    ledger.append(NewsAcknowledged(news_id=news.pk, topic=news.topic, about=news.about), actor=actor, at=now)


def _mine(notice_id: int, *, actor: Actor) -> models.Notice:
    notice = None
    if actor.person_id is not None and notice_id <= LARGEST:
        notice = models.Notice.objects.select_related("news").filter(pk=notice_id, person_id=actor.person_id).first()
    if notice is None:
        raise NotFound(_("no notice of yours has this number"))
    return notice
