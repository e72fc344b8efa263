"""ATT&CK over the API: the release that was brought, its techniques with live rules, and tags to mend."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from burgrave.detection import commands, queries
from burgrave.detection.terms import RULES
from burgrave.detection.terms.attack import OddTag, TagState, TechniqueRow
from burgrave.engines.attack.terms import TechniqueState
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.terms import Page
from burgrave.web.uploads import blob_store, received_files, receives_files

router = Router()


class ReleaseOut(FromRow):
    """``version`` is empty where the bundle names none."""

    version: str
    sha256: str
    size_bytes: int
    techniques: int
    current: int
    revoked: int
    deprecated: int
    tactics: int
    brought_at: datetime
    brought_by: str


class TechniqueOut(FromRow):
    """``rules`` are live and name the technique, or what it replaced; ``can_fire`` of them hear what they speak of."""

    technique: str
    name: str
    tactics: list[str]
    platforms: list[str]
    state: TechniqueState
    successor: str
    rules: int
    can_fire: int


class RuleOfTagOut(FromRow):
    rule_version_id: UUID
    rule_id: str
    title: str


class OddTagOut(FromRow):
    """A technique that live rules name, and that the release revokes, deprecates or does not know."""

    technique: str
    name: str
    state: TagState
    successor: str
    rules: list[RuleOfTagOut]

    @staticmethod
    def resolve_technique(odd: OddTag) -> str:
        return odd.tag.technique

    @staticmethod
    def resolve_name(odd: OddTag) -> str:
        return odd.tag.name

    @staticmethod
    def resolve_state(odd: OddTag) -> TagState:
        return odd.tag.state

    @staticmethod
    def resolve_successor(odd: OddTag) -> str:
        return odd.tag.successor


class TechniqueQuery(PageIn):
    """``bare`` gives only current techniques that no live rule names."""

    bare: bool = False


@router.get("/detection/attack", response=ReleaseOut)
def attack_release(request: HttpRequest) -> object:
    """The release of ATT&CK that names and orders techniques."""
    found = queries.release(actor=actor_of(request))
    if found is None:
        raise NotFound("no release of ATT&CK was brought", mend="Import its STIX bundle first.")
    return found


# As for event files: whoever is not signed in never comes here, and the body streams by before anything reads it.
@router.post("/detection/attack", response={201: ReleaseOut}, auth=None)
def bring_attack(request: HttpRequest) -> HttpResponse:
    """Bring a release as multipart/form-data: the file enterprise-attack.json as MITRE publishes it."""

    def receive(request: HttpRequest) -> HttpResponse:
        files = received_files(request)
        if len(files) != 1:
            raise BadInput("one file is imported at a time", mend="Send each in a request of its own.")
        actor = actor_of(request)
        with blob_store().open(files[0].digest.sha256) as bundle:
            commands.bring_attack(bundle, actor=actor, now=timezone.now())
        body = ReleaseOut.from_orm(queries.release(actor=actor)).model_dump_json()
        return HttpResponse(body, status=201, content_type="application/json")

    return receives_files(permission=RULES)(receive)(request)


@router.get("/detection/attack/techniques", response=PageOut[TechniqueOut])
def attack_techniques(request: HttpRequest, wanted: Query[TechniqueQuery]) -> Page[Any]:
    """Every technique of the release by id, with the live rules that name it."""
    rows: list[TechniqueRow] = [
        row
        for row in queries.attack_techniques(now=timezone.now(), actor=actor_of(request))
        if not wanted.bare or (row.state is TechniqueState.CURRENT and not row.rules)
    ]
    first = (wanted.page - 1) * wanted.size
    return Page(rows=tuple(rows[first : first + wanted.size]), number=wanted.page, size=wanted.size, total=len(rows))


@router.get("/detection/attack/tags", response=list[OddTagOut])
def attack_tags(request: HttpRequest) -> object:
    """Techniques that live rules name and that the release does not have any more; none without a release."""
    return list(queries.odd_tags(now=timezone.now(), actor=actor_of(request)))
