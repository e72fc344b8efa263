"""Statements, readings and the responsibility matrix in the JSON API."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.isms import commands, queries
from burgrave.isms.rules.contents import bearer_of, content_of, plain
from burgrave.isms.terms import (
    LINE_MAX,
    MOST_LINES,
    READ,
    TEXT_MAX,
    TITLE_MAX,
    UNIT_OF_MEASURE_MAX,
    Direction,
    Effect,
    Kind,
    Origin,
    ReadingDraft,
    Relation,
    StatementDraft,
    StatementFilter,
    StatementState,
    Topic,
)
from burgrave.isms.terms.rows import Standing
from burgrave.ledger.terms import storable
from burgrave.web.errors import BadInput
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page, PersonId, UnitId

router = Router(tags=["isms"])

Text = Annotated[str, AfterValidator(storable)]
Number = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]
BIGGEST = 10**12


class StatementOut(OfUnit):
    """``version`` is the newest, ``approved_version`` the one that holds, 0 for none."""

    statement_id: UUID
    number: str
    kind: Kind
    title: str
    state: StatementState
    unit_name: str
    owner_name: str
    version: int
    approved_version: int
    review_due_on: date
    changed_at: datetime
    changed_by: str


class VersionOut(FromRow):
    """``digest`` is the SHA-256 of the canonical form, which an approval names."""

    version: int
    title: str
    digest: str
    written_at: datetime
    written_by: str
    approved_at: datetime | None
    approved_by: str


class StatementDetailOut(FromRow):
    """``content`` is the newest version's; its fields depend on the kind and are those that a change sends."""

    row: StatementOut
    owner_id: UUID | None
    review_every_days: int
    content: dict[str, Any]
    versions: list[VersionOut]
    reviewed_on: date | None
    reviewed_by: str
    retired_reason: str


class LineIn(Schema):
    text: Text = Field(min_length=1, max_length=LINE_MAX)
    note: Text = Field("", max_length=LINE_MAX)


Lines = Annotated[list[LineIn], Field(max_length=MOST_LINES)]


class IssueIn(Schema):
    kind: Literal[Kind.ISSUE]
    origin: Origin
    topic: Topic
    effect: Effect
    text: Text = Field("", max_length=TEXT_MAX)


class PartyIn(Schema):
    """The note of a requirement says how it is met."""

    kind: Literal[Kind.PARTY]
    relation: Relation
    text: Text = Field("", max_length=TEXT_MAX)
    requirements: Lines = []


class ScopeIn(Schema):
    """The note of an exclusion is its reason, without which it is refused."""

    kind: Literal[Kind.SCOPE]
    text: Text = Field("", max_length=TEXT_MAX)
    units: list[UUID] = Field([], max_length=MOST_LINES)
    locations: Lines = []
    services: Lines = []
    interfaces: Lines = []
    exclusions: Lines = []


class ObjectiveIn(Schema):
    kind: Literal[Kind.OBJECTIVE]
    text: Text = Field("", max_length=TEXT_MAX)
    means: Text = Field("", max_length=TEXT_MAX)
    due_on: date | None = None


class IndicatorIn(Schema):
    """``source`` is empty for readings by hand."""

    kind: Literal[Kind.INDICATOR]
    objective_id: UUID
    unit_of_measure: Text = Field(min_length=1, max_length=UNIT_OF_MEASURE_MAX)
    direction: Direction
    target: Number
    every_days: int = Field(30, ge=1, le=3650)
    source: str = Field("", max_length=60)
    text: Text = Field("", max_length=TEXT_MAX)


class ProcessIn(Schema):
    """A bearer of a duty is ``role:CODE`` or ``person:UUID``."""

    kind: Literal[Kind.PROCESS]
    text: Text = Field("", max_length=TEXT_MAX)
    accountable: str | None = Field(None, max_length=120)
    responsible: list[str] = Field([], max_length=MOST_LINES)
    consulted: list[str] = Field([], max_length=MOST_LINES)
    informed: list[str] = Field([], max_length=MOST_LINES)


ContentIn = Annotated[IssueIn | PartyIn | ScopeIn | ObjectiveIn | IndicatorIn | ProcessIn, Field(discriminator="kind")]


