"""What the life of documents appends to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from burgrave.engines.norms import Kind
from burgrave.ledger.terms import Record, Sealed
from burgrave.policies.terms import duty_records  # noqa: F401 - the rest of the domain's records
from burgrave.policies.terms.documents import document_subject, version_subject


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfDocument(Record):
    document_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (document_subject(self.document_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfVersion(Record):
    document_id: UUID
    version_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (document_subject(self.document_id), version_subject(self.version_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAdded(_OfDocument):
    """A policy, norm or procedure has a number and a unit; it holds from the day of its first publication."""

    kind: ClassVar[str] = "policies.document_added"
    number: str
    document_kind: Kind
    unit_id: UUID
    title: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEdited(_OfDocument):
    """The named fields of the document have new values; its texts are changed by versions alone."""

    kind: ClassVar[str] = "policies.document_edited"
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBegun(_OfVersion):
    """The next version of the document is being written."""

    kind: ClassVar[str] = "policies.draft_begun"
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSaved(_OfVersion):
    """The texts of a draft are these: ``sha256`` is the digest of all of them in the order of ``languages``."""

    kind: ClassVar[str] = "policies.draft_saved"
    edition: int
    languages: tuple[str, ...]
    sha256: str
    clauses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDiscarded(_OfVersion):
    """A draft is gone; nothing of it was ever in force."""

    kind: ClassVar[str] = "policies.draft_discarded"
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested(_OfVersion):
    """The version is in review: ``quorums`` of ``approvers`` are asked, step by step. ``sha256`` is of its texts."""

    kind: ClassVar[str] = "policies.review_requested"
    round: int
    quorums: tuple[int, ...]
    approvers: tuple[UUID, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWithdrawn(_OfVersion):
    """The version is a draft again because whoever wrote it took it back."""

    kind: ClassVar[str] = "policies.review_withdrawn"
    round: int
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(_OfVersion):
    """An approver who did not write it approved the version; with ``completes`` the whole plan is fulfilled."""

    kind: ClassVar[str] = "policies.approval_given"
    round: int
    step: int
    approver_id: UUID
    completes: bool
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRejected(_OfVersion):
    """An approver sent the version back; it is a draft again."""

    kind: ClassVar[str] = "policies.version_rejected"
    round: int
    step: int
    approver_id: UUID
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPublished(_OfVersion):
    """The version is signed and holds from its first day (ISO/IEC 27001:2022, 7.5.2).

    ``digest`` is the SHA-256 of its canonical text.
    """

    kind: ClassVar[str] = "policies.version_published"
    number: str
    label: str
    document_kind: Kind
    digest: str
    is_major: bool
    effective_on: date
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTookEffect(_OfVersion):
    """The first day of a version that was published before has come: it holds, and its clauses bind."""

    kind: ClassVar[str] = "policies.version_took_effect"
    number: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSuperseded(_OfVersion):
    """The version holds no more: its successor does from ``ended_on`` on."""

    kind: ClassVar[str] = "policies.version_superseded"
    successor_id: UUID
    ended_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRetired(_OfVersion):
    """Nothing of the document holds from ``ended_on`` on."""

    kind: ClassVar[str] = "policies.document_retired"
    ended_on: date
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReviewed(_OfVersion):
    """Somebody confirmed that what is in force is still right; the next review is due on ``due_on``."""

    kind: ClassVar[str] = "policies.document_reviewed"
    due_on: date
    note: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentMade(_OfVersion):
    """Something was said about a clause, or about the whole."""

    kind: ClassVar[str] = "policies.comment_made"
    comment_id: UUID
    clause: str
    text: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentResolved(_OfVersion):
    """A comment was answered."""

    kind: ClassVar[str] = "policies.comment_resolved"
    comment_id: UUID
    resolution: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(_OfVersion):
    """The version went out as a file with this digest."""

    kind: ClassVar[str] = "policies.report_made"
    language: str
    format: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesSet(Record):
    """Texts that are published from now on stand for these names."""

    kind: ClassVar[str] = "policies.variables_set"
    names: tuple[str, ...]

    def subjects(self) -> tuple[str, ...]:
        return ("policies.variables:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsImported(Record):
    """Files became drafts; each that is new or changed has records of its own before this one."""

    kind: ClassVar[str] = "policies.documents_imported"
    new: int
    changed: int
    same: int
    refused: int

    def subjects(self) -> tuple[str, ...]:
        return ("policies.library:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeft(Record):
    """The made-up documents are gone; the records about them stay, what is sealed in them erased."""

    kind: ClassVar[str] = "policies.sample_left"
    documents: int

    def subjects(self) -> tuple[str, ...]:
        return ("policies.library:all",)
