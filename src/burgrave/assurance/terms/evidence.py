"""Words of assurance.

*Evidence* as in ISO 19011:2018, 3.9: records or statements that can be verified. Here it is a file as it was received,
identified by the SHA-256 of its bytes, with the period that it speaks for. A *bundle* is what an outsider verifies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

from burgrave.ledger.terms import Record, Sealed
from burgrave.web.terms import UnitId

EvidenceId = NewType("EvidenceId", UUID)
BundleId = NewType("BundleId", UUID)

BUNDLE_MEDIA_TYPE = "application/zip"
MAX_NAME = 255
MOST_REMOVED_AT_ONCE = 100
MOST_FORGOTTEN_AT_ONCE = 500
"""So many pieces of evidence go in one transaction, with one record that names each."""
HOLD_REASON_MAX = 2_000


def evidence_subject(evidence_id: UUID) -> str:
    return f"assurance.evidence:{evidence_id}"


def bundle_subject(bundle_id: UUID) -> str:
    return f"assurance.bundle:{bundle_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceKept(Record):
    """Bytes became evidence of ``subject``."""

    kind: ClassVar[str] = "assurance.evidence_kept"
    evidence_id: UUID
    subject: str
    sha256: str
    size_bytes: int
    media_type: str
    name: Sealed
    effective_from: datetime | None
    effective_to: datetime | None

    def subjects(self) -> tuple[str, ...]:
        return (self.subject, evidence_subject(self.evidence_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleIssued(Record):
    """A bundle with this digest was made of the ledger's first ``tree_size`` records."""

    kind: ClassVar[str] = "assurance.bundle_issued"
    bundle_id: UUID
    about: tuple[str, ...]
    tree_size: int
    records: int
    documents: int
    sha256: str
    size_bytes: int
    title: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (*self.about[:1], bundle_subject(self.bundle_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRemoved(Record):
    """The bytes of these pieces of evidence were removed by a retention of so many days; ``about`` sent them."""

    kind: ClassVar[str] = "assurance.evidence_removed"
    about: str
    rule: str
    after_days: int
    evidence: int
    size_bytes: int
    kept_from: datetime
    kept_until: datetime
    evidence_ids: tuple[UUID, ...]
    sha256: tuple[str, ...]

    def subjects(self) -> tuple[str, ...]:
        return (*((self.about,) if self.about else ()), *map(evidence_subject, self.evidence_ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceForgotten(Record):
    """Of evidence whose bytes went long ago the rows went too; ``about`` sent it.

    ``evidence_kept`` and ``evidence_removed`` say what it was.
    """

    kind: ClassVar[str] = "assurance.evidence_forgotten"
    about: str
    evidence: int
    evidence_ids: tuple[UUID, ...]

    def subjects(self) -> tuple[str, ...]:
        return (*((self.about,) if self.about else ()), *map(evidence_subject, self.evidence_ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceHeld(Record):
    """No retention removes the evidence until somebody releases it."""

    kind: ClassVar[str] = "assurance.evidence_held"
    evidence_id: UUID
    sha256: str
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (evidence_subject(self.evidence_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReleased(Record):
    """The evidence is kept as long as its retention says again."""

    kind: ClassVar[str] = "assurance.evidence_released"
    evidence_id: UUID
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (evidence_subject(self.evidence_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeft(Record):
    """The made-up evidence is gone; the records about it stay, the names of its files erased."""

    kind: ClassVar[str] = "assurance.sample_left"
    evidence: int
    bundles: int

    def subjects(self) -> tuple[str, ...]:
        return ("assurance.sample:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A piece of evidence as lists and pages show it.

    ``removed_at``: since then a retention of ``removed_after_days`` has removed the bytes. ``held_at``: since then
    none may.
    """

    evidence_id: EvidenceId
    unit_id: UnitId
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
    removed_at: datetime | None = None
    removed_after_days: int = 0
    held_at: datetime | None = None
    held_by: str = ""
    hold_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRow:
    """An issued bundle as lists and pages show it."""

    bundle_id: BundleId
    unit_id: UnitId
    unit_name: str
    title: str
    subjects: tuple[str, ...]
    sha256: str
    size_bytes: int
    records: int
    documents: int
    tree_size: int
    fingerprint: str
    issued_at: datetime
    issued_by: str

    @property
    def file_name(self) -> str:
        """A name for the downloaded file, of letters, digits, points and dashes."""
        plain = "".join(each if each.isalnum() and each.isascii() else "-" for each in self.title).strip("-")
        return f"{'-'.join(filter(None, plain.split('-')))[:60] or 'evidence'}-{self.tree_size}.zip"