class StatementIn(Schema):
    title: Text = Field(min_length=1, max_length=TITLE_MAX)
    unit_id: UUID
    owner_id: UUID | None = None
    review_every_days: int = Field(365, ge=1, le=3650)
    content: ContentIn

    def draft(self) -> StatementDraft:
        """Raises BadInput."""
        return StatementDraft(
            title=self.title.strip(),
            unit_id=UnitId(self.unit_id),
            owner_id=PersonId(self.owner_id) if self.owner_id else None,
            review_every_days=self.review_every_days,
            content=content_of(self.content.kind, _plain(self.content)),
        )


def _plain(sent: Schema) -> dict[str, Any]:
    given = sent.model_dump(mode="json")
    if isinstance(sent, ProcessIn):
        try:
            for key in [sent.accountable, *sent.responsible, *sent.consulted, *sent.informed]:
                bearer_of(key or "role:x")
        except ValueError as error:
            raise BadInput(str(error)) from error
    return given


class StatementQuery(PageIn):
    kind: list[Kind] = []
    state: list[StatementState] = []
    unit: list[UUID] = []
    overdue: bool = False
    q: str = Field("", max_length=200)


class ApprovalIn(Schema):
    """The digest of the version that was read."""

    digest: str = Field(min_length=64, max_length=64)


class ReasonIn(Schema):
    reason: Text = Field(min_length=1, max_length=LINE_MAX)


class ReadingIn(Schema):
    on: date
    value: Number
    sample_size: int | None = Field(None, ge=0, le=BIGGEST)
    note: Text = Field("", max_length=LINE_MAX)


class ReadingOut(FromRow):
    """``source`` is empty where somebody typed it; a withdrawn reading counts no more."""

    reading_id: UUID
    on: date
    value: Decimal
    sample_size: int | None
    note: str
    source: str
    taken_by: str
    taken_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str


class IndicatorOut(FromRow):
    row: StatementOut
    objective_id: UUID
    unit_of_measure: str
    direction: Direction
    target: Decimal
    source: str
    every_days: int
    last: ReadingOut | None
    standing: Standing
    next_on: date


class GapOut(Schema):
    duty: str
    bearer: str | None


class MatrixRowOut(Schema):
    """``duties`` maps a bearer to letters, such as ``A/R``."""

    row: StatementOut
    duties: dict[str, str]
    gaps: list[GapOut]


class MatrixOut(Schema):
    bearers: dict[str, str]
    rows: list[MatrixRowOut]


@router.get("/isms/statements", response=PageOut[StatementOut])
def statements(request: HttpRequest, wanted: Query[StatementQuery]) -> Page[Any]:
    """What the management system says of itself, by kind and title."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = StatementFilter(
        text=wanted.q.strip(),
        kinds=tuple(wanted.kind),
        states=tuple(wanted.state),
        units=tuple(wanted.unit),
        overdue=wanted.overdue,
    )
    today = timezone.localdate()
    return queries.statements(narrowed, number=wanted.page, size=wanted.size, at=wanted.at, actor=actor, today=today)


@router.post("/isms/statements", response={201: StatementDetailOut})
def write_statement(request: HttpRequest, response: HttpResponse, sent: StatementIn) -> Status[object]:
    """Write a statement; it is a draft until somebody else approves it."""
    actor = actor_of(request)
    made = commands.write_statement(sent.draft(), actor=actor, now=timezone.now())
    return Status(201, _detail(made, response, actor))


@router.get("/isms/statements/{uuid:statement_id}", response=StatementDetailOut)
def statement(request: HttpRequest, response: HttpResponse, statement_id: UUID) -> object:
    """One statement with its versions; its ETag is what a change names."""
    return _detail(statement_id, response, actor_of(request))


@router.put("/isms/statements/{uuid:statement_id}", response=StatementDetailOut)
def edit_statement(
    request: HttpRequest, response: HttpResponse, statement_id: UUID, sent: StatementIn, if_match: IfMatch
) -> object:
    """Write a new version; the approved one holds until the new one is approved."""
    actor = actor_of(request)
    version = expected_version(if_match)
    commands.edit_statement(statement_id, sent.draft(), version=version, actor=actor, now=timezone.now())
    return _detail(statement_id, response, actor)


@router.post("/isms/statements/{uuid:statement_id}/approval", response=StatementDetailOut)
def approve_statement(request: HttpRequest, response: HttpResponse, statement_id: UUID, sent: ApprovalIn) -> object:
    """Approve the newest version as it was read; refused for whoever wrote it."""
    actor = actor_of(request)
    commands.approve(statement_id, digest=sent.digest, actor=actor, now=timezone.now())
    return _detail(statement_id, response, actor)


@router.put("/isms/statements/{uuid:statement_id}/retirement", response=StatementDetailOut)
def retire_statement(
    request: HttpRequest, response: HttpResponse, statement_id: UUID, sent: ReasonIn, if_match: IfMatch
) -> object:
    """Retire the statement; it stays readable."""
    actor = actor_of(request)
    version = expected_version(if_match)
    commands.retire(statement_id, reason=sent.reason, version=version, actor=actor, now=timezone.now())
    return _detail(statement_id, response, actor)


@router.post("/isms/statements/{uuid:statement_id}/review", response=StatementDetailOut)
def confirm_statement(request: HttpRequest, response: HttpResponse, statement_id: UUID, if_match: IfMatch) -> object:
    """Confirm that the statement is still true; its next review is due after its interval."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.review(statement_id, version=version, actor=actor, now=timezone.now())
    return _detail(statement_id, response, actor)


