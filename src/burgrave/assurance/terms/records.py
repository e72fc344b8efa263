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


def measure_subject(measure_id: UUID) -> str:
    return f"assurance.measure:{measure_id}"


def check_subject(check_id: UUID) -> str:
    return f"assurance.check:{check_id}"


def run_subject(run_id: UUID) -> str:
    return f"assurance.run:{run_id}"


def requirement_subject(requirement_id: UUID) -> str:
    return f"assurance.requirement:{requirement_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePut(Record):
    """The measure is so: its phase, its cost, and how many requirements it answers; ``scope`` is a digest."""

    kind: ClassVar[str] = "assurance.measure_put"
    measure_id: UUID
    number: str
    unit_id: UUID
    owner_id: UUID | None
    phase: str
    yearly_cost_minor: int | None
    currency: str
    requirements: int
    scope: str
    name: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (measure_subject(self.measure_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPut(Record):
    """The check of the measure is so; ``automatic`` is empty for one that a person does."""

    kind: ClassVar[str] = "assurance.check_put"
    check_id: UUID
    number: str
    measure_id: UUID
    automatic: str
    owner_id: UUID | None
    cadence_days: int
    valid_days: int
    severity: FindingSeverity
    title: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (check_subject(self.check_id), measure_subject(self.measure_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRetired(Record):
    """The check counts for nothing from now on; its runs stay."""

    kind: ClassVar[str] = "assurance.check_retired"
    check_id: UUID
    number: str
    measure_id: UUID
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (check_subject(self.check_id), measure_subject(self.measure_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRan(Record):
    """A run of the check ended so, and speaks until that day; its evidence has records of its own."""

    kind: ClassVar[str] = "assurance.check_ran"
    run_id: UUID
    check_id: UUID
    number: str
    result: str
    valid_until: date
    figures: tuple[int, ...]
    note: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (check_subject(self.check_id), run_subject(self.run_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAsserted(Record):
    """A person said how the requirement stands; what the checks say stays beside it."""

    kind: ClassVar[str] = "assurance.standing_asserted"
    requirement_id: UUID
    requirement: str
    standing: str
    expires_on: date
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (requirement_subject(self.requirement_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionWithdrawn(Record):
    """What a person had said about the requirement is not said any more."""

    kind: ClassVar[str] = "assurance.assertion_withdrawn"
    requirement_id: UUID
    requirement: str
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (requirement_subject(self.requirement_id),)
