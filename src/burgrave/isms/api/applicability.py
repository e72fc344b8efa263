"""Statements of Applicability in the JSON API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.isms import commands, queries, reports
from burgrave.isms.api.meetings import DigestIn
from burgrave.isms.terms import LINE_MAX
from burgrave.isms.terms.applicability import MOST_AT_ONCE, ApplicabilityState, Applies, ChangeKind, Choice
from burgrave.ledger.terms import storable
from burgrave.web.reports import Format, answer
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.files import REPORT_ANSWERS, ReportIn
from burgrave.web.rest.paging import FromRow, OfUnit

router = Router(tags=["isms"])


class SoaMeasureOut(FromRow):
    """Without number and name where whoever generated it did not see its unit."""

    number: str
    name: str
    state: str


class SoaRowOut(FromRow):
    """``standing`` follows from the latest checks of the measures; ``asserted`` is what a person said beside it."""

    requirement_id: UUID
    identifier: str
    title: str
    applies: Applies
    reason: str
    decided_by: str
    standing: str
    asserted: str
    measures: list[SoaMeasureOut]
    proven_on: date | None
    valid_until: date | None


class ChangeOut(FromRow):
    identifier: str
    kind: ChangeKind
    before: str
    after: str


class SoaVersionOut(OfUnit):
    """``digest`` is the SHA-256 of the canonical statement, which an approval names.

    ``signature`` is of ``statement``, in Base64, by the key of the ledger; empty as long as nobody approved it.
    """

    soa_id: UUID
    framework_id: UUID
    framework: str
    framework_title: str
    unit_name: str
    version: int
    state: ApplicabilityState
    digest: str
    made_at: datetime
    made_by: str
    approved_at: datetime | None
    approved_by: str
    rows: int
    statement: str
    signature: str
    key_id: str


class SoaOut(FromRow):
    """A version as it was generated, and what changed since the one before."""

    version: SoaVersionOut
    rows: list[SoaRowOut]
    changes: list[ChangeOut]


class SoaLiveOut(OfUnit):
    """How the statement would read now, and how that differs from the last version."""

    framework_id: UUID
    framework: str
    title: str
    unit_name: str
    rows: list[SoaRowOut]
    versions: list[SoaVersionOut]
    changes: list[ChangeOut]


class ChoiceIn(Schema):
    """Whether these requirements apply, and why; both inclusion and exclusion are justified."""

    requirements: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    applies: Applies
    reason: Annotated[str, Field(min_length=1, max_length=LINE_MAX), AfterValidator(storable)]


class DecidedOut(Schema):
    decided: int


@router.get("/isms/applicability/{uuid:framework_id}", response=SoaLiveOut)
def soa_live(request: HttpRequest, framework_id: UUID) -> object:
    """How the Statement of Applicability of a framework would read now."""
    return queries.soa_live(framework_id, actor=actor_of(request), today=timezone.localdate())


@router.post("/isms/applicability/{uuid:framework_id}/choices", response=DecidedOut)
def decide_applicability(request: HttpRequest, framework_id: UUID, sent: ChoiceIn) -> dict[str, int]:
    """Decide whether requirements apply."""
    choice = Choice(applies=sent.applies, reason=sent.reason)
    count = commands.decide_applicability(
        framework_id, sent.requirements, choice, actor=actor_of(request), now=timezone.now()
    )
    return {"decided": count}


@router.post("/isms/applicability/{uuid:framework_id}/versions", response={201: SoaOut})
def generate_soa(request: HttpRequest, framework_id: UUID) -> Status[object]:
    """Generate a version; refused when nothing changed since the last."""
    actor = actor_of(request)
    made = commands.generate_soa(framework_id, actor=actor, now=timezone.now())
    return Status(201, queries.soa(made, actor=actor))


@router.get("/isms/applicability/versions/{uuid:soa_id}", response=SoaOut)
def soa(request: HttpRequest, soa_id: UUID) -> object:
    """One version with its rows."""
    return queries.soa(soa_id, actor=actor_of(request))


@router.post("/isms/applicability/versions/{uuid:soa_id}/approval", response=SoaOut)
def approve_soa(request: HttpRequest, soa_id: UUID, sent: DigestIn) -> object:
    """Approve a version as it was read; refused for whoever made it or decided what it says."""
    actor = actor_of(request)
    commands.approve_soa(soa_id, digest=sent.digest, actor=actor, now=timezone.now())
    return queries.soa(soa_id, actor=actor)


@router.post("/isms/applicability/versions/{uuid:soa_id}/report", openapi_extra=REPORT_ANSWERS)
def soa_report(request: HttpRequest, soa_id: UUID, sent: ReportIn) -> HttpResponse:
    """A version as a file; it is recorded with its digest."""
    now = timezone.now()
    return answer(reports.statement_of_applicability(Format(sent.format), soa_id, actor=actor_of(request), now=now))