@router.put("/isms/statements/{uuid:statement_id}/readings/{uuid:reading_id}/withdrawal", response=list[ReadingOut])
def withdraw_indicator_reading(request: HttpRequest, statement_id: UUID, reading_id: UUID, sent: ReasonIn) -> object:
    """Withdraw a wrong reading with a reason; it stays readable and counts no more."""
    actor = actor_of(request)
    commands.withdraw_reading(statement_id, reading_id, reason=sent.reason, actor=actor, now=timezone.now())
    return list(queries.readings(statement_id))


@router.get("/isms/statements/{uuid:statement_id}/readings", response=list[ReadingOut])
def readings(request: HttpRequest, statement_id: UUID) -> object:
    """The newest readings of an indicator, withdrawn ones too, newest first."""
    queries.statement(statement_id, actor=actor_of(request))
    return list(queries.readings(statement_id))


@router.post("/isms/statements/{uuid:statement_id}/readings", response={201: list[ReadingOut]})
def take_reading(request: HttpRequest, statement_id: UUID, sent: ReadingIn) -> Status[object]:
    """Take a reading of an indicator; one a day."""
    draft = ReadingDraft(on=sent.on, value=sent.value, sample_size=sent.sample_size, note=sent.note)
    commands.take_reading(statement_id, draft, actor=actor_of(request), now=timezone.now())
    return Status(201, queries.readings(statement_id))


@router.get("/isms/indicators", response=list[IndicatorOut])
def indicators(request: HttpRequest) -> object:
    """Every indicator with its last reading and how it stands."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return list(queries.indicators(actor=actor, today=timezone.localdate()))


@router.get("/isms/matrix", response=MatrixOut)
def responsibility_matrix(request: HttpRequest) -> object:
    """Who bears which duty in which process, and what is missing."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    found = queries.matrix(actor=actor)
    keys = [bearer.key for bearer, _name in found.bearers]
    return {
        "bearers": {bearer.key: name for bearer, name in found.bearers},
        "rows": [
            {
                "row": each.row,
                "duties": {key: letter for key, letter in zip(keys, each.letters, strict=True) if letter},
                "gaps": [
                    {"duty": str(gap.duty), "bearer": gap.bearer.key if gap.bearer else None} for gap in each.gaps
                ],
            }
            for each in found.rows
        ],
    }


def _detail(statement_id: UUID, response: HttpResponse, actor: Actor) -> object:
    view = queries.statement(statement_id, actor=actor)
    response["ETag"] = etag_of(view.row.version)
    return {
        "row": view.row,
        "owner_id": view.draft.owner_id,
        "review_every_days": view.draft.review_every_days,
        "content": {"kind": str(view.row.kind), **plain(view.draft.content)},
        "versions": view.versions,
        "reviewed_on": view.reviewed_on,
        "reviewed_by": view.reviewed_by,
        "retired_reason": view.retired_reason,
    }
