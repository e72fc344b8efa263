"""A person's own notices."""

from __future__ import annotations

from django.utils.translation import gettext as _

from burgrave.notifications import models
from burgrave.notifications.queries.own import own_id
from burgrave.notifications.queries.saying import said
from burgrave.notifications.terms import NoticeRow, Urgency
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Page, PersonId

MOST_COUNTED = 100


def unread(actor: Actor) -> int:
    """How many notices the person has not read, counted up to 100. One statement over an index of the unread alone."""
    if actor.person_id is None:
        return 0
    found = models.Notice.objects.filter(person_id=actor.person_id, read_at=None).order_by()
    return found.values("pk")[:MOST_COUNTED].count()


def inbox(*, actor: Actor, only_unread: bool = False, number: int = 1, size: int = 50) -> Page[NoticeRow]:
    """One page of the person's notices, newest first. At most three statements."""
    found = models.Notice.objects.filter(person_id=own_id(actor)).select_related("news").order_by("-id")
    if only_unread:
        found = found.filter(read_at=None)
    page = page_of(found, number=number, size=size)
    who = {row.news.acknowledged_by for row in page.rows if row.news.acknowledged_by}
    names = people.names(who) if who else {}
    rows = tuple(
        _row(row, names.get(PersonId(row.news.acknowledged_by), "") if row.news.acknowledged_by else "")
        for row in page.rows
    )
    return Page(rows=rows, number=page.number, size=page.size, total=page.total)


def notice(notice_id: int, *, actor: Actor) -> NoticeRow:
    """One notice of the person's own. Raises NotFound."""
    row = models.Notice.objects.filter(pk=notice_id, person_id=own_id(actor)).select_related("news").first()
    if row is None:
        raise NotFound(_("no notice of yours has this number"))
    by = row.news.acknowledged_by
    return _row(row, people.names([by]).get(PersonId(by), "") if by else "")


def _row(row: models.Notice, acknowledged_by: str) -> NoticeRow:
    news = row.news
    return NoticeRow(
        notice_id=row.pk,
        news_id=news.pk,
        topic=news.topic,
        urgency=Urgency(news.urgency),
        text=said(news.sentence, news.params),
        link=news.link,
        at=row.at,
        read_at=row.read_at,
        step=row.step,
        wants_acknowledgement=news.urgency == Urgency.URGENT and news.acknowledged_at is None,
        acknowledged_at=news.acknowledged_at,
        acknowledged_by=acknowledged_by,
    )
