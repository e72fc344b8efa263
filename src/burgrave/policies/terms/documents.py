"""Documents, their versions and clauses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NewType
from uuid import UUID

from burgrave.engines.norms import Kind, Language, Modality
from burgrave.web.terms import PersonId, UnitId

DocumentId = NewType("DocumentId", UUID)
VersionId = NewType("VersionId", UUID)

READ, EDIT, APPROVE, PUBLISH = "policies.read", "policies.edit", "policies.approve", "policies.publish"
OVERSEE, EXCEPT, RUN = "policies.oversee", "policies.request_exception", "policies.run"
NUMBER_MAX, TITLE_MAX, REASON_MAX = 40, 300, 5_000
MOST_STEPS, MOST_APPROVERS = 10, 30
MOST_SOURCE_BYTES = 2_000_000

PREFIXES: Mapping[Kind, str] = MappingProxyType(
    {Kind.POLICY: "POL", Kind.NORM: "NRM", Kind.PROCEDURE: "PRC", Kind.GUIDELINE: "GDL", Kind.RECORD: "REC"}
)
"""What the number of a document begins with."""


class VersionState(StrEnum):
    """Where a version stands on its way; the last two were in force once."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


VERSION_STATES = tuple(VersionState)
OPEN_STATES = frozenset({VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.APPROVED})
"""A document has at most one version that is on its way."""
ENDED = frozenset({VersionState.SUPERSEDED, VersionState.RETIRED})


class DocumentState(StrEnum):
    """What holds of a document today, apart from any version that is being worked on."""

    NEW = "new"
    IN_FORCE = "in_force"
    RETIRED = "retired"


class LinkKind(StrEnum):
    """Read as *document* kind *target*: a norm implements a policy."""

    IMPLEMENTS = "implements"
    REFERS_TO = "refers_to"
    SUPERSEDES = "supersedes"


class Verdict(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseView:
    """A clause of one language version. ``satisfies`` are pairs of framework and reference."""

    clause_id: int
    identifier: str
    language: Language
    ordinal: int
    heading: str
    text: str
    modality: Modality
    actor: str
    object: str
    cadence_days: float | None
    evidence: str
    is_step: bool
    parameters: Mapping[str, str]
    satisfies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """A version as other parts of the house see it. ``digest`` is empty until it is published."""

    version_id: VersionId
    document_id: DocumentId
    number: str
    title: str
    titles: Mapping[str, str]
    kind: Kind
    unit_id: UnitId
    owner_id: PersonId | None
    label: str
    state: VersionState
    is_major: bool
    digest: str
    languages: tuple[Language, ...]
    effective_on: date | None
    ended_on: date | None
    published_at: datetime | None


def document_subject(document_id: UUID) -> str:
    return f"policies.document:{document_id}"


def version_subject(version_id: UUID) -> str:
    return f"policies.version:{version_id}"
