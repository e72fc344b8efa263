"""Roles, and who may do what and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.people import commands, queries, reports
from burgrave.people.api.shapes import PermissionCode, Text, cut
from burgrave.people.terms import PERMISSIONS, RoleRow, RoleState
from burgrave.people.terms.explanations import Lack, Reason
from burgrave.people.terms.roles import ROLE_NAME_MAX, ROLE_NOTE_MAX
from burgrave.web.reports import Format, answer
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.files import REPORT_ANSWERS, ReportIn
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page

router = Router(tags=["people"])


class RoleOut(FromRow):
    """``holders`` counts the persons who hold the role now; a shipped role is changed by nobody."""

    code: str
    name: str
    note: str
    permissions: list[str]
    state: RoleState
    holders: int
    version: int


class RoleIn(Schema):
    name: Text = Field(min_length=1, max_length=ROLE_NAME_MAX)
    note: Text = Field("", max_length=ROLE_NOTE_MAX)
    permissions: list[PermissionCode] = Field(min_length=1, max_length=len(PERMISSIONS))


class ReasonOut(Schema):
    """A grant, or a delegation of one. With nothing in ``lacks`` it gives the permission."""

    grant_id: UUID
    role: str
    role_name: str
    unit_id: UUID
    unit_name: str
    ends_at: datetime | None
    lent_by: str
    lacks: list[Lack]


class ExplanationOut(Schema):
    """``because`` gives the permission; ``nearest`` does not, those first that lack least.

    ``hidden`` counts roles in units that the caller does not see, ``hidden_gives`` says whether one of them gives it.
    """

    person_id: UUID
    permission: str
    unit_id: UUID
    unit_path: list[str]
    allowed: bool
    is_active: bool
    because: list[ReasonOut]
    nearest: list[ReasonOut]
    hidden: int
    hidden_gives: bool
    judged_at: datetime


class HolderOut(Schema):
    person_id: UUID
    name: str
    email: str
    because: list[ReasonOut]
    hidden: int


class WhatQuery(Schema):
    permission: PermissionCode
    unit_id: UUID


class ExplainQuery(WhatQuery):
    person_id: UUID


class HoldersQuery(WhatQuery, PageIn):
    pass


Code = Annotated[str, Field(min_length=1, max_length=50)]


@router.get("/people/roles", response=PageOut[RoleOut])
def roles(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """Every role, the shipped ones first."""
    actor_of(request).must_anywhere("people.read")
    return cut(queries.roles(), wanted)


@router.post("/people/roles", response={201: RoleOut})
def make_role(request: HttpRequest, response: HttpResponse, sent: RoleIn) -> Status[object]:
    """Make a role of the organisation's own."""
    actor = actor_of(request)
    code = commands.make_role(
        name=sent.name, note=sent.note, permissions=frozenset(sent.permissions), actor=actor, now=timezone.now()
    )
    return Status(201, _role(code, response, actor))


@router.get("/people/roles/{slug:code}", response=RoleOut)
def role(request: HttpRequest, response: HttpResponse, code: Code) -> object:
    """One role; its ETag is what a change names."""
    return _role(code, response, actor_of(request))


@router.put("/people/roles/{slug:code}", response=RoleOut)
def edit_role(request: HttpRequest, response: HttpResponse, code: Code, sent: RoleIn, if_match: IfMatch) -> object:
    """Replace what the role allows; whoever holds it may exactly that from here on."""
    actor = actor_of(request)
    commands.edit_role(
        code,
        name=sent.name,
        note=sent.note,
        permissions=frozenset(sent.permissions),
        version=expected_version(if_match),
        actor=actor,
        now=timezone.now(),
    )
    return _role(code, response, actor)


@router.put("/people/roles/{slug:code}/retirement", response=RoleOut)
def retire_role(request: HttpRequest, response: HttpResponse, code: Code, if_match: IfMatch) -> object:
    """Give the role to nobody any more; whoever holds it keeps it."""
    actor = actor_of(request)
    commands.retire_role(code, version=expected_version(if_match), actor=actor, now=timezone.now())
    return _role(code, response, actor)


@router.delete("/people/roles/{slug:code}", response={204: None})
def delete_role(request: HttpRequest, code: Code, if_match: IfMatch) -> Status[None]:
    """Delete a role that nobody was ever given."""
    commands.delete_role(code, version=expected_version(if_match), actor=actor_of(request), now=timezone.now())
    return Status(204, None)


@router.get("/people/explain", response=ExplanationOut)
def explain(request: HttpRequest, asked: Query[ExplainQuery]) -> dict[str, object]:
    """Whether the person may do this in the unit, and why. Everybody may ask about themselves."""
    now = timezone.now()
    answer = queries.explain(asked.person_id, asked.permission, asked.unit_id, actor=actor_of(request), now=now)
    found = answer.explanation
    return {
        "person_id": answer.person_id,
        "permission": found.permission,
        "unit_id": found.unit_id,
        "unit_path": list(answer.unit_path),
        "allowed": found.allowed,
        "is_active": found.is_active,
        "because": [_reason(each) for each in found.because],
        "nearest": [_reason(each) for each in found.nearest],
        "hidden": found.hidden,
        "hidden_gives": found.hidden_gives,
        "judged_at": now,
    }


@router.get("/people/holders", response=PageOut[HolderOut])
def holders(request: HttpRequest, asked: Query[HoldersQuery]) -> Page[Any]:
    """Everybody who may do this in the unit, by name, each with the reasons."""
    page = queries.who_may(
        asked.permission,
        asked.unit_id,
        number=asked.page,
        size=asked.size,
        actor=actor_of(request),
        now=timezone.now(),
    )
    rows = tuple(
        {
            "person_id": row.person_id,
            "name": row.name,
            "email": row.email,
            "because": [_reason(each) for each in row.because],
            "hidden": row.hidden,
        }
        for row in page.rows
    )
    return Page(rows=rows, number=page.number, size=page.size, total=page.total)


def _reason(reason: Reason) -> dict[str, object]:
    claim = reason.claim
    return {
        "grant_id": claim.grant_id,
        "role": claim.role,
        "role_name": claim.role_name,
        "unit_id": claim.unit_id,
        "unit_name": claim.unit_name,
        "ends_at": claim.ends_at,
        "lent_by": claim.lent.delegator_name if claim.lent else "",
        "lacks": list(reason.lacks),
    }


def _role(code: str, response: HttpResponse, actor: Actor) -> RoleRow:
    row = queries.role(code, actor=actor)
    response["ETag"] = etag_of(row.version)
    return row


@router.post("/reports/access-rights", openapi_extra=REPORT_ANSWERS)
def access_rights_report(request: HttpRequest, sent: ReportIn) -> HttpResponse:
    """Who holds which role where, as a file; it is recorded with its digest."""
    return answer(reports.access(Format(sent.format), actor=actor_of(request), now=timezone.now()))
