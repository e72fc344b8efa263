"""The tree of units."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.people import commands, queries
from burgrave.people.api.shapes import Text, UnitOut, cut
from burgrave.people.terms import UnitRow
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page

router = Router(tags=["people"])


class UnitIn(Schema):
    name: Text = Field(min_length=1, max_length=200)


class NewUnitIn(UnitIn):
    parent_id: UUID


class ParentIn(Schema):
    parent_id: UUID


@router.get("/people/units", response=PageOut[UnitOut])
def units(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """The units that the caller sees, parents before children."""
    actor = actor_of(request)
    actor.must_anywhere("people.read")
    return cut(queries.units_tree(actor=actor), wanted)


@router.post("/people/units", response={201: UnitOut})
def add_unit(request: HttpRequest, response: HttpResponse, sent: NewUnitIn) -> Status[object]:
    """Add a unit below another."""
    actor, now = actor_of(request), timezone.now()
    made = commands.add_unit(name=sent.name, parent_id=sent.parent_id, actor=actor, now=now)
    # The caller's permissions were compiled before the unit existed; its row is read with those of the present.
    return Status(201, _unit(made, response, queries.present(actor, now=now)))


@router.get("/people/units/{uuid:unit_id}", response=UnitOut)
def unit(request: HttpRequest, response: HttpResponse, unit_id: UUID) -> object:
    """One unit; its ETag is what a change names."""
    return _unit(unit_id, response, actor_of(request))


@router.put("/people/units/{uuid:unit_id}", response=UnitOut)
def rename_unit(request: HttpRequest, response: HttpResponse, unit_id: UUID, sent: UnitIn, if_match: IfMatch) -> object:
    """Give the unit another name."""
    actor = actor_of(request)
    version = expected_version(if_match)
    commands.rename_unit(unit_id, name=sent.name, version=version, actor=actor, now=timezone.now())
    return _unit(unit_id, response, actor)


@router.put("/people/units/{uuid:unit_id}/parent", response=UnitOut)
def move_unit(request: HttpRequest, response: HttpResponse, unit_id: UUID, sent: ParentIn, if_match: IfMatch) -> object:
    """Put the unit, with all below it, below another; access follows at once."""
    actor, now = actor_of(request), timezone.now()
    version = expected_version(if_match)
    commands.move_unit(unit_id, parent_id=sent.parent_id, version=version, actor=actor, now=now)
    return _unit(unit_id, response, queries.present(actor, now=now))


def _unit(unit_id: UUID, response: HttpResponse, actor: Actor) -> UnitRow:
    row = queries.unit(unit_id, actor=actor)
    response["ETag"] = etag_of(row.version)
    return row
