"""Persons: list, add, edit, deactivate, and the roles that they are given."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.people import commands, queries
from burgrave.people.api.shapes import EmailAddress, GrantOut, PersonDetailOut, PersonOut, ReasonIn, RoleKey, Text
from burgrave.people.terms import Language, PersonFilter, PersonState, PersonView
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.idempotency import must_not_be_kept
from burgrave.web.rest.moments import AwareMoment
from burgrave.web.rest.paging import PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page

router = Router(tags=["people"])
READ = "people.read"


class PersonQuery(PageIn):
    unit: list[UUID] = []
    role: list[RoleKey] = []
    state: list[PersonState] = []
    q: str = Field("", max_length=200)


class PersonIn(Schema):
    name: Text = Field(min_length=1, max_length=200)
    email: EmailAddress
    unit_id: UUID


class NewPersonIn(PersonIn):
    language: Language = Language.ENGLISH


class InvitedOut(Schema):
    """``path`` opens once, for whoever has it: give it to the person by a way that you trust."""

    person_id: UUID
    path: str
    expires_at: datetime


class NewGrantIn(Schema):
    role: RoleKey
    unit_id: UUID
    expires_at: AwareMoment | None = None


@router.get("/people/persons", response=PageOut[PersonOut])
def persons(request: HttpRequest, wanted: Query[PersonQuery]) -> Page[Any]:
    """The persons whom the caller sees, by name."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = PersonFilter(
        text=wanted.q.replace("\0", ""),
        units=tuple(wanted.unit),
        roles=tuple(wanted.role),
        states=tuple(wanted.state),
    )
    return queries.persons(narrowed, number=wanted.page, size=wanted.size, actor=actor, now=timezone.now())


@router.post("/people/persons", response={201: PersonDetailOut})
def add_person(request: HttpRequest, response: HttpResponse, sent: NewPersonIn) -> Status[object]:
    """Add a person without a password; ask for their invitation afterwards."""
    actor = actor_of(request)
    made = commands.add_person(
        email=sent.email,
        name=sent.name,
        unit_id=sent.unit_id,
        language=sent.language,
        actor=actor,
        now=timezone.now(),
    )
    return Status(201, _detail(made.person_id, response, actor))


@router.get("/people/persons/{uuid:person_id}", response=PersonDetailOut)
def person(request: HttpRequest, response: HttpResponse, person_id: UUID) -> object:
    """One person with the roles that the caller sees; its ETag is what a change names."""
    return _detail(person_id, response, actor_of(request))


@router.put("/people/persons/{uuid:person_id}", response=PersonDetailOut)
def edit_person(
    request: HttpRequest, response: HttpResponse, person_id: UUID, sent: PersonIn, if_match: IfMatch
) -> object:
    """Replace name, e-mail address and unit."""
    actor = actor_of(request)
    commands.edit_person(
        person_id,
        email=sent.email,
        name=sent.name,
        unit_id=sent.unit_id,
        version=expected_version(if_match),
        actor=actor,
        now=timezone.now(),
    )
    return _detail(person_id, response, actor)


@router.post("/people/persons/{uuid:person_id}/invitation", response={201: InvitedOut})
def invite(request: HttpRequest, person_id: UUID) -> Status[object]:
    """A fresh link with which the person chooses a password; earlier ones are dead. The answer is shown once."""
    must_not_be_kept(request)
    return Status(201, commands.invite_again(person_id, actor=actor_of(request), now=timezone.now()))


@router.post("/people/persons/{uuid:person_id}/deactivation", response=PersonDetailOut)
def deactivate(request: HttpRequest, response: HttpResponse, person_id: UUID, sent: ReasonIn) -> object:
    """Sign the person out everywhere, revoke their tokens, and let them in no more."""
    actor = actor_of(request)
    commands.deactivate(person_id, reason=sent.reason, actor=actor, now=timezone.now())
    return _detail(person_id, response, actor)


@router.delete("/people/persons/{uuid:person_id}/deactivation", response=PersonDetailOut)
def reactivate(request: HttpRequest, response: HttpResponse, person_id: UUID) -> object:
    """Let the person sign in again, with the grants that still stand."""
    actor = actor_of(request)
    commands.reactivate(person_id, actor=actor, now=timezone.now())
    return _detail(person_id, response, actor)


@router.post("/people/persons/{uuid:person_id}/grants", response={201: GrantOut})
def grant(request: HttpRequest, person_id: UUID, sent: NewGrantIn) -> Status[object]:
    """Give the person a role in a unit and below it."""
    actor = actor_of(request)
    made = commands.grant(
        person_id,
        role=sent.role,
        unit_id=sent.unit_id,
        expires_at=sent.expires_at,
        actor=actor,
        now=timezone.now(),
    )
    view = queries.person(person_id, actor=actor, now=timezone.now())
    return Status(201, next(each for each in view.grants if each.grant_id == made))


@router.delete("/people/grants/{uuid:grant_id}", response={204: None})
def revoke(request: HttpRequest, grant_id: UUID) -> Status[None]:
    """Take a role back; the access ends at once."""
    commands.revoke(grant_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


def _detail(person_id: UUID, response: HttpResponse, actor: Actor) -> PersonView:
    view = queries.person(person_id, actor=actor, now=timezone.now())
    response["ETag"] = etag_of(view.version)
    return view
