"""Management reviews in the JSON API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.isms import commands, queries, reports
from burgrave.isms.api.meetings import DecisionOut, DigestIn, decision_of
from burgrave.isms.api.minutes import DecisionIn
from burgrave.isms.terms import READ, TEXT_MAX, TITLE_MAX
from burgrave.isms.terms.meetings import MOST_MEMBERS
from burgrave.isms.terms.reviews import ConclusionDraft, Input, ReviewDraft, ReviewState, Tone
from burgrave.ledger.terms import storable
from burgrave.web.reports import Format, answer
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.files import REPORT_ANSWERS, ReportIn
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page, PersonId, UnitId

router = Router(tags=["isms"])
Text = Annotated[str, AfterValidator(storable)]


class ReviewOut(OfUnit):
    review_id: UUID
    number: str
    title: str
    unit_name: str
    period_from: date
    period_to: date
    planned_on: date
    state: ReviewState
    version: int


class FactOut(FromRow):
    """``sample`` is what the value was computed from, where that was counted."""

    name: str
    value: str
    unit: str
    sample: str
    href: str
    tone: Tone


class EntryOut(FromRow):
    title: str
    number: str
    state: str
    note: str
    on: date | None
    href: str
    tone: Tone


class SectionOut(FromRow):
    """One input by its letter in ISO/IEC 27001:2022, 9.3.2; ``more`` entries are left out."""

    input: Input
    facts: list[FactOut]
    entries: list[EntryOut]
    text: str
    more: int


class AttendeeOut(Schema):
    person_id: UUID
    name: str


class ReviewDetailOut(FromRow):
    """``sections`` are live until the review is held, then frozen under ``inputs_digest``."""

    row: ReviewOut
    sections: list[SectionOut]
    inputs_digest: str
    held_at: datetime | None
    attendees: list[AttendeeOut]
    conclusion: str
    digest: str
    approved_at: datetime | None
    approved_by: str
    decisions: list[DecisionOut]


class ReviewIn(Schema):
    """What the review looks at; feedback and opportunities are written by people (9.3.2 e and g)."""

    title: Text = Field(min_length=1, max_length=TITLE_MAX)
    unit_id: UUID
    period_from: date
    period_to: date
    planned_on: date
    feedback: Text = Field("", max_length=TEXT_MAX)
    opportunities: Text = Field("", max_length=TEXT_MAX)

    def draft(self) -> ReviewDraft:
        """Raises BadInput."""
        return ReviewDraft(
            title=self.title,
            unit_id=UnitId(self.unit_id),
            period_from=self.period_from,
            period_to=self.period_to,
            planned_on=self.planned_on,
            feedback=self.feedback,
            opportunities=self.opportunities,
        )


class ConclusionIn(Schema):
    """Who was there, and what follows for suitability, adequacy and effectiveness (9.3.3)."""

    attendees: list[UUID] = Field(min_length=1, max_length=MOST_MEMBERS)
    text: Text = Field(min_length=1, max_length=TEXT_MAX)


@router.get("/isms/reviews", response=PageOut[ReviewOut])
def management_reviews(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """Management reviews, newest first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return queries.management_reviews(number=wanted.page, size=wanted.size, actor=actor)


@router.get("/isms/reviews/{uuid:review_id}", response=ReviewDetailOut)
def management_review(request: HttpRequest, response: HttpResponse, review_id: UUID) -> object:
    """One review with its inputs, conclusion and decisions."""
    return _detail(review_id, response, actor_of(request))


@router.post("/isms/reviews", response={201: ReviewDetailOut})
def plan_management_review(request: HttpRequest, response: HttpResponse, sent: ReviewIn) -> Status[object]:
    """Plan a review; its inputs are live until it is held."""
    actor = actor_of(request)
    made = commands.plan_review(sent.draft(), actor=actor, now=timezone.now())
    return Status(201, _detail(made, response, actor))


@router.put("/isms/reviews/{uuid:review_id}", response=ReviewDetailOut)
def change_management_review(
    request: HttpRequest, response: HttpResponse, review_id: UUID, sent: ReviewIn, if_match: IfMatch
) -> object:
    """Plan the review otherwise; refused once it is held."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.change_review(review_id, sent.draft(), version=version, actor=actor, now=timezone.now())
    return _detail(review_id, response, actor)


@router.put("/isms/reviews/{uuid:review_id}/conclusion", response=ReviewDetailOut)
def hold_review(
    request: HttpRequest, response: HttpResponse, review_id: UUID, sent: ConclusionIn, if_match: IfMatch
) -> object:
    """Hold the review: its inputs are frozen as they are now; the conclusion may be written anew until the approval."""
    actor, version = actor_of(request), expected_version(if_match)
    draft = ConclusionDraft(attendees=tuple(map(PersonId, sent.attendees)), text=sent.text)
    commands.hold_review(review_id, draft, version=version, actor=actor, now=timezone.now())
    return _detail(review_id, response, actor)


@router.post("/isms/reviews/{uuid:review_id}/decisions", response={201: DecisionOut})
def decide_in_review(request: HttpRequest, response: HttpResponse, review_id: UUID, sent: DecisionIn) -> Status[object]:
    """Record a decision of the review. Its owner is told."""
    actor = actor_of(request)
    made = commands.decide_in_review(review_id, sent.draft(), actor=actor, now=timezone.now())
    return Status(201, decision_of(made, response, actor))


@router.post("/isms/reviews/{uuid:review_id}/approval", response=ReviewDetailOut)
def approve_review(request: HttpRequest, response: HttpResponse, review_id: UUID, sent: DigestIn) -> object:
    """Approve the review as it was read; refused for whoever wrote it."""
    actor = actor_of(request)
    commands.approve_review(review_id, digest=sent.digest, actor=actor, now=timezone.now())
    return _detail(review_id, response, actor)


@router.post("/isms/reviews/{uuid:review_id}/report", openapi_extra=REPORT_ANSWERS)
def review_pack(request: HttpRequest, review_id: UUID, sent: ReportIn) -> HttpResponse:
    """The pack of the review as a file; it is recorded with its digest."""
    return answer(reports.review_pack(Format(sent.format), review_id, actor=actor_of(request), now=timezone.now()))


def _detail(review_id: UUID, response: HttpResponse, actor: Actor) -> object:
    view = queries.management_review(review_id, actor=actor, today=timezone.localdate())
    response["ETag"] = etag_of(view.row.version)
    return {
        "row": view.row,
        "sections": view.sections,
        "inputs_digest": view.inputs_digest,
        "held_at": view.held_at,
        "attendees": [{"person_id": key, "name": name} for key, name in view.attendees],
        "conclusion": view.conclusion,
        "digest": view.digest,
        "approved_at": view.approved_at,
        "approved_by": view.approved_by,
        "decisions": view.decisions,
    }
