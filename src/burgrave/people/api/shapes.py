"""What the operations of this domain take and give in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from ninja import Schema
from pydantic import AfterValidator, Field

from burgrave.ledger.terms import storable
from burgrave.people.terms import PersonState
from burgrave.web.rest.paging import FromRow, PageIn
from burgrave.web.terms import Page

Text = Annotated[str, AfterValidator(storable)]
PermissionCode = Annotated[str, Field(min_length=1, max_length=100)]
RoleKey = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[0-9a-z_]+$")]


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError("an e-mail address looks like name@example.org") from error
    return text


EmailAddress = Annotated[str, Field(max_length=254), AfterValidator(_address)]

RowT = TypeVar("RowT")


def cut(rows: tuple[RowT, ...], wanted: PageIn) -> Page[RowT]:
    """One page of rows that are all there; a number past the end gives the last page."""
    number = min(wanted.page, max(1, -(-len(rows) // wanted.size)))
    begin = (number - 1) * wanted.size
    return Page(rows=rows[begin : begin + wanted.size], number=number, size=wanted.size, total=len(rows))


class PersonOut(FromRow):
    person_id: UUID
    name: str
    email: str
    unit_id: UUID
    unit_name: str
    state: PersonState
    roles: list[str]
    last_signed_in_at: datetime | None


class GrantOut(FromRow):
    """The role holds in the unit and in every unit below it, until ``expires_at`` if there is one."""

    grant_id: UUID
    role: str
    role_name: str
    unit_id: UUID
    unit_name: str
    expires_at: datetime | None
    is_expired: bool
    granted_at: datetime
    granted_by: str


class PersonDetailOut(FromRow):
    """``hidden_grants`` lie in units that the caller does not see."""

    person_id: UUID
    name: str
    email: str
    unit_id: UUID
    unit_name: str
    state: PersonState
    language: str
    time_zone: str
    joined_at: datetime
    last_signed_in_at: datetime | None
    version: int
    grants: list[GrantOut]
    hidden_grants: int


class UnitOut(FromRow):
    """``depth`` is 0 at the top of what the caller sees."""

    unit_id: UUID
    name: str
    parent_id: UUID | None
    depth: int
    persons: int
    version: int
    may_manage: bool


class ReasonIn(Schema):
    reason: Text = Field("", max_length=1_000)
