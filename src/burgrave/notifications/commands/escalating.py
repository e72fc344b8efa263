"""Urgent news that nobody takes care of goes on to others."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.ledger import commands as ledger
from burgrave.notifications import models
from burgrave.notifications.commands.sending import await_acknowledgement, tell
from burgrave.notifications.terms import NewsEscalated
from burgrave.people import queries as people
from burgrave.web.terms import UnitId, system_actor


@transaction.atomic
def escalate(news_id: UUID, *, step: int, now: datetime) -> int:
    """Unless somebody acknowledged it, the news goes to whoever comes next. Returns how many were told.

    First come the holders of the permission nearest to the unit, then those above, until nobody is left. A step that
    was taken already is not taken twice.
    """
    news = models.News.objects.select_for_update().filter(pk=news_id).first()
    if news is None or news.acknowledged_at is not None or news.step >= step or news.unit_id is None:
        return 0
    told = set(models.Notice.objects.filter(news=news).values_list("person_id", flat=True))
    rungs = people.ladder(news.permission, UnitId(news.unit_id), now=now)
    fresh = next((new for rung in rungs if (new := [each for each in rung if each not in told])), None)
    news.step = step
    news.save(update_fields=["step"])
    if fresh is None:
        return 0

    tell(news, fresh, now=now)
    await_acknowledgement(news, now=now)

    ledger.append(
        NewsEscalated(news_id=news.pk, topic=news.topic, about=news.about, step=step, person_ids=tuple(fresh)),
        actor=system_actor(),
        at=now,
    )
    return len(fresh)
