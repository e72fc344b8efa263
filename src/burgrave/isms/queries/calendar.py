"""The calendar: what every domain says is due, and the secret addresses of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.module_loading import import_string

from burgrave.isms import models
from burgrave.isms.queries.indicators import indicators
from burgrave.isms.queries.meetings import decision_number, meeting_number, review_number
from burgrave.isms.queries.statements import number_text, visible
from burgrave.isms.terms import READ, Kind
from burgrave.isms.terms.applicability import ApplicabilityState
from burgrave.isms.terms.calendar import CalendarView, FeedId, FeedRow, Happening
from burgrave.isms.terms.meetings import DecisionState, MeetingState
from burgrave.isms.terms.reviews import ReviewState
from burgrave.people import queries as people
from burgrave.web.recurring import (
    MOST_OCCASIONS,
    CalendarSource,
    CalendarSources,
    Occasion,
    Occasions,
    occasions,
)
from burgrave.web.terms import Actor, Words

LONG_AGO = timedelta(days=3_650)
USED_EVERY = timedelta(hours=1)
SOA_HOLDS = timedelta(days=365)


def calendar_sources() -> CalendarSources:
    """Every kind of occasion by its name: the table that the setting names."""
    return cast("CalendarSources", import_string(settings.BURGRAVE_CALENDAR))


def calendar(first: date, last: date, *, wanted: Collection[str] = (), actor: Actor, today: date) -> CalendarView:
    """What is due from day to day, and before these what is overdue. Some statements for each source."""
    sources = {name: source for name, source in calendar_sources().items() if actor.may_anywhere(source.permission)}
    overdue: list[Happening] = []
    coming: list[Happening] = []
    more: list[tuple[Words, int]] = []
    for name, source in sources.items():
        if wanted and name not in wanted:
            continue
        found = source.query(first, last, actor)
        late = _late(source, before=min(first, today), actor=actor)
        coming += _happenings(name, source, found.rows, today=today)
        overdue += _happenings(name, source, late.rows, today=today)
        if left := found.more + late.more:
            more.append((source.label, left))
    return CalendarView(
        overdue=tuple(sorted(overdue, key=_order)),
        coming=tuple(sorted(coming, key=_order)),
        more=tuple(more),
        sources=tuple((name, source.label) for name, source in sources.items()),
    )


def feeds_of(person_id: UUID) -> tuple[FeedRow, ...]:
    """The person's addresses, newest first. One statement."""
    found = models.CalendarFeed.objects.filter(person_id=person_id).order_by("-made_at", "id")
    return tuple(
        FeedRow(
            feed_id=FeedId(row.pk),
            name=row.name,
            made_at=row.made_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
        )
        for row in found
    )


def feed_owner(token: str) -> tuple[FeedId, UUID, str, datetime | None] | None:
    """Whose calendar this secret opens, under which name, and when it last did; None for an unknown or revoked one."""
    row = models.CalendarFeed.objects.filter(
        token_hash=token_hash(token), revoked_at=None, person__is_active=True
    ).first()
    return (FeedId(row.pk), row.person_id, row.name, row.used_at) if row else None


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def statement_reviews(first: date, last: date, actor: Actor) -> Occasions:
    """Statements whose review is due. Two statements."""
    found = visible(actor).filter(is_retired=False, review_due_on__range=(first, last)).select_related("owner")
    return occasions(
        found.order_by("review_due_on", "id"),
        lambda row: Occasion(
            on=row.review_due_on,
            title=row.title,
            key=str(row.pk),
            number=number_text(Kind(row.kind), row.number),
            who=row.owner.name if row.owner else "",
            unit_id=row.unit_id,
        ),
    )


