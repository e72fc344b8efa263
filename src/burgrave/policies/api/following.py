"""Exceptions and procedure runs over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.ledger.terms import storable
from burgrave.policies import commands, queries
from burgrave.policies.terms import READ
from burgrave.policies.terms.exceptions import (
    CLAUSE_MAX,
    MOST_ASSETS,
    TEXT_MAX,
    ExceptionFacts,
    ExceptionFilter,
    ExceptionState,
    RiskLevel,
)
from burgrave.policies.terms.runs import NOTE_MAX, RunFacts, RunFilter, RunState, StepState
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page, UnitId

router = Router(tags=["policies"])
Text = Annotated[str, AfterValidator(storable)]


class ExceptionOut(OfUnit):
    exception_id: UUID
    number: str
    document_id: UUID
    document: str
    clause: str
    unit_name: str
    risk: RiskLevel
    state: ExceptionState
    requester_name: str
    starts_on: date
    ends_on: date
    extends_to: date | None
    assets: int
    version: int


class ExceptionDecisionOut(FromRow):
    at: datetime
    by: str
    verdict: str
    reason: str
    until: date | None


class ExceptionDetailOut(FromRow):
    """``assets`` are those that the caller sees, ``hidden_assets`` counts the others."""

    row: ExceptionOut
    justification: str
    compensation: str
    clause_text: str
    assets: list[tuple[UUID, str]]
    hidden_assets: int
    decisions: list[ExceptionDecisionOut]
    approvals: int
    finding_id: UUID | None
    is_in_force: bool


class ExceptionQuery(PageIn):
    state: list[ExceptionState] = []
    risk: list[RiskLevel] = []
    unit: list[UUID] = []
    document: UUID | None = None
    ending: bool = False
    q: str = Field("", max_length=200)


class ExceptionIn(Schema):
    document_id: UUID
    clause: Text = Field(min_length=1, max_length=CLAUSE_MAX)
    unit_id: UUID
    assets: list[UUID] = Field([], max_length=MOST_ASSETS)
    justification: Text = Field(min_length=1, max_length=TEXT_MAX)
    risk: RiskLevel
    compensation: Text = Field("", max_length=TEXT_MAX)
    starts_on: date
    ends_on: date

    def facts(self) -> ExceptionFacts:
        """Raises BadInput."""
        return ExceptionFacts(
            document_id=self.document_id,
            clause=self.clause,
            unit_id=UnitId(self.unit_id),
            assets=tuple(self.assets),
            justification=self.justification,
            risk=self.risk,
            compensation=self.compensation,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
        )


class ExceptionReasonIn(Schema):
    reason: Text = Field("", max_length=TEXT_MAX)


class ExtensionIn(ExceptionReasonIn):
    until: date


class RunOut(OfUnit):
    run_id: UUID
    number: str
    document_id: UUID
    document: str
    title: str
    what_for: str
    version_number: str
    unit_name: str
    state: RunState
    started_at: datetime
    started_by: str
    due_on: date
    ended_at: datetime | None
    steps: int
    settled: int
    skipped: int
    deviated: int
    version: int


class RunStepOut(FromRow):
    position: int
    identifier: str
    text: str
    role: str
    asks_evidence: bool
    state: StepState
    note: str
    by: str
    at: datetime | None
    evidence: list[tuple[UUID, str]]


class RunDetailOut(FromRow):
    """``digest`` is that of the version to which the run was pinned."""

    row: RunOut
    digest: str
    end_reason: str
    steps: list[RunStepOut]


class RunQuery(PageIn):
    state: list[RunState] = []
    unit: list[UUID] = []
    document: UUID | None = None
    late: bool = False
    q: str = Field("", max_length=200)


class RunIn(Schema):
    document_id: UUID
    unit_id: UUID
    due_on: date
    what_for: Text = Field("", max_length=NOTE_MAX)


class RunStepIn(Schema):
    """``position`` counts the steps of the run from 1."""

    position: int = Field(ge=1, le=10_000)
    state: StepState
    note: Text = Field("", max_length=NOTE_MAX)


class FinishIn(Schema):
    """``raises_finding`` lets the deviations become a finding."""

    raises_finding: bool = False


class RunReasonIn(Schema):
    reason: Text = Field("", max_length=NOTE_MAX)


@router.get("/policies/exceptions", response=PageOut[ExceptionOut])
def exceptions(request: HttpRequest, wanted: Query[ExceptionQuery]) -> Page[Any]:
    """The exceptions that the caller may see; those that end first come first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = ExceptionFilter(
        text=wanted.q,
        states=tuple(wanted.state),
        risks=tuple(wanted.risk),
        units=tuple(wanted.unit),
        document_id=wanted.document,
        ending=wanted.ending,
    )
    today = timezone.localdate()
    return queries.exceptions(narrowed, number=wanted.page, size=wanted.size, at=wanted.at, actor=actor, today=today)


@router.post("/policies/exceptions", response={201: ExceptionDetailOut})
def request_exception(request: HttpRequest, response: HttpResponse, sent: ExceptionIn) -> Status[object]:
    """Ask not to follow a clause for a time; somebody else decides."""
    actor = actor_of(request)
    made = commands.request_exception(sent.facts(), actor=actor, now=timezone.now())
    return Status(201, _exception(made, response, actor))


@router.get("/policies/exceptions/{uuid:exception_id}", response=ExceptionDetailOut)
def exception(request: HttpRequest, response: HttpResponse, exception_id: UUID) -> object:
    """One exception with its decisions; its ETag is what an act on it names."""
    return _exception(exception_id, response, actor_of(request))


