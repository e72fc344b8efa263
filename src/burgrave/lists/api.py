"""The JSON API of the search and of lists: views, files and acts on many rows, as on the pages."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.ledger.terms import storable
from burgrave.lists import commands, queries
from burgrave.lists.terms import (
    FIRST_NAMED,
    MOST_AT_ONCE,
    NAME_MAX,
    QUERY_MAX,
    Audience,
    BulkAct,
    ListSpec,
    SheetFormat,
)
from burgrave.web.downloads import ReadOnce, described, file_answer
from burgrave.web.errors import Forbidden
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, UnitId

router = Router(tags=["search"])
IN_MEMORY, CHUNK = 4 * 1024 * 1024, 256 * 1024
Text = Annotated[str, AfterValidator(storable)]


class SearchQuery(Schema):
    """Every word of ``q`` must stand in what is found; Latin words are found by their beginning."""

    q: str = Field("", max_length=200)
    kind: list[str] = Field([], max_length=20, description="Kinds such as assets.asset; none means all.")
    size: int = Field(50, ge=1, le=100)


class HitOut(FromRow):
    """``subject`` is what the ledger's records about the object name; ``href`` is its page."""

    kind: str
    object_id: UUID
    subject: str
    href: str
    identifier: str
    title: str
    unit_name: str


class FoundOut(FromRow):
    """Best first. ``is_all`` is false when there are more candidates than were ranked."""

    hits: list[HitOut]
    total: int
    is_all: bool


@router.get("/search", response=FoundOut)
def search(request: HttpRequest, wanted: Query[SearchQuery]) -> dict[str, Any]:
    """What the caller may read and what matches."""
    actor = actor_of(request)
    if not queries.kinds(actor=actor):
        raise Forbidden("%(name)s may read nothing that is searched", words={"name": actor.name})
    found = queries.search(wanted.q, only=wanted.kind, most=wanted.size, actor=actor)
    hits = [
        {
            "kind": hit.kind.kind,
            "object_id": hit.object_id,
            "subject": hit.subject,
            "href": hit.href,
            "identifier": hit.identifier,
            "title": hit.title,
            "unit_name": hit.unit_name,
        }
        for hit in found.hits
    ]
    return {"hits": hits, "total": found.total, "is_all": found.is_all}


class ColumnOut(Schema):
    """``exports`` are the columns of a file that it stands for."""

    key: str
    label: str
    exports: list[str]
    is_default: bool


class ValueOut(Schema):
    """What an act asks for: one of ``choices`` by their keys, or a text where there are none, or a day (ISO 8601)."""

    name: str
    label: str
    choices: list[tuple[str, str]] | None
    is_required: bool
    is_day: bool


class ActOut(Schema):
    name: str
    label: str
    values: list[ValueOut]


class ListOut(Schema):
    """A list that the caller reads: its columns, and the names of the acts that the caller may do on many rows."""

    name: str
    label: str
    columns: list[ColumnOut]
    acts: list[str]


class ListDetailOut(Schema):
    """``matches`` is how many rows the query leaves, counted to one more than an act may change.

    Where rows can be acted on, ``first_names`` are what the first ten of these are called, in the order of that.
    """

    name: str
    label: str
    columns: list[ColumnOut]
    acts: list[ActOut]
    matches: int
    is_capped: bool
    first_names: list[str]


class MatchQuery(Schema):
    """``query`` narrows as that of an address does."""

    query: Text = Field("", max_length=QUERY_MAX)


class ViewQuery(Schema):
    """Without ``list_name`` the views of every list."""

    list_name: str = Field("", max_length=60)


class ViewOut(FromRow):
    """``query`` is that of the address: how the list is narrowed and sorted."""

    view_id: UUID
    list_name: str
    name: str
    query: str
    audience: Audience
    unit_id: UUID | None
    unit_name: str
    owner_name: str
    is_mine: bool
    is_default: bool
    version: int


class ViewIn(Schema):
    """With the audience ``unit`` it names the unit that sees the view."""

    name: Text = Field(max_length=NAME_MAX)
    query: Text = Field("", max_length=QUERY_MAX)
    audience: Audience = Audience.PRIVATE
    unit_id: UUID | None = None


class NewViewIn(ViewIn):
    list_name: str = Field(max_length=60)


class ExportIn(Schema):
    """``query`` narrows and sorts as an address does; without ``columns`` all of them are written."""

    query: Text = Field("", max_length=QUERY_MAX)
    columns: list[str] = Field([], max_length=50)
    format: SheetFormat = SheetFormat.CSV


class ActIn(Schema):
    """Either the keys of rows, or a query for all that match it. ``confirmed`` is how many that must be."""

    act: str = Field(max_length=40)
    values: dict[str, Text] = Field({}, max_length=20)
    selected: list[UUID] = Field([], max_length=MOST_AT_ONCE)
    query: Text | None = Field(None, max_length=QUERY_MAX)
    confirmed: int = Field(ge=1, le=MOST_AT_ONCE)


class ActedOut(Schema):
    """How many rows are other than before."""

    changed: int


@router.get("/lists", response=list[ListOut], tags=["lists"])
def lists(request: HttpRequest) -> list[dict[str, Any]]:
    """The lists that the caller reads."""
    actor = actor_of(request)
    return [_list(spec, actor) for spec in _specs(actor)]


