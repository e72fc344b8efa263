"""Delegations: a grant of one's own, lent to somebody else for a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.people import commands, queries
from burgrave.people.api.shapes import EmailAddress, PermissionCode, Text, cut
from burgrave.people.terms import PERMISSIONS, DelegationState
from burgrave.people.terms.roles import DELEGATION_REASON_MAX
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.moments import AwareMoment
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.terms import Page

router = Router(tags=["people"])
MOST_UNITS = 100


class DelegationOut(FromRow):
    """Empty ``units`` or ``permissions``: the whole of the grant."""

    delegation_id: UUID
    grant_id: UUID
    role: str
    role_name: str
    unit_name: str
    units: list[str]
    permissions: list[str]
    delegator_id: UUID
    delegator_name: str
    delegate_id: UUID
    delegate_name: str
    reason: str
    begins_at: datetime
    ends_at: datetime
    made_at: datetime
    state: DelegationState


class DelegationQuery(PageIn):
    person_id: UUID | None = Field(None, description="Whose, lent or received; your own without it.")


class DelegationIn(Schema):
    """Empty ``units`` or ``permissions`` lend the whole of the grant; ``begins_at`` left out means now."""

    grant_id: UUID
    email: EmailAddress
    units: list[UUID] = Field([], max_length=MOST_UNITS)
    permissions: list[PermissionCode] = Field([], max_length=len(PERMISSIONS))
    begins_at: AwareMoment | None = None
    ends_at: AwareMoment
    reason: Text = Field(min_length=1, max_length=DELEGATION_REASON_MAX)


class LentOut(Schema):
    delegation_id: UUID


@router.get("/people/delegations", response=PageOut[DelegationOut])
def delegations(request: HttpRequest, wanted: Query[DelegationQuery]) -> Page[Any]:
    """What you lent and what was lent to you, the latest first; of others, what lies in units that you see."""
    actor = actor_of(request)
    whose = wanted.person_id or actor.person_id or UUID(int=0)
    return cut(queries.delegations_of(whose, actor=actor, now=timezone.now()), wanted)


@router.post("/people/delegations", response={201: LentOut})
def delegate(request: HttpRequest, sent: DelegationIn) -> Status[dict[str, UUID]]:
    """Lend a grant of your own, or a part of it. A token delegates nothing."""
    now = timezone.now()
    made = commands.delegate(
        sent.grant_id,
        email=sent.email,
        units=frozenset(sent.units),
        permissions=frozenset(sent.permissions),
        begins_at=sent.begins_at or now,
        ends_at=sent.ends_at,
        reason=sent.reason,
        actor=actor_of(request),
        now=now,
    )
    return Status(201, {"delegation_id": made})


@router.delete("/people/delegations/{uuid:delegation_id}", response={204: None})
def take_back(request: HttpRequest, delegation_id: UUID) -> Status[None]:
    """End a delegation; the access ends at once."""
    commands.take_back(delegation_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)
