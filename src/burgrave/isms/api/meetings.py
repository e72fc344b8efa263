"""Committees, meetings and decisions in the JSON API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from burgrave.isms import commands, queries
from burgrave.isms.terms import LINE_MAX, MOST_LINES, READ, TEXT_MAX, Line
from burgrave.isms.terms.meetings import (
    DecisionFilter,
    DecisionRow,
    DecisionState,
    Function,
    ItemKind,
    MeetingDraft,
    MeetingState,
    MemberRow,
)
from burgrave.ledger.terms import storable
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.moments import AwareMoment
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page

router = Router(tags=["isms"])
Text = Annotated[str, AfterValidator(storable)]


class CommitteeOut(OfUnit):
    committee_id: UUID
    name: str
    unit_name: str
    quorum: int
    every_days: int
    members: int
    next_on: date | None
    version: int


class MemberOut(FromRow):
    """Both days of a term belong to it."""

    member_id: UUID
    person_id: UUID
    name: str
    function: Function
    from_on: date
    until_on: date | None

    @staticmethod
    def resolve_person_id(row: MemberRow) -> UUID:
        return row.term.person_id

    @staticmethod
    def resolve_function(row: MemberRow) -> Function:
        return row.term.function

    @staticmethod
    def resolve_from_on(row: MemberRow) -> date:
        return row.term.from_on

    @staticmethod
    def resolve_until_on(row: MemberRow) -> date | None:
        return row.term.until_on


class MeetingOut(OfUnit):
    meeting_id: UUID
    number: str
    committee_id: UUID
    committee_name: str
    planned_at: datetime
    place: str
    state: MeetingState
    version: int


class DecisionOut(OfUnit):
    """``origin`` is the number of the meeting or review that decided it."""

    decision_id: UUID
    number: str
    text: str
    unit_name: str
    owner_id: UUID
    owner_name: str
    due_on: date
    state: DecisionState
    outcome: str
    made_at: datetime
    made_by: str
    closed_at: datetime | None
    closed_by: str
    meeting_id: UUID | None
    review_id: UUID | None
    origin: str
    version: int


class CommitteeDetailOut(FromRow):
    """``decisions`` are those that are open."""

    row: CommitteeOut
    members: list[MemberOut]
    meetings: list[MeetingOut]
    decisions: list[DecisionOut]


class ItemOut(FromRow):
    """Why something stands on the agenda, and what it is about; an item of one's own has neither number nor key."""

    kind: ItemKind
    title: str
    note: str
    number: str
    key: str
    on: date | None


class MeetingDetailOut(FromRow):
    """``digest`` is the SHA-256 of the canonical minutes, which an approval names."""

    row: MeetingOut
    agenda: list[ItemOut]
    members: list[MemberOut]
    present: list[UUID]
    quorum: int
    has_quorum: bool
    minutes: str
    written_by: str
    digest: str
    held_at: datetime | None
    approved_at: datetime | None
    approved_by: str
    cancelled_reason: str
    decisions: list[DecisionOut]


class DecisionQuery(PageIn):
    state: list[DecisionState] = []
    mine: bool = False
    overdue: bool = False
    q: str = Field("", max_length=200)


class OutcomeIn(Schema):
    """``done`` or ``dropped``, and what came of it or why not."""

    state: DecisionState
    outcome: Annotated[str, Field(min_length=1, max_length=TEXT_MAX), AfterValidator(storable)]


class OwnItemIn(Schema):
    """An item of one's own; what is open and due comes onto the agenda by itself."""

    text: Text = Field(min_length=1, max_length=LINE_MAX)
    note: Text = Field("", max_length=LINE_MAX)


class MeetingIn(Schema):
    planned_at: AwareMoment
    place: Text = Field("", max_length=LINE_MAX)
    items: list[OwnItemIn] = Field([], max_length=MOST_LINES)

    def draft(self) -> MeetingDraft:
        """Raises BadInput."""
        items = tuple(Line(text=each.text, note=each.note) for each in self.items)
        return MeetingDraft(planned_at=self.planned_at, place=self.place, items=items)


class DigestIn(Schema):
    """The digest of what was read."""

    digest: str = Field(min_length=64, max_length=64)


@router.get("/isms/meetings/{uuid:meeting_id}", response=MeetingDetailOut)
def meeting(request: HttpRequest, response: HttpResponse, meeting_id: UUID) -> object:
    """Agenda, minutes and decisions of a meeting."""
    return meeting_of(meeting_id, response, actor_of(request))


@router.put("/isms/meetings/{uuid:meeting_id}", response=MeetingDetailOut)
def change_meeting(
    request: HttpRequest, response: HttpResponse, meeting_id: UUID, sent: MeetingIn, if_match: IfMatch
) -> object:
    """Plan the meeting anew; refused once it was held."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.change_meeting(meeting_id, sent.draft(), version=version, actor=actor, now=timezone.now())
    return meeting_of(meeting_id, response, actor)


@router.post("/isms/meetings/{uuid:meeting_id}/approval", response=MeetingDetailOut)
def approve_minutes(request: HttpRequest, response: HttpResponse, meeting_id: UUID, sent: DigestIn) -> object:
    """Approve the minutes as they were read; refused for whoever wrote them."""
    actor = actor_of(request)
    commands.approve_minutes(meeting_id, digest=sent.digest, actor=actor, now=timezone.now())
    return meeting_of(meeting_id, response, actor)


@router.get("/isms/decisions", response=PageOut[DecisionOut])
def decisions(request: HttpRequest, wanted: Query[DecisionQuery]) -> Page[Any]:
    """What was decided, by the day until which it is to be carried out."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = DecisionFilter(
        states=tuple(wanted.state),
        owner_id=actor.person_id if wanted.mine else None,
        overdue=wanted.overdue,
        text=wanted.q.strip(),
    )
    today = timezone.localdate()
    return queries.decisions(narrowed, number=wanted.page, size=wanted.size, at=wanted.at, actor=actor, today=today)


@router.get("/isms/decisions/{uuid:decision_id}", response=DecisionOut)
def decision(request: HttpRequest, response: HttpResponse, decision_id: UUID) -> DecisionRow:
    """One decision; its ETag is what closing it names."""
    return decision_of(decision_id, response, actor_of(request))


@router.put("/isms/decisions/{uuid:decision_id}/outcome", response=DecisionOut)
def close_decision(
    request: HttpRequest, response: HttpResponse, decision_id: UUID, sent: OutcomeIn, if_match: IfMatch
) -> DecisionRow:
    """Say what became of the decision; for its owner, and for whoever edits there."""
    actor = actor_of(request)
    commands.close_decision(
        decision_id,
        sent.state,
        outcome=sent.outcome,
        version=expected_version(if_match),
        actor=actor,
        now=timezone.now(),
    )
    return decision_of(decision_id, response, actor)


def meeting_of(meeting_id: UUID, response: HttpResponse, actor: Actor) -> object:
    view = queries.meeting(meeting_id, actor=actor)
    response["ETag"] = etag_of(view.row.version)
    return view


def decision_of(decision_id: UUID, response: HttpResponse, actor: Actor) -> DecisionRow:
    row = queries.decision(decision_id, actor=actor)
    response["ETag"] = etag_of(row.version)
    return row