@router.get("/lists/{name}", response=ListDetailOut, tags=["lists"])
def one_list(request: HttpRequest, name: str, wanted: Query[MatchQuery]) -> dict[str, Any]:
    """One list: its columns, its acts with what they ask for, and how many rows match a query."""
    actor = actor_of(request)
    spec = queries.spec(name, actor=actor)
    ids = commands.found(spec, selected=(), query=wanted.query, actor=actor, now=timezone.now())
    acts = [_act(act, actor) for act in spec.acts if actor.may_anywhere(act.permission)]
    return {
        **_list(spec, actor),
        "acts": acts,
        "matches": min(len(ids), MOST_AT_ONCE),
        "is_capped": len(ids) > MOST_AT_ONCE,
        "first_names": list(map(str, spec.names(ids[:MOST_AT_ONCE], FIRST_NAMED, actor))),
    }


@router.post("/lists/{name}/export", openapi_extra=described(), tags=["lists"])
def export_list(request: HttpRequest, name: str, sent: ExportIn) -> HttpResponseBase:
    """Exactly the rows of the list as a file; it is recorded with its digest before its first byte leaves."""
    actor, now = actor_of(request), timezone.now()
    spec = queries.spec(name, actor=actor)
    with ExitStack() as until_answered:
        file = until_answered.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        written = commands.export(
            spec, sent.query, columns=sent.columns, sheet_format=sent.format, to=file, actor=actor, now=now
        )
        until_answered.pop_all()
    told = f"{spec.name.rpartition('.')[2]}-{now:%Y-%m-%d}.{sent.format}"
    return file_answer(ReadOnce(file, CHUNK), size_bytes=written.size_bytes, name=told)


@router.post("/lists/{name}/act", response=ActedOut, tags=["lists"])
def act_on_list(request: HttpRequest, name: str, sent: ActIn) -> dict[str, int]:
    """Do one act to many rows, all or none; each change is recorded as if it were done alone."""
    actor = actor_of(request)
    spec = queries.spec(name, actor=actor)
    act = commands.act_of(spec, sent.act)
    actor.must_anywhere(act.permission)
    asked = {each.name: sent.values.get(each.name, "") for each in act.values(actor)}
    changed = commands.act_on_many(
        spec,
        act.name,
        asked,
        selected=sent.selected,
        query=sent.query,
        confirmed=sent.confirmed,
        actor=actor,
        now=timezone.now(),
    )
    return {"changed": changed}


@router.get("/views", response=list[ViewOut], tags=["lists"])
def views(request: HttpRequest, wanted: Query[ViewQuery]) -> list[Any]:
    """The views of one list, or of every list, that the caller may use; own ones first."""
    actor = actor_of(request)
    specs = (queries.spec(wanted.list_name, actor=actor),) if wanted.list_name else _specs(actor)
    return [row for spec in specs for row in queries.views(spec.name, actor=actor)]


@router.post("/views", response={201: ViewOut}, tags=["lists"])
def keep_view(request: HttpRequest, response: HttpResponse, sent: NewViewIn) -> Status[object]:
    """Keep how a list is narrowed and sorted under a name."""
    actor = actor_of(request)
    view_id = commands.save_view(
        queries.spec(sent.list_name, actor=actor),
        name=sent.name,
        query=sent.query,
        audience=sent.audience,
        unit_id=UnitId(sent.unit_id) if sent.unit_id else None,
        actor=actor,
        now=timezone.now(),
    )
    return Status(201, _view(view_id, response, actor))


@router.get("/views/{uuid:view_id}", response=ViewOut, tags=["lists"])
def view(request: HttpRequest, response: HttpResponse, view_id: UUID) -> object:
    """One view; its ETag is what a change names."""
    return _view(view_id, response, actor_of(request))


@router.put("/views/{uuid:view_id}", response=ViewOut, tags=["lists"])
def change_view(request: HttpRequest, response: HttpResponse, view_id: UUID, sent: ViewIn, if_match: IfMatch) -> object:
    """Replace what a view of the caller's own says."""
    actor = actor_of(request)
    version = expected_version(if_match)
    standing = queries.view(view_id, actor=actor)
    commands.change_view(
        view_id,
        queries.spec(standing.list_name, actor=actor),
        name=sent.name,
        query=sent.query,
        audience=sent.audience,
        unit_id=UnitId(sent.unit_id) if sent.unit_id else None,
        version=version,
        actor=actor,
        now=timezone.now(),
    )
    return _view(view_id, response, actor)


@router.delete("/views/{uuid:view_id}", response={204: None}, tags=["lists"])
def remove_view(request: HttpRequest, view_id: UUID) -> Status[None]:
    """Remove a view of the caller's own for everybody who saw it."""
    commands.remove_view(view_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


def _specs(actor: Actor) -> tuple[ListSpec, ...]:
    found = queries.specs(actor=actor)
    if not found:
        raise Forbidden("%(name)s may read none of the lists", words={"name": actor.name})
    return found


def _view(view_id: UUID, response: HttpResponse, actor: Actor) -> object:
    row = queries.view(view_id, actor=actor)
    response["ETag"] = etag_of(row.version)
    return row


def _list(spec: ListSpec, actor: Actor) -> dict[str, Any]:
    columns = [
        {"key": each.key, "label": str(each.label), "exports": list(each.exports), "is_default": each.is_default}
        for each in spec.columns
    ]
    acts = [act.name for act in spec.acts if actor.may_anywhere(act.permission)]
    return {"name": spec.name, "label": str(spec.label), "columns": columns, "acts": acts}


def _act(act: BulkAct, actor: Actor) -> dict[str, Any]:
    values = [
        {
            "name": each.name,
            "label": str(each.label),
            "choices": None if each.choices is None else [(key, str(word)) for key, word in each.choices],
            "is_required": each.is_required,
            "is_day": each.is_day,
        }
        for each in act.values(actor)
    ]
    return {"name": act.name, "label": str(act.label), "values": values}
