"""The JSON API of the search: the same question as the page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from burgrave.lists import queries
from burgrave.web.errors import Forbidden
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow

router = Router(tags=["search"])


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
