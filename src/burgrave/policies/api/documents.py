"""The JSON API of policies, norms and procedures: the same queries and commands as the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.engines.norms import ChangeKind, Kind, Language, Modality, Piece, Severity
from burgrave.ledger.terms import storable
from burgrave.policies import commands, queries, reports
from burgrave.policies.terms import (
    MOST_APPROVERS,
    MOST_SOURCE_BYTES,
    MOST_STEPS,
    NUMBER_MAX,
    READ,
    REASON_MAX,
    DocumentState,
    LinkKind,
    Verdict,
    VersionState,
)
from burgrave.policies.terms.drafts import (
    MOST_REVIEW_DAYS,
    DocumentFacts,
    DocumentFilter,
    Draft,
    PlanStep,
    VersionDetail,
)
from burgrave.web.reports import answer, format_of
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.files import REPORT_ANSWERS
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page, PersonId, UnitId

router = Router(tags=["policies"])

Text = Annotated[str, AfterValidator(storable)]


class DocumentOut(OfUnit):
    """``label`` is the version that holds, ``stage`` where the one on its way stands."""

    document_id: UUID
    number: str
    kind: Kind
    title: str
    titles: dict[str, str]
    unit_name: str
    owner_id: UUID | None
    owner_name: str
    state: DocumentState
    stage: VersionState | None
    label: str
    languages: list[Language]
    clauses: int
    review_every_days: int
    review_due_on: date | None
    version: int


class VersionOut(FromRow):
    version_id: UUID
    label: str
    state: VersionState
    is_major: bool
    summary: str
    effective_on: date | None
    ended_on: date | None
    digest: str


class LinkOut(FromRow):
    """``other_id`` is null where no document here has the number, or you do not see it."""

    kind: LinkKind
    words: str
    other_id: UUID | None
    title: str


class DocumentDetailOut(FromRow):
    """``links`` lead from the document to others, ``linked_by`` from others to it."""

    row: DocumentOut
    versions: list[VersionOut]
    links: list[LinkOut]
    linked_by: list[LinkOut]


class ClauseOut(FromRow):
    """``satisfies`` are pairs of framework and reference."""

    identifier: str
    language: Language
    heading: str
    text: str
    modality: Modality
    actor: str
    object: str
    cadence_days: float | None
    evidence: str
    is_step: bool
    parameters: dict[str, str]
    satisfies: list[tuple[str, str]]


class TextOut(FromRow):
    """``unplaced`` lists what the file held and a norm does not."""

    language: Language
    title: str
    source: str
    origin: str
    unplaced: list[dict[str, Any]]


class StepOut(FromRow):
    """``approved_by`` are those who have in the present round."""

    ordinal: int
    quorum: int
    approvers: list[tuple[UUID, str]]
    approved_by: list[UUID]


class DecisionOut(FromRow):
    round: int
    step: int
    person_id: UUID
    verdict: Verdict
    reason: str
    at: datetime


class VersionDetailOut(FromRow):
    """``draft_sha256`` is what an approval names; the ETag is the edition that a save names."""

    version_id: UUID
    document: DocumentOut
    label: str
    state: VersionState
    is_major: bool
    major_reason: str
    summary: str
    edition: int
    round: int
    texts: list[TextOut]
    clauses: list[ClauseOut]
    steps: list[StepOut]
    decisions: list[DecisionOut]
    effective_on: date | None
    ended_on: date | None
    published_at: datetime | None
    digest: str
    statement: str
    signature: str
    key_id: str
    code: str
    draft_sha256: str = ""

    @staticmethod
    def resolve_draft_sha256(row: VersionDetail) -> str:
        return queries.draft_digest(row)


class PublicationIn(Schema):
    """``effective_on`` is today or a day within a year."""

    effective_on: date | None = None


class FindingOut(FromRow):
    """``path`` is number and language of the text."""

    path: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str
    mend: str
    clause: str


class ChangeOut(Schema):
    """``pieces`` are the words in order, each kept, removed or added."""

    language: Language
    identifier: str
    kind: ChangeKind
    binds_otherwise: bool
    pieces: list[tuple[Piece, str]]


class VerifiedOut(FromRow):
    """What a verification code stands for; both must fit."""

    version_id: UUID
    number: str
    title: str
    kind: Kind
    label: str
    state: VersionState
    effective_on: date | None
    ended_on: date | None
    digest: str
    statement: str
    signature: str
    fingerprint: str
    text_fits: bool
    signature_fits: bool


class HeldOut(Schema):
    document: DocumentOut
    version: VersionOut


class DocumentQuery(PageIn):
    kind: list[Kind] = []
    unit: list[UUID] = []
    state: list[DocumentState] = []
    stage: list[VersionState] = []
    overdue: bool = False
    q: str = Field("", max_length=200)


class TextIn(Schema):
    language: Language
    source: Text = Field(max_length=MOST_SOURCE_BYTES)


class TextsIn(Schema):
    """All texts of the draft: a language that is not among them is taken out of it."""

    texts: list[TextIn] = Field(min_length=1, max_length=2)
    summary: Text = Field("", max_length=REASON_MAX)

    def draft(self) -> Draft:
        return Draft(sources={each.language: each.source for each in self.texts}, summary=self.summary)


class DocumentIn(TextsIn):
    """Without ``number`` the next one of the kind is given out."""

    kind: Kind
    unit_id: UUID
    number: str = Field("", max_length=NUMBER_MAX)
    owner_id: UUID | None = None
    review_every_days: int = Field(365, ge=1, le=MOST_REVIEW_DAYS)

    def facts(self) -> DocumentFacts:
        return DocumentFacts(
            kind=self.kind,
            unit_id=UnitId(self.unit_id),
            number=self.number,
            owner_id=PersonId(self.owner_id) if self.owner_id else None,
            review_every_days=self.review_every_days,
        )


class StepIn(Schema):
    approvers: list[UUID] = Field(min_length=1, max_length=MOST_APPROVERS)
    quorum: int = Field(1, ge=1, le=MOST_APPROVERS)


class PlanIn(Schema):
    """Without ``is_major`` the texts decide whether the change is major."""

    steps: list[StepIn] = Field(min_length=1, max_length=MOST_STEPS)
    is_major: bool | None = None
    major_reason: Text = Field("", max_length=REASON_MAX)


class ApprovalIn(Schema):
    """``sha256`` is the ``draft_sha256`` of what was read."""

    sha256: str = Field(min_length=64, max_length=64)


class ReasonIn(Schema):
    reason: Text = Field(max_length=REASON_MAX)


class ApprovedOut(Schema):
    """Whether nobody else is asked any more."""

    completes: bool


class PublishedOut(Schema):
    digest: str


class FileIn(Schema):
    """``pdf`` or ``docx``, in one of the languages of the version."""

    format: str = Field(max_length=10)
    language: Language


@router.get("/policies", response=PageOut[DocumentOut])
def policies(request: HttpRequest, wanted: Query[DocumentQuery]) -> Page[Any]:
    """The library, by number."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = DocumentFilter(
        text=wanted.q,
        kinds=tuple(wanted.kind),
        units=tuple(wanted.unit),
        states=tuple(wanted.state),
        stages=tuple(wanted.stage),
        overdue=wanted.overdue,
    )
    today = timezone.localdate()
    return queries.documents(narrowed, number=wanted.page, size=wanted.size, at=wanted.at, actor=actor, today=today)


