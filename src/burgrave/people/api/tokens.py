"""Tokens: one's own, made by somebody who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.people import commands, queries
from burgrave.people.api.shapes import PermissionCode, Text, cut
from burgrave.people.terms import PERMISSIONS, TokenState
from burgrave.people.terms.roles import TOKEN_NAME_MAX
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.idempotency import must_not_be_kept
from burgrave.web.rest.moments import AwareMoment
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.terms import Page

router = Router(tags=["people"])


class TokenOut(FromRow):
    """``hint`` is how the token begins; without a unit it reaches wherever its owner does."""

    token_id: UUID
    name: str
    hint: str
    permissions: list[str]
    unit_id: UUID | None
    state: TokenState
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenQuery(PageIn):
    person_id: UUID | None = Field(None, description="Whose; your own without it.")


class TokenIn(Schema):
    """The token gives of ``permissions`` what you hold at the moment of each request, and never more."""

    name: Text = Field(min_length=1, max_length=TOKEN_NAME_MAX)
    permissions: list[PermissionCode] = Field(min_length=1, max_length=len(PERMISSIONS))
    unit_id: UUID | None = None
    expires_at: AwareMoment


class MadeTokenOut(FromRow):
    """``secret`` is shown in this answer and nowhere else."""

    token_id: UUID
    secret: str
    expires_at: datetime


@router.get("/people/tokens", response=PageOut[TokenOut])
def tokens(request: HttpRequest, wanted: Query[TokenQuery]) -> Page[Any]:
    """Your tokens, newest first, or those of somebody whom you manage."""
    actor = actor_of(request)
    whose = wanted.person_id or actor.person_id or UUID(int=0)
    return cut(queries.tokens_of(whose, actor=actor, now=timezone.now()), wanted)


@router.post("/people/tokens", response={201: MadeTokenOut})
def make_token(request: HttpRequest, sent: TokenIn) -> Status[object]:
    """Make a token for yourself. A token makes no tokens."""
    must_not_be_kept(request)
    made = commands.make_token(
        name=sent.name,
        permissions=frozenset(sent.permissions),
        unit_id=sent.unit_id,
        expires_at=sent.expires_at,
        actor=actor_of(request),
        now=timezone.now(),
    )
    return Status(201, made)


@router.delete("/people/tokens/{uuid:token_id}", response={204: None})
def revoke_token(request: HttpRequest, token_id: UUID) -> Status[None]:
    """Revoke a token of yours, or of somebody whom you manage; it works no more, at once."""
    commands.revoke_token(token_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)
