"""Words of findings and corrective actions.

*Nonconformity* (ISO/IEC 27000:2018, 3.47) is the non-fulfilment of a requirement; *corrective action* (3.17) removes
its cause. A finding is graded as audits grade it: major and minor nonconformity, opportunity for improvement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from burgrave.assurance.terms.shared import NOTE_MAX, TITLE_MAX
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

FindingId = NewType("FindingId", UUID)
ActionId = NewType("ActionId", UUID)

UNIQUE_KEY_MAX = 200


class FindingOrigin(StrEnum):
    """What found it."""

    AUDIT = "audit"
    CHECK = "check"
    EXCEPTION = "exception"
    INCIDENT = "incident"
    REVIEW = "review"
    DEVIATION = "deviation"


class FindingSeverity(StrEnum):
    """How an auditor grades it (ISO/IEC 17021-1:2015, 3.12 and 3.13)."""

    MAJOR = "major"
    MINOR = "minor"
    OBSERVATION = "observation"

    @property
    def rank(self) -> int:
        """From 1; the higher, the worse."""
        return {"major": 3, "minor": 2, "observation": 1}[self]


class FindingState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class ActionState(StrEnum):
    """Where a corrective action is: cause and plan are missing, planned, done but not proven, closed as effective."""

    OPEN = "open"
    PLANNED = "planned"
    IMPLEMENTED = "implemented"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectiveActionDraft:
    """What is to be done about a finding; what is not known yet stays empty."""

    title: str
    owner_id: PersonId | None = None
    due_on: date | None = None
    root_cause: str = ""
    plan: str = ""

    def __post_init__(self) -> None:
        _must_be_short("a corrective action", self.title)
        if max(len(self.root_cause), len(self.plan)) > NOTE_MAX:
            raise BadInput("root cause and plan have at most %(most)s characters each", words={"most": str(NOTE_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingDraft:
    """What was found. While a finding with the same ``unique_key`` is open, that one stands for this.

    ``subject`` is what it was found in, as the ledger names it; ``requirements`` are keys such as ``ISO27001:A.5.1``.
    """

    unique_key: str
    origin: FindingOrigin
    subject: str
    title: str
    detail: str = ""
    severity: FindingSeverity = FindingSeverity.MINOR
    unit_id: UnitId
    requirements: tuple[str, ...] = ()
    assets: tuple[UUID, ...] = ()
    action: CorrectiveActionDraft | None = None

    def __post_init__(self) -> None:
        _must_be_short("a finding", self.title)
        if not 0 < len(self.unique_key) <= UNIQUE_KEY_MAX:
            raise BadInput(
                "a finding has a key of 1 to %(most)s characters by which it is raised once, got %(got)s",
                words={"most": str(UNIQUE_KEY_MAX), "got": str(len(self.unique_key))},
            )
        if len(self.detail) > NOTE_MAX:
            raise BadInput("the detail of a finding has at most %(most)s characters", words={"most": str(NOTE_MAX)})


def _must_be_short(what: str, title: str) -> None:
    if not 0 < len(title.strip()) <= TITLE_MAX:
        raise BadInput(
            "%(what)s needs a title of at most %(most)s characters", words={"what": what, "most": str(TITLE_MAX)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """A corrective action as lists show it. ``is_overdue`` is of the day that was asked about."""

    action_id: ActionId
    number: str
    finding_id: FindingId
    finding_number: str
    finding_title: str
    title: str
    state: ActionState
    unit_id: UnitId
    unit_name: str
    owner_id: PersonId | None
    owner_name: str
    due_on: date | None
    is_overdue: bool
    reopenings: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionView:
    """A corrective action whole."""

    row: ActionRow
    root_cause: str
    plan: str
    done: str
    done_at: datetime | None
    done_by: str
    done_by_id: PersonId | None
    verdict: str
    checked_at: datetime | None
    checked_by: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """A finding as lists show it."""

    finding_id: FindingId
    number: str
    origin: FindingOrigin
    severity: FindingSeverity
    state: FindingState
    title: str
    subject: str
    unit_id: UnitId
    unit_name: str
    raised_at: datetime
    raised_by: str
    recovered_at: datetime | None
    closed_at: datetime | None
    open_actions: int
    actions: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAsset:
    """An asset that something names; without name where the reader does not see it."""

    asset_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding whole. ``requirements`` are pairs (id, key) with the title third."""

    row: FindingRow
    detail: str
    closing_note: str
    closed_by: str
    requirements: tuple[tuple[UUID, str, str], ...]
    assets: tuple[NamedAsset, ...]
    actions: tuple[ActionRow, ...]
