"""The JSON API of the inventory: the same queries and commands as the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.assets import commands, queries, reports
from burgrave.assets.terms import (
    IDENTIFIER_MAX,
    MOST_IDENTIFIERS,
    MOST_TAGS,
    NAME_MAX,
    READ,
    REFERENCE_MAX,
    TAG_MAX,
    TEXT_MAX,
    AssetFacts,
    AssetFilter,
    AssetType,
    DependencyKind,
    Dimension,
    IdentifierKind,
    Lifecycle,
    Need,
)
from burgrave.ledger.terms import storable
from burgrave.web.errors import NotFound
from burgrave.web.reports import Format, answer
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.files import REPORT_ANSWERS, ReportIn
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page, PersonId, UnitId

router = Router(tags=["assets"])

Text = Annotated[str, AfterValidator(storable)]
Tag = Annotated[str, Field(min_length=1, max_length=TAG_MAX), AfterValidator(storable)]
BIGGEST = 2**53 - 1
"""The largest number that every reader of JSON keeps exactly (RFC 8259, 6)."""
Serial = Annotated[int, Field(ge=1, le=BIGGEST)]


class NeedOut(FromRow):
    """Ranks of the classification scheme; 0 is *not assessed*."""

    confidentiality: int
    integrity: int
    availability: int


class AssetOut(OfUnit):
    """``need`` is the effective one: own and inherited."""

    asset_id: UUID
    number: str
    name: str
    type: AssetType
    unit_name: str
    owner_name: str
    lifecycle: Lifecycle
    need: NeedOut
    personal_data: bool
    review_due_on: date
    reference: str
    tags: list[str]
    version: int


class PathOut(FromRow):
    """A step of a path; without name where the caller does not see the asset."""

    asset_id: UUID
    number: str
    name: str
    rank: int
    is_visible: bool


class WhyOut(FromRow):
    """``path`` runs from the asset to the one that the rank comes from."""

    dimension: Dimension
    rank: int
    own: int
    path: list[PathOut]
    goes_on: bool
    lowered_to: int | None
    reason: str


class NeighbourOut(FromRow):
    dependency_id: int
    kind: DependencyKind
    row: AssetOut


class AssetDetailOut(FromRow):
    """``needs`` is what the asset depends on, ``needed_by`` what depends on it; ``hidden`` counts unseen ones."""

    row: AssetOut
    description: str
    owner_id: UUID | None
    custodian_id: UUID | None
    own: NeedOut
    value_minor: int | None
    currency: str
    review_every_days: int
    identifiers: list[tuple[IdentifierKind, str]]
    why: list[WhyOut]
    needs: list[NeighbourOut]
    needed_by: list[NeighbourOut]
    hidden: int
    added_at: datetime
    changed_at: datetime
    changed_by: str


class AssetQuery(PageIn):
    type: list[AssetType] = []
    unit: list[UUID] = []
    life: list[Lifecycle] = []
    need: int = Field(0, ge=0, le=6, description="The lowest rank in any dimension.")
    personal_data: bool = False
    overdue: bool = False
    unowned: bool = False
    q: str = Field("", max_length=200)


class NeedIn(Schema):
    confidentiality: int = Field(0, ge=0, le=6)
    integrity: int = Field(0, ge=0, le=6)
    availability: int = Field(0, ge=0, le=6)

    def need(self) -> Need:
        return Need(confidentiality=self.confidentiality, integrity=self.integrity, availability=self.availability)


class LoweredIn(NeedIn):
    """0 lets the dimension inherit again."""

    reason: Text = Field("", max_length=TEXT_MAX)


class IdentifierIn(Schema):
    kind: IdentifierKind
    value: Text = Field(min_length=1, max_length=IDENTIFIER_MAX)


class AssetIn(Schema):
    """``value_minor`` counts hundredths of ``currency`` (ISO 4217); both or neither."""

    name: Text = Field(min_length=1, max_length=NAME_MAX)
    type: AssetType
    unit_id: UUID
    reference: Text = Field("", max_length=REFERENCE_MAX)
    description: Text = Field("", max_length=TEXT_MAX)
    owner_id: UUID | None = None
    custodian_id: UUID | None = None
    value_minor: int | None = Field(None, ge=0, le=BIGGEST)
    currency: str = Field("", max_length=3)
    personal_data: bool = False
    review_every_days: int = Field(365, ge=1, le=3650)
    tags: list[Tag] = Field([], max_length=MOST_TAGS)
    identifiers: list[IdentifierIn] = Field([], max_length=MOST_IDENTIFIERS)

    def facts(self, *, own: Need | None = None, lifecycle: Lifecycle = Lifecycle.IN_USE) -> AssetFacts:
        """Raises BadInput."""
        return AssetFacts(
            name=self.name,
            type=self.type,
            unit_id=UnitId(self.unit_id),
            reference=self.reference,
            description=self.description,
            owner_id=PersonId(self.owner_id) if self.owner_id else None,
            custodian_id=PersonId(self.custodian_id) if self.custodian_id else None,
            own=own or Need(),
            value_minor=self.value_minor,
            currency=self.currency,
            personal_data=self.personal_data,
            lifecycle=lifecycle,
            review_every_days=self.review_every_days,
            tags=tuple(self.tags),
            identifiers=tuple((each.kind, each.value) for each in self.identifiers),
        )


class NewAssetIn(AssetIn):
    own: NeedIn = Field(default_factory=lambda: NeedIn(confidentiality=0, integrity=0, availability=0))
    lifecycle: Lifecycle = Lifecycle.IN_USE


class LinkIn(Schema):
    """The asset of the address *kind* the support."""

    support_id: UUID
    kind: DependencyKind


class CandidateOut(FromRow):
    """Two assets that may be one, the older first: by identifiers that they share, by their name, or by both."""

    one: AssetOut
    other: AssetOut
    identifiers: list[tuple[IdentifierKind, str]]
    same_name: bool


class CandidatesOut(Schema):
    """``is_cut`` says that there may be more; they are shown once some of these are merged."""

    rows: list[CandidateOut]
    is_cut: bool


class MergeIn(Schema):
    """``duplicate_version`` is the version of the duplicate that was read; If-Match names that of the survivor."""

    duplicate_id: UUID
    duplicate_version: Serial
    reason: Text = Field("", max_length=TEXT_MAX)


class ChangedOut(Schema):
    """How many assets have another need now."""

    needs_changed: int


@router.get("/assets", response=PageOut[AssetOut])
def assets(request: HttpRequest, wanted: Query[AssetQuery]) -> Page[Any]:
    """The inventory, by name."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = AssetFilter(
        text=wanted.q,
        types=tuple(wanted.type),
        units=tuple(wanted.unit),
        lifecycles=tuple(wanted.life),
        need=wanted.need,
        personal_data=wanted.personal_data,
        overdue=wanted.overdue,
        unowned=wanted.unowned,
    )
    today = timezone.localdate()
    return queries.assets(narrowed, number=wanted.page, size=wanted.size, at=wanted.at, actor=actor, today=today)


