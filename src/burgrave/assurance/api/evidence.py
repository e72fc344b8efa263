"""The JSON API of evidence and bundles: the same queries as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from burgrave.assurance import commands, queries
from burgrave.assurance.terms import READ, BundleRow, EvidenceRow
from burgrave.assurance.terms.evidence import HOLD_REASON_MAX
from burgrave.custody import queries as custody
from burgrave.custody.terms import KeyRow
from burgrave.ledger.terms import storable
from burgrave.web.downloads import described, file_answer
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.terms import Page

router = Router(tags=["assurance"])

NO_KEY = {"responses": {409: described(problem="There is no key yet.")["responses"][409]}}
GONE = "410: A retention removed the bytes; `removed_at` and the record in the ledger say so."
NO_BYTES = {"responses": {410: described(gone=GONE)["responses"][410]}}
DAMAGED = "The bytes are gone or are no longer what was received; none are given out."


class EvidenceOut(OfUnit):
    """``sha256`` is of the bytes as they were received; ``subject`` is what they are evidence of.

    ``removed_at``: since then a retention of ``removed_after_days`` has removed the bytes. ``held_at``: since then
    none may.
    """

    evidence_id: UUID
    unit_name: str
    subject: str
    name: str
    media_type: str
    sha256: str
    size_bytes: int
    kept_at: datetime
    kept_by: str
    effective_from: datetime | None
    effective_to: datetime | None
    removed_at: datetime | None
    removed_after_days: int
    held_at: datetime | None
    held_by: str
    hold_reason: str


class HoldIn(Schema):
    reason: Annotated[str, AfterValidator(storable)] = Field(min_length=1, max_length=HOLD_REASON_MAX)


class BundleOut(OfUnit):
    """What an outsider verifies: the zip with this ``sha256`` holds the ledger's first ``tree_size`` records' proofs.

    ``verify`` is the command; ``fingerprint`` of the key must reach the outsider by another way.
    """

    bundle_id: UUID
    unit_name: str
    title: str
    subjects: list[str]
    sha256: str
    size_bytes: int
    records: int
    documents: int
    tree_size: int
    fingerprint: str
    issued_at: datetime
    issued_by: str
    file_name: str
    verify: str = ""

    @staticmethod
    def resolve_verify(row: BundleRow) -> str:
        return f"python -m burgrave.engines.evidence {row.file_name} --key {row.fingerprint}"


class KeyOut(FromRow):
    """The public half of the ledger's key. ``verifier_key`` is written as c2sp.org/signed-note has it."""

    origin: str
    fingerprint: str
    verifier_key: str
    pem: str


class EvidenceQuery(PageIn):
    q: str = Field("", max_length=200, description="Part of a name, or a whole subject or digest.")


@router.get("/evidence", response=PageOut[EvidenceOut])
def evidence(request: HttpRequest, wanted: Query[EvidenceQuery]) -> Page[Any]:
    """Evidence, newest first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return queries.evidence_list(actor=actor, number=wanted.page, size=wanted.size, text=wanted.q.strip())


@router.get("/evidence/{uuid:evidence_id}", response=EvidenceOut)
def evidence_record(request: HttpRequest, evidence_id: UUID) -> EvidenceRow:
    """One piece of evidence."""
    return queries.evidence(evidence_id, actor=actor_of(request))


@router.get("/evidence/{uuid:evidence_id}/content", openapi_extra=described(problem=DAMAGED, gone=GONE))
def evidence_content(request: HttpRequest, evidence_id: UUID) -> HttpResponseBase:
    """The file as it was received, byte for byte; refused when one byte has changed since."""
    row = queries.evidence(evidence_id, actor=actor_of(request))
    return file_answer(queries.evidence_content(row), size_bytes=row.size_bytes, name=row.name)


@router.put("/evidence/{uuid:evidence_id}/hold", response=EvidenceOut, openapi_extra=NO_BYTES)
def hold_evidence(request: HttpRequest, evidence_id: UUID, sent: HoldIn) -> EvidenceRow:
    """No retention removes the evidence until it is released."""
    actor = actor_of(request)
    commands.hold_evidence(evidence_id, reason=sent.reason, actor=actor, now=timezone.now())
    return queries.evidence(evidence_id, actor=actor)


@router.post("/evidence/{uuid:evidence_id}/release", response=EvidenceOut)
def release_evidence(request: HttpRequest, evidence_id: UUID, sent: HoldIn) -> EvidenceRow:
    """The evidence is kept as long as its retention says."""
    actor = actor_of(request)
    commands.release_evidence(evidence_id, reason=sent.reason, actor=actor, now=timezone.now())
    return queries.evidence(evidence_id, actor=actor)


@router.get("/bundles", response=PageOut[BundleOut])
def bundles(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """Bundles, newest first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return queries.bundle_list(actor=actor, number=wanted.page, size=wanted.size)


@router.get("/bundles/{uuid:bundle_id}", response=BundleOut)
def bundle(request: HttpRequest, bundle_id: UUID) -> BundleRow:
    """One bundle, and how an outsider verifies it."""
    return queries.bundle(bundle_id, actor=actor_of(request))


@router.get("/bundles/{uuid:bundle_id}/content", openapi_extra=described(problem=DAMAGED))
def bundle_content(request: HttpRequest, bundle_id: UUID) -> HttpResponseBase:
    """The zip."""
    row = queries.bundle(bundle_id, actor=actor_of(request))
    content = queries.content(row.sha256, size_bytes=row.size_bytes)
    return file_answer(content, size_bytes=row.size_bytes, name=row.file_name)


@router.get("/ledger-key", response=KeyOut, openapi_extra=NO_KEY)
def ledger_key(request: HttpRequest) -> KeyRow:
    """The public key of the ledger: what an outsider compares."""
    actor_of(request).must_anywhere(READ)
    return custody.log_key()