@router.post("/policies", response={201: DocumentDetailOut})
def add_policy(request: HttpRequest, sent: DocumentIn) -> Status[object]:
    """Add a document with its first draft."""
    actor = actor_of(request)
    made = commands.add_document(sent.facts(), sent.draft(), actor=actor, now=timezone.now())
    return Status(201, queries.document(made, actor=actor))


@router.get("/policies/held", response=list[HeldOut])
def policies_held(request: HttpRequest, on: date | None = None) -> list[dict[str, Any]]:
    """What held on a day, today where none is named: every document with the version that applied then."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    day = on or timezone.localdate()
    return [{"document": row, "version": version} for row, version in queries.held_on(day, actor=actor)]


@router.get("/policies/findings", response=list[FindingOut])
def policy_findings(request: HttpRequest) -> list[Any]:
    """What the linter says of every text that holds or is being written."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return [each for _version, each in queries.lint_library(actor=actor, today=timezone.localdate())]


@router.get("/policies/verify/{code}", response=VerifiedOut)
def verify_policy(request: HttpRequest, code: Annotated[str, Field(max_length=40)]) -> object:
    """What a verification code stands for, verified now. Whoever holds the code may ask."""
    actor_of(request)
    return queries.verified(code)


@router.get("/policies/{uuid:document_id}", response=DocumentDetailOut)
def policy(request: HttpRequest, document_id: UUID) -> object:
    """One document with its versions and its place in the hierarchy."""
    return queries.document(document_id, actor=actor_of(request))


@router.post("/policies/{uuid:document_id}/drafts", response={201: VersionDetailOut})
def begin_policy_draft(request: HttpRequest, response: HttpResponse, document_id: UUID) -> Status[object]:
    """Begin the next version with the texts of the one before."""
    actor = actor_of(request)
    made = commands.begin_draft(document_id, actor=actor, now=timezone.now())
    return Status(201, _version(made, response, actor))