@router.post("/assets", response={201: AssetDetailOut})
def add_asset(request: HttpRequest, response: HttpResponse, sent: NewAssetIn) -> Status[object]:
    """Put an asset into the inventory, classified at once if the caller may."""
    actor = actor_of(request)
    facts = sent.facts(own=sent.own.need(), lifecycle=sent.lifecycle)
    made = commands.add_asset(facts, actor=actor, now=timezone.now())
    return Status(201, _detail(made, response, actor))


@router.post("/reports/asset-register", openapi_extra=REPORT_ANSWERS)
def asset_register_report(request: HttpRequest, sent: ReportIn) -> HttpResponse:
    """Every asset that the caller may read, as a file; it is recorded with its digest."""
    now = timezone.now()
    return answer(
        reports.register(
            Format(sent.format), AssetFilter(), actor=actor_of(request), now=now, today=timezone.localdate(now)
        )
    )


@router.get("/assets/duplicates", response=CandidatesOut)
def duplicate_assets(request: HttpRequest) -> dict[str, object]:
    """Pairs of assets that may be one, the surest first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    found = queries.duplicates(actor=actor)
    return {"rows": found, "is_cut": len(found) >= queries.MOST_CANDIDATES}


@router.get("/assets/{uuid:asset_id}", response=AssetDetailOut)
def asset(request: HttpRequest, response: HttpResponse, asset_id: UUID) -> object:
    """One asset with the reason of each need and its dependencies; its ETag is what a change names.

    The identifier of a duplicate that was merged is answered with 302 and the address of the survivor.
    """
    actor = actor_of(request)
    try:
        return _detail(asset_id, response, actor)
    except NotFound:
        survivor = queries.merged_into(asset_id, actor=actor)
        if survivor is None:
            raise
        return HttpResponseRedirect(reverse("api:asset", args=[survivor]))


@router.post("/assets/{uuid:asset_id}/merge", response=ChangedOut)
def merge_assets(request: HttpRequest, asset_id: UUID, sent: MergeIn, if_match: IfMatch) -> dict[str, int]:
    """Let a duplicate go into the asset of the address, which takes what it lacks; no need is lowered by it."""
    changed = commands.merge_assets(
        asset_id,
        sent.duplicate_id,
        version=expected_version(if_match),
        duplicate_version=sent.duplicate_version,
        reason=sent.reason,
        actor=actor_of(request),
        now=timezone.now(),
    )
    return {"needs_changed": changed}


@router.put("/assets/{uuid:asset_id}", response=AssetDetailOut)
def edit_asset(
    request: HttpRequest, response: HttpResponse, asset_id: UUID, sent: AssetIn, if_match: IfMatch
) -> object:
    """Replace what is said about the asset, its classification and phase left out."""
    actor = actor_of(request)
    version = expected_version(if_match)
    commands.edit_asset(asset_id, sent.facts(), version=version, actor=actor, now=timezone.now())
    return _detail(asset_id, response, actor)


@router.put("/assets/{uuid:asset_id}/classification", response=ChangedOut)
def classify(request: HttpRequest, asset_id: UUID, sent: NeedIn, if_match: IfMatch) -> dict[str, int]:
    """Assess what the asset itself needs."""
    version = expected_version(if_match)
    changed = commands.classify(asset_id, sent.need(), version=version, actor=actor_of(request), now=timezone.now())
    return {"needs_changed": changed}


@router.put("/assets/{uuid:asset_id}/lowered-need", response=ChangedOut)
def lower_need(request: HttpRequest, asset_id: UUID, sent: LoweredIn, if_match: IfMatch) -> dict[str, int]:
    """Decide what the asset needs instead of what it inherits, with a reason."""
    changed = commands.lower_need(
        asset_id,
        sent.need(),
        reason=sent.reason,
        version=expected_version(if_match),
        actor=actor_of(request),
        now=timezone.now(),
    )
    return {"needs_changed": changed}


@router.post("/assets/{uuid:asset_id}/dependencies", response={201: ChangedOut})
def link(request: HttpRequest, asset_id: UUID, sent: LinkIn) -> Status[dict[str, int]]:
    """Note that the asset depends on another."""
    changed = commands.link(asset_id, sent.support_id, sent.kind, actor=actor_of(request), now=timezone.now())
    return Status(201, {"needs_changed": changed})


@router.delete("/assets/{uuid:asset_id}/dependencies/{dependency_id}", response=ChangedOut)
def unlink(
    request: HttpRequest, asset_id: UUID, dependency_id: Annotated[int, Field(ge=1, le=BIGGEST)]
) -> dict[str, int]:
    """Remove a dependency of the asset."""
    changed = commands.unlink(asset_id, dependency_id, actor=actor_of(request), now=timezone.now())
    return {"needs_changed": changed}


def _detail(asset_id: UUID, response: HttpResponse, actor: Actor) -> object:
    view = queries.asset(asset_id, actor=actor)
    response["ETag"] = etag_of(view.row.version)
    facts = view.facts
    return {
        "row": view.row,
        "description": facts.description,
        "owner_id": facts.owner_id,
        "custodian_id": facts.custodian_id,
        "own": facts.own,
        "value_minor": facts.value_minor,
        "currency": facts.currency,
        "review_every_days": facts.review_every_days,
        "identifiers": facts.identifiers,
        "why": view.why,
        "needs": view.needs,
        "needed_by": view.needed_by,
        "hidden": view.hidden,
        "added_at": view.added_at,
        "changed_at": view.changed_at,
        "changed_by": view.changed_by,
    }
