"""Acknowledgements over the API: what one must know, whom documents are asked of, and how far that has come."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.engines.norms import Kind
from burgrave.policies import commands, queries
from burgrave.policies.queries import Grouped
from burgrave.policies.terms import OVERSEE
from burgrave.policies.terms.acknowledging import (
    LONGEST_DUE_DAYS,
    MOST_CHOICES,
    MOST_PARTS,
    MOST_QUESTIONS,
    AskFilter,
    AskState,
    AudienceKind,
    AudiencePart,
    AudienceView,
    Cadence,
    DutyText,
)
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Page, UnitId

router = Router(tags=["policies"])
BEFORE_ANY = 1
"""The version in the ETag of an audience that nobody has set yet; each change counts one more."""
Days = Annotated[int, Field(ge=1, le=LONGEST_DUE_DAYS)]


class DutyOut(FromRow):
    """A document that the caller must know. ``number`` is its version now, ``confirmed_number`` what was confirmed."""

    document_id: UUID
    identifier: str
    title: str
    kind: Kind
    number: str
    state: AskState
    asked_at: datetime
    due_on: date
    opened_at: datetime | None
    confirmed_at: datetime | None
    confirmed_number: str
    confirmed_digest: str


class DutiesOut(FromRow):
    """``open`` is to be confirmed, due first; ``history`` is everything that was ever confirmed, newest first."""

    open: list[DutyOut]
    known: list[DutyOut]
    history: list[DutyOut]


class QuestionOut(Schema):
    text: str
    choices: list[str]
    has_several: bool


class DutyTextOut(Schema):
    """The text that is asked of the caller; ``digest`` is what a confirmation names. Questions come without answers."""

    row: DutyOut
    digest: str
    title: str
    source: str
    language: str
    questions: list[QuestionOut]


class ConfirmIn(Schema):
    """``answers`` are the places of the chosen choices of each question, from 0."""

    digest: str = Field(min_length=64, max_length=64)
    answers: list[list[Annotated[int, Field(ge=0, lt=MOST_CHOICES)]]] = Field([], max_length=MOST_QUESTIONS)


class AskOut(OfUnit):
    ask_id: UUID
    document_id: UUID
    document: str
    person_id: UUID
    name: str
    unit_name: str
    state: AskState
    asked_at: datetime
    due_on: date
    opened_at: datetime | None
    confirmed_at: datetime | None
    number: str
    digest: str
    attempts: int
    has_ended: bool


class AskQuery(PageIn):
    document: UUID | None = None
    unit: list[UUID] = []
    state: list[AskState] = []
    q: str = Field("", max_length=200)


class RateOut(FromRow):
    """``ratio`` is None where nobody is asked. ``opened`` counts who opened the text and did not confirm it."""

    asked: int
    confirmed: int
    overdue: int
    opened: int
    ratio: float | None


class GroupOut(FromRow):
    key: str
    name: str
    rate: RateOut


class RatesOut(Schema):
    """Of the people whom the caller oversees, at the end of the day ``on``."""

    on: date
    whole: RateOut
    groups: list[GroupOut]


class RatesQuery(Schema):
    by: Grouped = Grouped.DOCUMENT
    on: date | None = None
    document: UUID | None = None


class PartIO(FromRow):
    """A rule of an audience: everybody, a unit, a role, or the owners of assets of a type."""

    kind: AudienceKind
    unit_id: UUID | None = None
    with_below: bool = True
    role: str = Field("", max_length=50)
    asset_type: str = Field("", max_length=20)


class AudienceIn(Schema):
    parts: list[PartIO] = Field(max_length=MOST_PARTS)
    due_days: Days = 14
    remind_before_days: list[Days] = Field([7, 1], max_length=10)
    repeat_days: Days = 7
    escalate_after_days: Days = 7

    def chosen(self) -> tuple[AudiencePart, ...]:
        """Raises BadInput."""
        return tuple(
            AudiencePart(
                kind=each.kind,
                unit_id=UnitId(each.unit_id) if each.unit_id else None,
                with_below=each.with_below,
                role=each.role,
                asset_type=each.asset_type,
            )
            for each in self.parts
        )

    def cadence(self) -> Cadence:
        """Raises BadInput."""
        return Cadence(
            due_days=self.due_days,
            remind_before_days=tuple(self.remind_before_days),
            repeat_days=self.repeat_days,
            escalate_after_days=self.escalate_after_days,
        )


class AudienceOut(FromRow):
    """``people`` is the head count now; ``version`` is 0 where nobody set an audience yet."""

    parts: list[PartIO]
    people: int
    version: int


class CountOut(Schema):
    """The head count of all rules together, and of each by itself."""

    people: int
    each: list[int]


@router.get("/policies/duties", response=DutiesOut)
def duties(request: HttpRequest) -> object:
    """What the caller must know and confirm."""
    return queries.duties(actor=actor_of(request), today=timezone.localdate())


@router.get("/policies/duties/{uuid:document_id}", response=DutyTextOut)
def duty(request: HttpRequest, document_id: UUID, language: str = "en") -> dict[str, object]:
    """The text that the caller is asked to confirm."""
    found = queries.duty(document_id, language=language, actor=actor_of(request), today=timezone.localdate())
    return _text(found)


@router.post("/policies/duties/{uuid:document_id}/confirmation", response={204: None})
def confirm(request: HttpRequest, document_id: UUID, sent: ConfirmIn) -> Status[None]:
    """Confirm the text with this digest. Only a person who is signed in does: a request with a token is refused."""
    answers = tuple(frozenset(each) for each in sent.answers)
    commands.confirm(document_id, digest=sent.digest, answers=answers, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


@router.get("/policies/acknowledgements", response=PageOut[AskOut])
def acknowledgements(request: HttpRequest, wanted: Query[AskQuery]) -> Page[Any]:
    """Who was asked what and confirmed it, of the people whom the caller oversees; due first."""
    actor = actor_of(request)
    actor.must_anywhere(OVERSEE)
    narrowed = AskFilter(
        document_id=wanted.document, units=tuple(wanted.unit), states=tuple(wanted.state), text=wanted.q
    )
    today = timezone.localdate()
    return queries.asks(narrowed, number=wanted.page, size=wanted.size, at=wanted.at, actor=actor, today=today)


@router.get("/policies/acknowledgements/rates", response=RatesOut)
def acknowledgement_rates(request: HttpRequest, wanted: Query[RatesQuery]) -> dict[str, object]:
    """How many of those asked had confirmed at the end of a day, with the denominators."""
    actor = actor_of(request)
    actor.must_anywhere(OVERSEE)
    on = wanted.on or timezone.localdate()
    whole, groups = queries.rates(wanted.by, on=on, actor=actor, document_id=wanted.document)
    return {"on": on, "whole": whole, "groups": groups}


@router.get("/policies/documents/{uuid:document_id}/audience", response=AudienceOut)
def audience(request: HttpRequest, response: HttpResponse, document_id: UUID) -> object:
    """Whom the document is asked of; its ETag is what a change names."""
    found = queries.audience(document_id, actor=actor_of(request), now=timezone.now())
    return _tagged(found, response)


@router.put("/policies/documents/{uuid:document_id}/audience", response=AudienceOut)
def set_audience(
    request: HttpRequest, response: HttpResponse, document_id: UUID, sent: AudienceIn, if_match: IfMatch
) -> object:
    """Ask these people from now on, in place of whom it was asked of."""
    actor, now = actor_of(request), timezone.now()
    version = expected_version(if_match) - BEFORE_ANY
    commands.set_audience(document_id, sent.chosen(), sent.cadence(), version=version, actor=actor, now=now)
    return _tagged(queries.audience(document_id, actor=actor, now=now), response)


@router.post("/policies/documents/{uuid:document_id}/audience/count", response=CountOut)
def count_audience(request: HttpRequest, document_id: UUID, sent: AudienceIn) -> dict[str, object]:
    """How many people the rules take in; nothing is kept."""
    people, each = queries.head_count(document_id, sent.chosen(), actor=actor_of(request), now=timezone.now())
    return {"people": people, "each": list(each)}


@router.post("/policies/acknowledgements/{uuid:ask_id}/attempt", response={204: None})
def give_attempt(request: HttpRequest, ask_id: UUID) -> Status[None]:
    """Let somebody who used up their attempts at the questions answer once more."""
    commands.give_attempt(ask_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


def _tagged(found: AudienceView, response: HttpResponse) -> AudienceView:
    response["ETag"] = etag_of(found.version + BEFORE_ANY)
    return found


def _text(found: DutyText) -> dict[str, object]:
    questions = found.quiz.questions if found.quiz else ()
    return {
        "row": found.row,
        "digest": found.digest,
        "title": found.title,
        "source": found.source,
        "language": found.language,
        "questions": [
            {"text": each.text, "choices": list(each.choices), "has_several": each.has_several} for each in questions
        ],
    }
