"""Placeholders of rules over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.detection import commands, queries
from burgrave.detection.terms import REASON_MAX
from burgrave.detection.terms.placeholders import (
    MOST_VALUES,
    NAME_MAX,
    PLACEHOLDER_VALUE_MAX,
    PlaceholderFacts,
    PlaceholderRow,
)
from burgrave.ledger.terms import storable
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page, PersonId, UnitId

router = Router()
Text = Annotated[str, AfterValidator(storable)]


class PlaceholderOut(OfUnit):
    """``name`` stands without its percent signs; rules are given the values of all units together."""

    placeholder_id: UUID
    name: str
    unit_name: str
    values: list[str]
    owner_id: UUID
    owner_name: str
    reason: str
    changed_at: datetime
    changed_by: str
    version: int


class PlaceholderChangeIn(Schema):
    values: list[Annotated[Text, Field(max_length=PLACEHOLDER_VALUE_MAX)]] = Field(max_length=MOST_VALUES)
    owner_id: UUID
    reason: Text = Field(max_length=REASON_MAX)

    def facts(self, name: str, unit_id: UUID) -> PlaceholderFacts:
        return PlaceholderFacts(
            name=name,
            unit_id=UnitId(unit_id),
            values=tuple(self.values),
            owner_id=PersonId(self.owner_id),
            reason=self.reason,
        )


class PlaceholderIn(PlaceholderChangeIn):
    name: Text = Field(max_length=NAME_MAX + 2)
    unit_id: UUID


class RemovalIn(Schema):
    reason: Text = Field(max_length=REASON_MAX)


@router.get("/detection/placeholders", response=PageOut[PlaceholderOut])
def placeholders(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """What placeholders of rules stand for, by name."""
    return queries.placeholders(number=wanted.page, size=wanted.size, actor=actor_of(request))


@router.post("/detection/placeholders", response={201: PlaceholderOut})
def add_placeholder(request: HttpRequest, sent: PlaceholderIn, response: HttpResponse) -> Status[PlaceholderRow]:
    """A placeholder gets values in a unit."""
    actor = actor_of(request)
    key = commands.add_placeholder(sent.facts(sent.name, sent.unit_id), actor=actor, now=timezone.now())
    return Status(201, _told(key, response, actor))


@router.get("/detection/placeholders/{uuid:placeholder_id}", response=PlaceholderOut)
def placeholder(request: HttpRequest, placeholder_id: UUID, response: HttpResponse) -> object:
    """One placeholder."""
    return _told(placeholder_id, response, actor_of(request))


@router.put("/detection/placeholders/{uuid:placeholder_id}", response=PlaceholderOut)
def change_placeholder(
    request: HttpRequest, placeholder_id: UUID, sent: PlaceholderChangeIn, response: HttpResponse, if_match: IfMatch
) -> object:
    """It stands for other values."""
    actor = actor_of(request)
    row = queries.placeholder(placeholder_id, actor=actor)
    facts = sent.facts(row.name, row.unit_id)
    version = expected_version(if_match)
    commands.change_placeholder(placeholder_id, facts, version=version, actor=actor, now=timezone.now())
    return _told(placeholder_id, response, actor)


@router.post("/detection/placeholders/{uuid:placeholder_id}/remove", response={204: None})
def remove_placeholder(request: HttpRequest, placeholder_id: UUID, sent: RemovalIn, if_match: IfMatch) -> Status[None]:
    """It stands for nothing in its unit any more; rules that lack values then are faults."""
    actor = actor_of(request)
    queries.placeholder(placeholder_id, actor=actor)
    version = expected_version(if_match)
    commands.remove_placeholder(placeholder_id, reason=sent.reason, version=version, actor=actor, now=timezone.now())
    return Status(204, None)


def _told(placeholder_id: UUID, response: HttpResponse, actor: Actor) -> PlaceholderRow:
    row = queries.placeholder(placeholder_id, actor=actor)
    response["ETag"] = etag_of(row.version)
    return row