@router.post("/policies/exceptions/{uuid:exception_id}/approval", response=ExceptionDetailOut)
def approve_exception(request: HttpRequest, response: HttpResponse, exception_id: UUID, if_match: IfMatch) -> object:
    """Agree to the request, or to its extension. Never by whoever asked for it."""
    actor = actor_of(request)
    _exception(exception_id, response, actor)  # not there for whoever may not see it, also without a version
    commands.approve_exception(exception_id, version=expected_version(if_match), actor=actor, now=timezone.now())
    return _exception(exception_id, response, actor)


@router.post("/policies/exceptions/{uuid:exception_id}/refusal", response=ExceptionDetailOut)
def refuse_exception(
    request: HttpRequest, response: HttpResponse, exception_id: UUID, sent: ExceptionReasonIn, if_match: IfMatch
) -> object:
    """Refuse the request, or its extension, with a reason."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.refuse_exception(exception_id, reason=sent.reason, version=version, actor=actor, now=timezone.now())
    return _exception(exception_id, response, actor)


@router.post("/policies/exceptions/{uuid:exception_id}/withdrawal", response=ExceptionDetailOut)
def withdraw_exception(request: HttpRequest, response: HttpResponse, exception_id: UUID, if_match: IfMatch) -> object:
    """Take one's own request back."""
    actor = actor_of(request)
    _exception(exception_id, response, actor)  # not there for whoever may not see it, also without a version
    commands.withdraw_exception(exception_id, version=expected_version(if_match), actor=actor, now=timezone.now())
    return _exception(exception_id, response, actor)


@router.post("/policies/exceptions/{uuid:exception_id}/extension", response=ExceptionDetailOut)
def extend_exception(
    request: HttpRequest, response: HttpResponse, exception_id: UUID, sent: ExtensionIn, if_match: IfMatch
) -> object:
    """Ask for a later last day, with a reason."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.extend_exception(
        exception_id, to=sent.until, reason=sent.reason, version=version, actor=actor, now=timezone.now()
    )
    return _exception(exception_id, response, actor)


@router.post("/policies/exceptions/{uuid:exception_id}/revocation", response=ExceptionDetailOut)
def revoke_exception(
    request: HttpRequest, response: HttpResponse, exception_id: UUID, sent: ExceptionReasonIn, if_match: IfMatch
) -> object:
    """Let it hold no more, before its time."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.revoke_exception(exception_id, reason=sent.reason, version=version, actor=actor, now=timezone.now())
    return _exception(exception_id, response, actor)


@router.get("/policies/runs", response=PageOut[RunOut])
def runs(request: HttpRequest, wanted: Query[RunQuery]) -> Page[Any]:
    """The procedure runs that the caller may see; what is due last comes first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = RunFilter(
        text=wanted.q,
        states=tuple(wanted.state),
        units=tuple(wanted.unit),
        document_id=wanted.document,
        late=wanted.late,
    )
    today = timezone.localdate()
    return queries.runs(narrowed, number=wanted.page, size=wanted.size, at=wanted.at, actor=actor, today=today)


@router.post("/policies/runs", response={201: RunDetailOut})
def start_run(request: HttpRequest, response: HttpResponse, sent: RunIn) -> Status[object]:
    """Start going through a procedure that is in force."""
    actor = actor_of(request)
    facts = RunFacts(
        document_id=sent.document_id,
        unit_id=UnitId(sent.unit_id),
        starts_on=timezone.localdate(),
        due_on=sent.due_on,
        title=sent.what_for,
    )
    made = commands.start_run(facts, actor=actor, now=timezone.now())
    return Status(201, _run(made, response, actor))


@router.get("/policies/runs/{uuid:run_id}", response=RunDetailOut)
def run(request: HttpRequest, response: HttpResponse, run_id: UUID) -> object:
    """One run with its steps; its ETag is what an act on it names."""
    return _run(run_id, response, actor_of(request))


@router.put("/policies/runs/{uuid:run_id}/steps", response=RunDetailOut)
def settle_step(
    request: HttpRequest, response: HttpResponse, run_id: UUID, sent: RunStepIn, if_match: IfMatch
) -> object:
    """Note a step as done, left out, or done otherwise; the last two with a reason."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.settle_step(
        run_id, sent.position, sent.state, note=sent.note, version=version, actor=actor, now=timezone.now()
    )
    return _run(run_id, response, actor)


@router.post("/policies/runs/{uuid:run_id}/finish", response=RunDetailOut)
def finish_run(request: HttpRequest, response: HttpResponse, run_id: UUID, sent: FinishIn, if_match: IfMatch) -> object:
    """End a run whose steps are all settled."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.finish_run(run_id, raises_finding=sent.raises_finding, version=version, actor=actor, now=timezone.now())
    return _run(run_id, response, actor)


@router.post("/policies/runs/{uuid:run_id}/abandonment", response=RunDetailOut)
def abandon_run(
    request: HttpRequest, response: HttpResponse, run_id: UUID, sent: RunReasonIn, if_match: IfMatch
) -> object:
    """Do not go through the run to its end, with a reason."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.abandon_run(run_id, reason=sent.reason, version=version, actor=actor, now=timezone.now())
    return _run(run_id, response, actor)


def _exception(exception_id: UUID, response: HttpResponse, actor: Actor) -> object:
    found = queries.exception(exception_id, actor=actor, today=timezone.localdate())
    response["ETag"] = etag_of(found.row.version)
    return found


def _run(run_id: UUID, response: HttpResponse, actor: Actor) -> object:
    found = queries.run(run_id, actor=actor)
    response["ETag"] = etag_of(found.row.version)
    return found
