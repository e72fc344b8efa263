"""Words of the Statement of Applicability (ISO/IEC 27001:2022, 6.1.3 d)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from burgrave.isms.terms import LINE_MAX
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

ApplicabilityId = NewType("ApplicabilityId", UUID)
MOST_AT_ONCE = 500


class Applies(StrEnum):
    """Whether a requirement applies; ``UNDECIDED`` until a person said so with a reason."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


class ApplicabilityState(StrEnum):
    MADE = "made"
    APPROVED = "approved"


class ChangeKind(StrEnum):
    """How a row differs from the version before."""

    ADDED = "added"
    GONE = "gone"
    APPLIES = "applies"
    REASON = "reason"
    STANDING = "standing"
    MEASURES = "measures"
    WORDING = "wording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person decided about a requirement, and why; both inclusion and exclusion are justified."""

    applies: Applies
    reason: str

    def __post_init__(self) -> None:
        if self.applies is Applies.UNDECIDED:
            raise BadInput("a requirement applies or it does not")
        if not 0 < len(self.reason.strip()) <= LINE_MAX:
            raise BadInput(
                "a decision has a reason of 1 to %(most)s characters, for an inclusion as for an exclusion",
                words={"most": str(LINE_MAX)},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SoaMeasure:
    """A measure behind a requirement; without number and name where its maker did not see its unit."""

    number: str
    name: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoaRow:
    """A requirement as the statement says it, ``titles`` by language.

    ``standing`` is a word of the engine; ``proven_on`` is of the newest run.
    """

    requirement_id: UUID
    identifier: str
    title: str
    titles: Mapping[str, str] = field(default_factory=dict)
    applies: Applies
    reason: str
    decided_by: str
    standing: str
    asserted: str
    measures: tuple[SoaMeasure, ...]
    proven_on: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; ``before`` and ``after`` are values as the rows have them."""

    identifier: str
    kind: ChangeKind
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoaVersion:
    """``statement`` is what was signed at the approval, ``signature`` its Ed25519 signature in Base64."""

    soa_id: ApplicabilityId
    framework_id: UUID
    framework: str
    framework_title: str
    unit_id: UnitId
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SoaView:
    """A version with its rows, and what changed since the one before."""

    version: SoaVersion
    rows: tuple[SoaRow, ...]
    changes: tuple[Change, ...]
    writers: frozenset[PersonId]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoaLive:
    """How the statement of a framework would read now, with its versions and the difference to the last."""

    framework_id: UUID
    framework: str
    title: str
    unit_id: UnitId
    unit_name: str
    rows: tuple[SoaRow, ...]
    versions: tuple[SoaVersion, ...]
    changes: tuple[Change, ...]

    @property
    def undecided(self) -> int:
        return sum(each.applies is Applies.UNDECIDED for each in self.rows)
