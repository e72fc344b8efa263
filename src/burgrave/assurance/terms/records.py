"""What the domain records in the ledger about frameworks, findings and actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from burgrave.assurance.terms.findings import ActionState, FindingOrigin, FindingSeverity
from burgrave.assurance.terms.frameworks import FrameworkOrigin
from burgrave.ledger.terms import Record, Sealed


def framework_subject(framework_id: UUID) -> str:
    return f"assurance.framework:{framework_id}"


def finding_subject(finding_id: UUID) -> str:
    return f"assurance.finding:{finding_id}"


def action_subject(action_id: UUID) -> str:
    return f"assurance.action:{action_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkPut(Record):
    """The framework consists of exactly what has this digest; what it no longer has was withdrawn."""

    kind: ClassVar[str] = "assurance.framework_put"
    framework_id: UUID
    framework: str
    origin: FrameworkOrigin
    version: str
    digest: str
    requirements: int
    added: int
    changed: int
    withdrawn: int
    source: str

    def subjects(self) -> tuple[str, ...]:
        own = framework_subject(self.framework_id)
        return (own, self.source) if self.source else (own,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRaised(Record):
    """Something does not fulfil what is required of it."""

    kind: ClassVar[str] = "assurance.finding_raised"
    finding_id: UUID
    number: str
    origin: FindingOrigin
    severity: FindingSeverity
    about: str
    unit_id: UUID
    requirements: tuple[str, ...]
    title: Sealed

    def subjects(self) -> tuple[str, ...]:
        own = finding_subject(self.finding_id)
        return (own, self.about) if self.about else (own,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecovered(Record):
    """What the finding is about is in order again; the finding itself stays open until a person closes it."""

    kind: ClassVar[str] = "assurance.finding_recovered"
    finding_id: UUID
    number: str

    def subjects(self) -> tuple[str, ...]:
        return (finding_subject(self.finding_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingClosed(Record):
    """A person closed the finding."""

    kind: ClassVar[str] = "assurance.finding_closed"
    finding_id: UUID
    number: str
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (finding_subject(self.finding_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingReopened(Record):
    """A closed finding turned out not to be over."""

    kind: ClassVar[str] = "assurance.finding_reopened"
    finding_id: UUID
    number: str
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (finding_subject(self.finding_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionMoved(Record):
    """The corrective action is in this state now; ``note`` says what was planned, done, or found about it."""

    kind: ClassVar[str] = "assurance.action_moved"
    action_id: UUID
    number: str
    finding_id: UUID
    to: ActionState
    owner_id: UUID | None
    due_on: date | None
    note: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (action_subject(self.action_id), finding_subject(self.finding_id))
