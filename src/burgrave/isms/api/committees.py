"""Committees and who sits in them, in the JSON API."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.isms import commands, queries
from burgrave.isms.api.meetings import CommitteeDetailOut, CommitteeOut
from burgrave.isms.terms import MOST_REVIEW_DAYS, READ, TITLE_MAX
from burgrave.isms.terms.meetings import MOST_MEMBERS, CommitteeDraft, Function, Term
from burgrave.ledger.terms import storable
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, PersonId, UnitId

router = Router(tags=["isms"])


class CommitteeIn(Schema):
    """``quorum`` counts the members without whom nothing is decided; it meets every ``every_days`` days."""

    name: Annotated[str, Field(min_length=1, max_length=TITLE_MAX), AfterValidator(storable)]
    unit_id: UUID
    quorum: int = Field(ge=1, le=MOST_MEMBERS)
    every_days: int = Field(90, ge=1, le=MOST_REVIEW_DAYS)

    def draft(self) -> CommitteeDraft:
        """Raises BadInput."""
        return CommitteeDraft(
            name=self.name, unit_id=UnitId(self.unit_id), quorum=self.quorum, every_days=self.every_days
        )


class TermIn(Schema):
    """Both days belong to the term; without ``until_on`` it has no end yet."""

    person_id: UUID
    function: Function
    from_on: date
    until_on: date | None = None


class TermEndIn(Schema):
    until_on: date


@router.get("/isms/committees", response=list[CommitteeOut])
def committees(request: HttpRequest) -> object:
    """Every committee."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return list(queries.committees(actor=actor, today=timezone.localdate()))


@router.post("/isms/committees", response={201: CommitteeDetailOut})
def found_committee(request: HttpRequest, response: HttpResponse, sent: CommitteeIn) -> Status[object]:
    """Found a committee; it has no members yet."""
    actor = actor_of(request)
    made = commands.found_committee(sent.draft(), actor=actor, now=timezone.now())
    return Status(201, _detail(made, response, actor))


@router.get("/isms/committees/{uuid:committee_id}", response=CommitteeDetailOut)
def committee(request: HttpRequest, response: HttpResponse, committee_id: UUID) -> object:
    """Members, meetings and open decisions of a committee; its ETag is what a change names."""
    return _detail(committee_id, response, actor_of(request))


@router.put("/isms/committees/{uuid:committee_id}", response=CommitteeDetailOut)
def change_committee(
    request: HttpRequest, response: HttpResponse, committee_id: UUID, sent: CommitteeIn, if_match: IfMatch
) -> object:
    """Change name, unit, quorum or rhythm."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.edit_committee(committee_id, sent.draft(), version=version, actor=actor, now=timezone.now())
    return _detail(committee_id, response, actor)


@router.post("/isms/committees/{uuid:committee_id}/members", response={201: CommitteeDetailOut})
def seat_member(request: HttpRequest, response: HttpResponse, committee_id: UUID, sent: TermIn) -> Status[object]:
    """Seat somebody from a day on; refused where the seat of chair or secretary is taken on one of the days."""
    actor = actor_of(request)
    term = Term(
        person_id=PersonId(sent.person_id), function=sent.function, from_on=sent.from_on, until_on=sent.until_on
    )
    commands.seat(committee_id, term, actor=actor, now=timezone.now())
    return Status(201, _detail(committee_id, response, actor))


@router.put("/isms/committees/{uuid:committee_id}/members/{uuid:member_id}/end", response=CommitteeDetailOut)
def end_member_term(
    request: HttpRequest, response: HttpResponse, committee_id: UUID, member_id: UUID, sent: TermEndIn
) -> object:
    """End the term of a member on a day, which still belongs to it."""
    actor = actor_of(request)
    commands.end_term(committee_id, member_id, until_on=sent.until_on, actor=actor, now=timezone.now())
    return _detail(committee_id, response, actor)


def _detail(committee_id: UUID, response: HttpResponse, actor: Actor) -> object:
    view = queries.committee(committee_id, actor=actor, today=timezone.localdate())
    response["ETag"] = etag_of(view.row.version)
    return view