@router.get("/policies/versions/{uuid:version_id}", response=VersionDetailOut)
def policy_version(request: HttpRequest, response: HttpResponse, version_id: UUID) -> object:
    """One version with its texts and clauses; its ETag is what a save names."""
    return _version(version_id, response, actor_of(request))


@router.put("/policies/versions/{uuid:version_id}/texts", response=VersionDetailOut)
def save_policy_texts(
    request: HttpRequest, response: HttpResponse, version_id: UUID, sent: TextsIn, if_match: IfMatch
) -> object:
    """Replace the texts of a draft."""
    actor, edition = actor_of(request), expected_version(if_match)
    commands.save_draft(version_id, sent.draft(), edition=edition, actor=actor, now=timezone.now())
    return _version(version_id, response, actor)


@router.post("/policies/versions/{uuid:version_id}/submission", response=VersionDetailOut)
def submit_policy(
    request: HttpRequest, response: HttpResponse, version_id: UUID, sent: PlanIn, if_match: IfMatch
) -> object:
    """Ask for approval, step by step."""
    actor = actor_of(request)
    steps = tuple(PlanStep(approvers=tuple(map(PersonId, each.approvers)), quorum=each.quorum) for each in sent.steps)
    commands.submit(
        version_id,
        steps,
        is_major=sent.is_major,
        major_reason=sent.major_reason,
        edition=expected_version(if_match),
        actor=actor,
        now=timezone.now(),
    )
    return _version(version_id, response, actor)


@router.post("/policies/versions/{uuid:version_id}/approval", response=ApprovedOut)
def approve_policy(request: HttpRequest, version_id: UUID, sent: ApprovalIn) -> dict[str, bool]:
    """Approve the very texts that were read."""
    done = commands.approve(version_id, sha256=sent.sha256, actor=actor_of(request), now=timezone.now())
    return {"completes": done}


@router.post("/policies/versions/{uuid:version_id}/rejection", response=VersionDetailOut)
def reject_policy(request: HttpRequest, response: HttpResponse, version_id: UUID, sent: ReasonIn) -> object:
    """Send the version back to its authors."""
    actor = actor_of(request)
    commands.reject(version_id, reason=sent.reason, actor=actor, now=timezone.now())
    return _version(version_id, response, actor)


@router.post("/policies/versions/{uuid:version_id}/withdrawal", response=VersionDetailOut)
def withdraw_policy(request: HttpRequest, response: HttpResponse, version_id: UUID, sent: ReasonIn) -> object:
    """Take the version out of review."""
    actor = actor_of(request)
    commands.withdraw(version_id, reason=sent.reason, actor=actor, now=timezone.now())
    return _version(version_id, response, actor)


@router.post("/policies/versions/{uuid:version_id}/publication", response=PublishedOut)
def publish_policy(request: HttpRequest, version_id: UUID, sent: PublicationIn | None = None) -> dict[str, str]:
    """Sign the version; it holds from the day that is named, today without one."""
    begins = sent.effective_on if sent else None
    digest = commands.publish(version_id, effective_on=begins, actor=actor_of(request), now=timezone.now())
    return {"digest": digest}


@router.get("/policies/versions/{uuid:version_id}/changes", response=list[ChangeOut])
def policy_changes(request: HttpRequest, version_id: UUID, before: UUID | None = None) -> list[dict[str, Any]]:
    """What the version changes of another one of the same document, clause by clause.

    Without `before` it is compared with the version that was published last; a first version has no changes.
    """
    actor = actor_of(request)
    new = queries.version(version_id, actor=actor)
    compared = before or new.before_id
    if compared is None:
        return []
    old = queries.version(compared, actor=actor)
    return [
        {
            "language": language,
            "identifier": each.clause.identifier,
            "kind": each.kind,
            "binds_otherwise": each.binds_otherwise,
            "pieces": each.pieces,
        }
        for language, found in queries.redlines(old, new).items()
        for each in found
    ]


@router.post("/policies/versions/{uuid:version_id}/report", openapi_extra=REPORT_ANSWERS)
def policy_report(request: HttpRequest, version_id: UUID, sent: FileIn) -> HttpResponse:
    """The version as a file; it is recorded with its digest."""
    actor = actor_of(request)
    detail = queries.version(version_id, actor=actor)
    return answer(reports.document(format_of(sent.format), detail, sent.language, actor=actor, now=timezone.now()))


def _version(version_id: UUID, response: HttpResponse, actor: Actor) -> VersionDetail:
    detail = queries.version(version_id, actor=actor)
    response["ETag"] = etag_of(detail.edition)
    return detail