def readings_due(first: date, last: date, actor: Actor) -> Occasions:
    """Indicators whose next reading is due. Three statements."""
    due = [each for each in indicators(actor=actor, today=last) if first <= each.next_on <= last]
    rows = tuple(
        Occasion(
            on=each.next_on,
            title=each.row.title,
            key=str(each.row.statement_id),
            number=each.row.number,
            who=each.row.owner_name,
            unit_id=each.row.unit_id,
        )
        for each in sorted(due, key=lambda each: each.next_on)[:MOST_OCCASIONS]
    )
    return Occasions(rows=rows, total=len(due))


def meetings_planned(first: date, last: date, actor: Actor) -> Occasions:
    """Meetings that are planned and have no minutes. Two statements."""
    found = models.Meeting.objects.filter(
        people.within(actor, READ, "committee__unit"),
        state=MeetingState.PLANNED,
        planned_at__date__range=(first, last),
    ).select_related("committee")
    return occasions(
        found.order_by("planned_at", "id"),
        lambda row: Occasion(
            on=row.planned_at.date(),
            title=row.committee.name,
            key=str(row.pk),
            number=meeting_number(row.number),
            unit_id=row.committee.unit_id,
        ),
    )


def decisions_due(first: date, last: date, actor: Actor) -> Occasions:
    """Open decisions by their day. Two statements."""
    found = models.Decision.objects.filter(
        people.within(actor, READ), state=DecisionState.OPEN, due_on__range=(first, last)
    ).select_related("owner")
    return occasions(
        found.order_by("due_on", "id"),
        lambda row: Occasion(
            on=row.due_on,
            title=row.text[:200],
            key=str(row.pk),
            number=decision_number(row.number),
            who=row.owner.name,
            unit_id=row.unit_id,
        ),
    )


def reviews_planned(first: date, last: date, actor: Actor) -> Occasions:
    """Management reviews that are planned and not held. Two statements."""
    found = models.Review.objects.filter(
        people.within(actor, READ), state=ReviewState.PLANNED, planned_on__range=(first, last)
    )
    return occasions(
        found.order_by("planned_on", "id"),
        lambda row: Occasion(
            on=row.planned_on,
            title=row.title,
            key=str(row.pk),
            number=review_number(row.number),
            unit_id=row.unit_id,
        ),
    )


def soa_reviews(first: date, last: date, actor: Actor) -> Occasions:
    """A year after it was approved, a Statement of Applicability is looked at again. Two statements."""
    newer = models.StatementOfApplicability.objects.filter(
        framework_id=OuterRef("framework_id"), state=ApplicabilityState.APPROVED, version__gt=OuterRef("version")
    )
    found = models.StatementOfApplicability.objects.filter(
        people.within(actor, READ),
        ~Exists(newer),
        state=ApplicabilityState.APPROVED,
        approved_at__date__range=(first - SOA_HOLDS, last - SOA_HOLDS),
    )
    return occasions(
        found.defer("rows").order_by("approved_at", "id"),
        lambda row: Occasion(
            on=(row.approved_at or row.made_at).date() + SOA_HOLDS,
            title=row.framework_title,
            key=str(row.framework_id),
            number=row.framework,
            who=row.approved_by,
            unit_id=row.unit_id,
        ),
    )


def _late(source: CalendarSource, *, before: date, actor: Actor) -> Occasions:
    if not source.stays_due:
        return Occasions(rows=(), total=0)
    return source.query(before - LONG_AGO, before - timedelta(days=1), actor)


def _happenings(name: str, source: CalendarSource, rows: Iterable[Occasion], *, today: date) -> Iterable[Happening]:
    for row in rows:
        yield Happening(
            on=row.on,
            title=row.title,
            source=name,
            label=source.label,
            icon=source.icon,
            key=row.key,
            number=row.number,
            who=row.who,
            href=reverse(source.url_name, kwargs={source.parameter: row.key}),
            unit_id=row.unit_id,
            is_overdue=source.stays_due and row.on < today,
        )


def _order(row: Happening) -> tuple[date, str, str]:
    return row.on, row.source, row.number
