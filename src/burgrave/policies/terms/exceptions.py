"""Words of exceptions: a clause is not followed for some assets, for a time, on somebody's responsibility."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NewType
from uuid import UUID

from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

ExceptionId = NewType("ExceptionId", UUID)

TEXT_MAX, CLAUSE_MAX, MOST_ASSETS = 4_000, 120, 200
REMIND_BEFORE_DAYS = (30, 7, 1)


class ExceptionState(StrEnum):
    """``GRANTED`` is in force from its first to its last day; ``EXPIRED`` was not renewed in time."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """Who decides on an exception of a risk level, how many of them, and for how long at most."""

    permission: str
    approvers: int
    longest_days: int


DECIDE = "policies.decide_exception"
DECIDE_HIGH = "policies.decide_high_exception"

APPROVING: Mapping[RiskLevel, Approving] = MappingProxyType(
    {
        RiskLevel.LOW: Approving(permission=DECIDE, approvers=1, longest_days=365),
        RiskLevel.MEDIUM: Approving(permission=DECIDE, approvers=1, longest_days=365),
        RiskLevel.HIGH: Approving(permission=DECIDE_HIGH, approvers=1, longest_days=180),
        RiskLevel.CRITICAL: Approving(permission=DECIDE_HIGH, approvers=2, longest_days=90),
    }
)
"""The table of approval by risk level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFacts:
    """What somebody asks for. ``clause`` is the identifier of the clause in the document. Raises BadInput."""

    document_id: UUID
    clause: str
    unit_id: UnitId
    assets: tuple[UUID, ...]
    justification: str
    risk: RiskLevel
    compensation: str
    starts_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if not 0 < len(self.clause.strip()) <= CLAUSE_MAX:
            raise BadInput("an exception names the clause that is not followed", mend="Choose a clause.")
        if not 0 < len(self.justification.strip()) <= TEXT_MAX:
            raise BadInput(
                "an exception says in at most %(most)s characters why the clause cannot be followed",
                words={"most": str(TEXT_MAX)},
            )
        if len(self.compensation) > TEXT_MAX:
            raise BadInput("compensating measures have at most %(most)s characters", words={"most": str(TEXT_MAX)})
        if self.risk is not RiskLevel.LOW and not self.compensation.strip():
            raise BadInput(
                "an exception of more than low risk names what protects meanwhile",
                mend="Say which measures lower the risk as long as the clause is not followed.",
            )
        if len(self.assets) > MOST_ASSETS or len(set(self.assets)) != len(self.assets):
            raise BadInput("an exception names each of at most %(most)s assets once", words={"most": str(MOST_ASSETS)})
        if self.ends_on <= self.starts_on:
            raise BadInput(
                "an exception ends after it begins, got %(first)s to %(last)s",
                words={"first": self.starts_on.isoformat(), "last": self.ends_on.isoformat()},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionCase:
    """What a rule must know of an exception. ``extends_to`` is the later last day that waits for a decision.

    ``extender_id`` is whoever asked for it; neither they nor the requester decide.
    """

    state: ExceptionState
    risk: RiskLevel
    requester_id: PersonId
    starts_on: date
    ends_on: date
    approver_ids: frozenset[PersonId] = frozenset()
    extends_to: date | None = None
    extender_id: PersonId | None = None

    @property
    def awaits_decision(self) -> bool:
        return self.state is ExceptionState.REQUESTED or self.extends_to is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """An exception as lists show it."""

    exception_id: ExceptionId
    number: str
    document_id: UUID
    document: str
    title: str
    clause: str
    unit_id: UnitId
    unit_name: str
    risk: RiskLevel
    state: ExceptionState
    requester_id: PersonId
    requester_name: str
    starts_on: date
    ends_on: date
    extends_to: date | None
    assets: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision on an exception, or on its extension."""

    at: datetime
    by: str
    verdict: str
    reason: str
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionView:
    """An exception with everything that its page shows. ``clause_text`` is what the clause says in force now."""

    row: ExceptionRow
    justification: str
    compensation: str
    clause_text: str
    assets: tuple[tuple[UUID, str], ...]
    hidden_assets: int
    decisions: tuple[DecisionRow, ...]
    approvals: int
    finding_id: UUID | None
    extension_reason: str
    requested_at: datetime
    extender_id: PersonId | None
    is_in_force: bool

    def is_own(self, person_id: PersonId | None) -> bool:
        """Whether that person asked for it, or for more time."""
        return person_id is not None and person_id in {self.row.requester_id, self.extender_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFilter:
    """What the list is cut down to; empty means everything."""

    text: str = ""
    states: tuple[ExceptionState, ...] = ()
    risks: tuple[RiskLevel, ...] = ()
    units: tuple[UUID, ...] = ()
    document_id: UUID | None = None
    ending: bool = False
