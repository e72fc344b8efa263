"""Committees, meetings and decisions, as far as the actor may see their units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from burgrave.isms import models
from burgrave.isms.queries.indicators import indicators
from burgrave.isms.queries.matrix import matrix
from burgrave.isms.queries.statements import statements
from burgrave.isms.rules import meetings as rules
from burgrave.isms.terms import READ, Line, StatementFilter
from burgrave.isms.terms.meetings import (
    AgendaItem,
    CommitteeId,
    CommitteeRow,
    CommitteeView,
    DecisionFilter,
    DecisionId,
    DecisionRow,
    DecisionState,
    Function,
    MeetingId,
    MeetingRow,
    MeetingState,
    MeetingView,
    MemberId,
    MemberRow,
    Term,
)
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, PersonId, UnitId

MOST_SHOWN = 100
DECISION_KIND = "isms.decision"
DECISION_ORDERS: Mapping[str, str] = {"due": "due_on id", "number": "number", "state": "state due_on id"}


def meeting_number(number: int) -> str:
    return f"MTG-{number:04d}"


def decision_number(number: int) -> str:
    return f"DEC-{number:04d}"


def review_number(number: int) -> str:
    return f"REV-{number:04d}"


def committees(*, actor: Actor, today: date) -> tuple[CommitteeRow, ...]:
    """Every visible committee, by name. One statement."""
    found = models.Committee.objects.filter(people.within(actor, READ)).select_related("unit").order_by("name", "id")
    return tuple(_committee(row) for row in _counted(found, today=today)[:MOST_SHOWN])


def committee(committee_id: UUID, *, actor: Actor, today: date) -> CommitteeView:
    """One committee with its terms, newest meetings and open decisions. Raises NotFound. Four statements."""
    found = models.Committee.objects.filter(people.within(actor, READ), pk=committee_id).select_related("unit")
    row = _counted(found, today=today).first()
    if row is None:
        raise NotFound("no committee with this identifier is visible to you")
    meetings = row.meetings.select_related("committee").order_by("-planned_at", "-number")[:MOST_SHOWN]
    return CommitteeView(
        row=_committee(row),
        members=members_of(row.pk),
        meetings=tuple(map(_meeting, meetings)),
        decisions=open_decisions(committee_id=row.pk),
    )


def members_of(committee_id: UUID) -> tuple[MemberRow, ...]:
    """Every term, the running ones and those before; the caller has seen the committee. One statement."""
    found = models.Member.objects.filter(committee_id=committee_id).select_related("person")
    return tuple(
        MemberRow(member_id=MemberId(row.pk), name=row.person.name, term=term_of(row))
        for row in found.order_by("-from_on", "person__name", "id")
    )


def term_of(row: models.Member) -> Term:
    return Term(
        person_id=PersonId(row.person_id), function=Function(row.function), from_on=row.from_on, until_on=row.until_on
    )


def meeting(meeting_id: UUID, *, actor: Actor) -> MeetingView:
    """One meeting with agenda, minutes and decisions. Raises NotFound. Three statements."""
    found = models.Meeting.objects.filter(people.within(actor, READ, "committee__unit"), pk=meeting_id)
    row = found.select_related("committee").first()
    if row is None:
        raise NotFound("no meeting with this identifier is visible to you")
    day = row.planned_at.date()
    return MeetingView(
        row=_meeting(row),
        agenda=tuple(map(rules.item_of, row.agenda)),
        members=tuple(each for each in members_of(row.committee_id) if each.term.holds_on(day)),
        present=frozenset(PersonId(UUID(each)) for each in row.present),
        quorum=row.committee.quorum,
        minutes=row.minutes,
        written_by=row.written_by,
        written_by_id=PersonId(row.written_by_id) if row.written_by_id else None,
        digest=row.digest,
        held_at=row.held_at,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        cancelled_reason=row.cancelled_reason,
        decisions=_decisions(models.Decision.objects.filter(meeting_id=row.pk).order_by("number")),
    )


def meetings_between(first: date, last: date, *, actor: Actor) -> tuple[MeetingRow, ...]:
    """Visible meetings planned from the first day to the last that are not cancelled. One statement."""
    found = models.Meeting.objects.filter(people.within(actor, READ, "committee__unit")).exclude(
        state=MeetingState.CANCELLED
    )
    rows = found.filter(planned_at__date__gte=first, planned_at__date__lte=last).select_related("committee")
    return tuple(map(_meeting, rows.order_by("planned_at", "id")[:MOST_SHOWN]))


def decisions(
    narrowed: DecisionFilter,
    *,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("due_on", "id"),
    at: Cursor | None = None,
    actor: Actor,
    today: date,
) -> Page[DecisionRow]:
    """One page of the visible decisions; three statements at most."""
    found = _joined(models.Decision.objects.filter(people.within(actor, READ)))
    if narrowed.states:
        found = found.filter(state__in=narrowed.states)
    if narrowed.owner_id:
        found = found.filter(owner_id=narrowed.owner_id)
    if narrowed.overdue:
        found = found.filter(state=DecisionState.OPEN, due_on__lt=today)
    if narrowed.text:
        found = found.filter(text__icontains=narrowed.text)
    return page_of(found.order_by(*order), number=number, size=size, at=at).of(_decision)


def decision(decision_id: UUID, *, actor: Actor) -> DecisionRow:
    """One decision. Raises NotFound. One statement."""
    found = _joined(models.Decision.objects.filter(people.within(actor, READ), pk=decision_id)).first()
    if found is None:
        raise NotFound("no decision with this identifier is visible to you")
    return _decision(found)


def open_decisions(*, committee_id: UUID | None = None, unit_id: UUID | None = None) -> tuple[DecisionRow, ...]:
    """What is open of the committee, or of a unit and all below it; the caller has seen it. One statement."""
    wanted = Q(meeting__committee_id=committee_id) if committee_id else Q(unit__places__upper_id=unit_id)
    found = models.Decision.objects.filter(wanted, state=DecisionState.OPEN)
    return _decisions(found.order_by("due_on", "number")[:MOST_SHOWN])


def decisions_of_review(review_id: UUID) -> tuple[DecisionRow, ...]:
    """What the management review decided; the caller has seen it. One statement."""
    return _decisions(models.Decision.objects.filter(review_id=review_id).order_by("number"))


def agenda(own: Iterable[Line], *, committee_id: UUID, actor: Actor, day: date) -> tuple[AgendaItem, ...]:
    """The agenda of a meeting on the day, from what is open and due now. Eight statements."""
    return rules.assembled(
        tuple(own),
        decisions=open_decisions(committee_id=committee_id),
        statements=statements(StatementFilter(), size=100, actor=actor, today=day).rows,
        indicators=indicators(actor=actor, today=day),
        matrix=matrix(actor=actor).rows,
        day=day,
    )


def is_overdue(row: DecisionRow, *, today: date) -> bool:
    return row.state is DecisionState.OPEN and row.due_on < today


def _counted(found: QuerySet[models.Committee], *, today: date) -> QuerySet[models.Committee]:
    running = Q(members__from_on__lte=today) & (Q(members__until_on=None) | Q(members__until_on__gte=today))
    return found.annotate(
        member_count=Count("members", filter=running, distinct=True),
        next_at=Min("meetings__planned_at", filter=Q(meetings__state=MeetingState.PLANNED)),
    )


def _committee(row: models.Committee) -> CommitteeRow:
    next_at: datetime | None = getattr(row, "next_at", None)
    return CommitteeRow(
        committee_id=CommitteeId(row.pk),
        name=row.name,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        quorum=row.quorum,
        every_days=row.every_days,
        members=getattr(row, "member_count", 0),
        next_on=next_at.date() if next_at else None,
        version=row.version,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


def _meeting(row: models.Meeting) -> MeetingRow:
    return MeetingRow(
        meeting_id=MeetingId(row.pk),
        number=meeting_number(row.number),
        committee_id=CommitteeId(row.committee_id),
        committee_name=row.committee.name,
        unit_id=UnitId(row.committee.unit_id),
        planned_at=row.planned_at,
        place=row.place,
        state=MeetingState(row.state),
        version=row.version,
    )


def _joined(found: QuerySet[models.Decision]) -> QuerySet[models.Decision]:
    return found.select_related("unit", "owner", "meeting", "review")


def _decisions(found: QuerySet[models.Decision]) -> tuple[DecisionRow, ...]:
    return tuple(map(_decision, _joined(found)))


def _decision(row: models.Decision) -> DecisionRow:
    origin = ""
    if row.meeting is not None:
        origin = meeting_number(row.meeting.number)
    elif row.review is not None:
        origin = review_number(row.review.number)
    return DecisionRow(
        decision_id=DecisionId(row.pk),
        number=decision_number(row.number),
        text=row.text,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        owner_id=PersonId(row.owner_id),
        owner_name=row.owner.name,
        due_on=row.due_on,
        state=DecisionState(row.state),
        outcome=row.outcome,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        made_at=row.made_at,
        made_by=row.made_by,
        meeting_id=MeetingId(row.meeting_id) if row.meeting_id else None,
        review_id=row.review_id,
        origin=origin,
        version=row.version,
    )
