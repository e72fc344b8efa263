"""Layers of the ATT&CK Navigator over the API."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.detection import commands, queries
from burgrave.detection.terms import REASON_MAX
from burgrave.detection.terms.layers import LAYER_NAME_MAX, LayerDetail
from burgrave.engines.attack.comparing import Agreement, Cover
from burgrave.engines.attack.terms import TechniqueState
from burgrave.ledger.terms import storable
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Page

router = Router()
Text = Annotated[str, AfterValidator(storable)]


class LayerOut(FromRow):
    """``gaps``, ``silent`` and ``covered`` are techniques of the layer, as rules and log sources stand now.

    ``attack_version`` is the version of ATT&CK that the layer says it is of, ``release`` the one that was brought here;
    ``agreement`` is *other* where they differ, and *untold* where one of them does not say.
    """

    layer_id: UUID
    name: str
    said_name: str
    attack_version: str
    release: str
    agreement: Agreement
    sha256: str
    brought_at: datetime
    brought_by: str
    version: int
    techniques: int
    gaps: int
    silent: int
    covered: int
    unknown: int


class MarkOut(FromRow):
    """``tactic`` is empty where the mark means all tactics; ``colour`` where the layer names none itself."""

    technique: str
    tactic: str
    score: float | None
    colour: str
    comment: str


class ComparedOut(FromRow):
    """``near`` rules name a part of the technique, or what it is a part of, and not itself.

    ``state`` is what the release of ATT&CK says of it, null without a release.
    """

    technique: str
    was: list[str]
    name: str
    cover: Cover
    rules: int
    can_fire: int
    near: int
    state: TechniqueState | None
    marks: list[MarkOut]


class LayerDetailOut(FromRow):
    """``unknown`` are identifiers in the layer that no technique has, ``left_out`` what it switches off itself."""

    row: LayerOut
    techniques: list[ComparedOut]
    unknown: list[str]
    left_out: list[str]

    @staticmethod
    def resolve_techniques(found: LayerDetail) -> object:
        return found.comparison.techniques

    @staticmethod
    def resolve_unknown(found: LayerDetail) -> object:
        return found.comparison.unknown

    @staticmethod
    def resolve_left_out(found: LayerDetail) -> object:
        return found.comparison.left_out


class LayerChangeIn(Schema):
    """``layer`` is the JSON of the ATT&CK Navigator, format 4.0 to 4.5, as it is."""

    layer: dict[str, Any]

    def content(self) -> bytes:
        return json.dumps(self.layer, ensure_ascii=False).encode(errors="replace")


class LayerIn(LayerChangeIn):
    name: Text = Field("", max_length=LAYER_NAME_MAX, description="Without one, what the layer calls itself.")


class LayerRemovalIn(Schema):
    reason: Text = Field(max_length=REASON_MAX)


@router.get("/detection/layers", response=PageOut[LayerOut])
def layers(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """Layers that were brought, newest first, each beside what is covered now."""
    return queries.layers(number=wanted.page, size=wanted.size, now=timezone.now(), actor=actor_of(request))


@router.post("/detection/layers", response={201: LayerDetailOut})
def bring_layer(request: HttpRequest, sent: LayerIn, response: HttpResponse) -> Status[object]:
    """A layer of the ATT&CK Navigator is kept, and compared."""
    key = commands.bring_layer(sent.content(), name=sent.name, actor=actor_of(request), now=timezone.now())
    return Status(201, _told(request, key, response))


@router.get("/detection/layers/{uuid:layer_id}", response=LayerDetailOut)
def layer(request: HttpRequest, layer_id: UUID, response: HttpResponse) -> object:
    """One layer, technique by technique: gaps first."""
    return _told(request, layer_id, response)


@router.put("/detection/layers/{uuid:layer_id}", response=LayerDetailOut)
def replace_layer(
    request: HttpRequest, layer_id: UUID, sent: LayerChangeIn, response: HttpResponse, if_match: IfMatch
) -> object:
    """Another layer takes its place under the same name."""
    version = expected_version(if_match)
    commands.replace_layer(layer_id, sent.content(), version=version, actor=actor_of(request), now=timezone.now())
    return _told(request, layer_id, response)


@router.post("/detection/layers/{uuid:layer_id}/remove", response={204: None})
def remove_layer(request: HttpRequest, layer_id: UUID, sent: LayerRemovalIn, if_match: IfMatch) -> Status[None]:
    """The layer is gone."""
    version = expected_version(if_match)
    commands.remove_layer(layer_id, reason=sent.reason, version=version, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


def _told(request: HttpRequest, layer_id: UUID, response: HttpResponse) -> LayerDetail:
    found = queries.layer(layer_id, now=timezone.now(), actor=actor_of(request))
    response["ETag"] = etag_of(found.row.version)
    return found
