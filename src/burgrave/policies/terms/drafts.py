"""What is handed to the commands, and the rows that queries give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from burgrave.engines.norms import Kind, Language, Unplaced
from burgrave.policies.terms.documents import (
    ClauseView,
    DocumentId,
    DocumentState,
    LinkKind,
    Verdict,
    VersionId,
    VersionState,
)
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

MOST_REVIEW_DAYS = 3_650
DEFAULT_REVIEW_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What is said about a document beside its texts; an empty ``number`` is given out."""

    kind: Kind
    unit_id: UnitId
    number: str = ""
    owner_id: PersonId | None = None
    review_every_days: int = DEFAULT_REVIEW_DAYS

    def __post_init__(self) -> None:
        if not 1 <= self.review_every_days <= MOST_REVIEW_DAYS:
            raise BadInput(
                "a document is reviewed every 1 to %(most)s days, got %(days)s",
                words={"most": str(MOST_REVIEW_DAYS), "days": str(self.review_every_days)},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The texts of a version by language, each as written.

    ``origins`` are the files that they came from, ``unplaced`` what those held besides.
    ``is_major`` is None where the texts decide; a person who decides otherwise says why.
    """

    sources: Mapping[Language, str]
    summary: str = ""
    is_major: bool | None = None
    major_reason: str = ""
    origins: Mapping[Language, str] = field(default_factory=lambda: MappingProxyType({}))
    unplaced: Mapping[Language, tuple[Unplaced, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """All of these are asked at once; the step is done when ``quorum`` of them have approved."""

    approvers: tuple[PersonId, ...]
    quorum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """What a list is narrowed to; empty fields leave everything."""

    text: str = ""
    kinds: tuple[Kind, ...] = ()
    units: tuple[UUID, ...] = ()
    states: tuple[DocumentState, ...] = ()
    stages: tuple[VersionState, ...] = ()
    overdue: bool = False
    mine: bool = False
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """``label`` is what holds, ``stage`` where the version on its way stands."""

    document_id: DocumentId
    number: str
    kind: Kind
    title: str
    titles: Mapping[str, str]
    unit_id: UnitId
    unit_name: str
    owner_id: PersonId | None
    owner_name: str
    state: DocumentState
    stage: VersionState | None
    label: str
    languages: tuple[Language, ...]
    clauses: int
    review_every_days: int
    review_due_on: date | None
    version: int
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A version in the list of its document."""

    version_id: VersionId
    ordinal: int
    label: str
    state: VersionState
    is_major: bool
    summary: str
    effective_on: date | None
    ended_on: date | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """``other_id`` is None where no document here bears the name, or the reader does not see it."""

    kind: LinkKind
    words: str
    other_id: DocumentId | None
    title: str
    state: DocumentState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDetail:
    """A document with its versions, newest first, and its neighbours in the hierarchy."""

    row: DocumentRow
    added_at: datetime
    reviewed_on: date | None
    reviewed_by: str
    versions: tuple[VersionRow, ...]
    links: tuple[LinkRow, ...]
    linked_by: tuple[LinkRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    language: Language
    title: str
    source: str
    origin: str
    unplaced: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """``approved_by`` are the names of those who have, in this round."""

    ordinal: int
    quorum: int
    approvers: tuple[tuple[PersonId, str], ...]
    approved_by: frozenset[PersonId]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    round: int
    step: int
    person_id: PersonId
    name: str
    verdict: Verdict
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRow:
    comment_id: UUID
    clause: str
    text: str
    person_id: PersonId | None
    name: str
    at: datetime
    resolved_at: datetime | None
    resolved_by: str
    resolution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDetail:
    """Everything about one version; ``before_id`` is the version that it follows."""

    version_id: VersionId
    document: DocumentRow
    ordinal: int
    label: str
    state: VersionState
    is_major: bool
    major_reason: str
    summary: str
    edition: int
    round: int
    author_id: PersonId | None
    authors: Mapping[PersonId, str]
    texts: tuple[TextRow, ...]
    clauses: tuple[ClauseView, ...]
    steps: tuple[StepRow, ...]
    decisions: tuple[DecisionRow, ...]
    comments: tuple[CommentRow, ...]
    made_at: datetime
    changed_by: str
    changed_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    published_at: datetime | None
    published_by: str
    effective_on: date | None
    ended_on: date | None
    end_reason: str
    variables: Mapping[str, Mapping[str, str]]
    digest: str
    statement: str
    signature: str
    key_id: str
    code: str
    before_id: VersionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a verification code stands for, and whether everything about it fits now."""

    version_id: VersionId
    unit_id: UnitId
    number: str
    title: str
    titles: Mapping[str, str]
    kind: Kind
    label: str
    state: VersionState
    effective_on: date | None
    ended_on: date | None
    published_at: datetime | None
    digest: str
    code: str
    statement: str
    signature: str
    fingerprint: str
    text_fits: bool
    signature_fits: bool

    @property
    def holds(self) -> bool:
        return self.text_fits and self.signature_fits
