"""What acknowledgement, exceptions and runs append to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from burgrave.ledger.terms import Record, Sealed
from burgrave.policies.terms.documents import document_subject, version_subject
from burgrave.policies.terms.exceptions import RiskLevel
from burgrave.policies.terms.runs import StepState


def exception_subject(exception_id: UUID) -> str:
    return f"policies.exception:{exception_id}"


def run_subject(run_id: UUID) -> str:
    return f"policies.run:{run_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfVersion(Record):
    document_id: UUID
    version_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (document_subject(self.document_id), version_subject(self.version_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceSet(Record):
    """The document is asked of whoever one of these takes in; ``people`` is the head count at that moment."""

    kind: ClassVar[str] = "policies.audience_set"
    document_id: UUID
    everybody: bool
    unit_ids: tuple[UUID, ...]
    unit_ids_with_below: tuple[UUID, ...]
    roles: tuple[str, ...]
    owners_of: tuple[str, ...]
    people: int
    due_days: int

    def subjects(self) -> tuple[str, ...]:
        return (document_subject(self.document_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuizSet(_OfVersion):
    """The version has questions that are answered before it is confirmed; ``sha256`` is of all of them."""

    kind: ClassVar[str] = "policies.quiz_set"
    questions: int
    pass_mark: int
    attempts: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementAsked(_OfVersion):
    """The whole audience is asked to confirm: ``asked`` persons in all; ``ended`` were and are asked no more."""

    kind: ClassVar[str] = "policies.acknowledgement_asked"
    digest: str
    people: int
    asked: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceRenewed(Record):
    """People joined, moved or left: ``asked`` acknowledgements more are asked for, ``ended`` less."""

    kind: ClassVar[str] = "policies.audience_renewed"
    persons: int
    asked: int
    ended: int

    def subjects(self) -> tuple[str, ...]:
        return ("policies.audiences:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(_OfVersion):
    """A person confirmed that they know exactly the text with this digest."""

    kind: ClassVar[str] = "policies.acknowledged"
    person_id: UUID
    digest: str
    right_answers: int | None

    def subjects(self) -> tuple[str, ...]:
        return (
            document_subject(self.document_id),
            version_subject(self.version_id),
            f"people.person:{self.person_id}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptGiven(_OfVersion):
    """Somebody who had used up all attempts at the questions may answer again."""

    kind: ClassVar[str] = "policies.attempt_given"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementsExported(Record):
    """Who confirmed what went out as a file with this digest."""

    kind: ClassVar[str] = "policies.acknowledgements_exported"
    document_id: UUID | None
    rows: int
    sha256: str

    def subjects(self) -> tuple[str, ...]:
        return (document_subject(self.document_id),) if self.document_id else ("policies.library:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfException(Record):
    exception_id: UUID
    document_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (exception_subject(self.exception_id), document_subject(self.document_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRequested(_OfException):
    """Somebody asks not to follow a clause, for some assets and a time."""

    kind: ClassVar[str] = "policies.exception_requested"
    number: str
    clause: str
    unit_id: UUID
    asset_ids: tuple[UUID, ...]
    risk: RiskLevel
    starts_on: date
    ends_on: date
    justification: Sealed
    compensation: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionApproved(_OfException):
    """An approver agreed; with ``completes`` it holds until ``until``."""

    kind: ClassVar[str] = "policies.exception_approved"
    approver_id: UUID
    completes: bool
    until: date
    is_extension: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRefused(_OfException):
    """The request, or its extension, was refused."""

    kind: ClassVar[str] = "policies.exception_refused"
    is_extension: bool
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionWithdrawn(_OfException):
    """Whoever asked for it took the request back."""

    kind: ClassVar[str] = "policies.exception_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRequested(_OfException):
    """A later last day is asked for."""

    kind: ClassVar[str] = "policies.extension_requested"
    until: date
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRevoked(_OfException):
    """It holds no more, before its time."""

    kind: ClassVar[str] = "policies.exception_revoked"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionExpired(_OfException):
    """Its last day is over and nobody renewed it; the finding says what follows."""

    kind: ClassVar[str] = "policies.exception_expired"
    ends_on: date
    finding_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRun(Record):
    run_id: UUID
    document_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (run_subject(self.run_id), document_subject(self.document_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(_OfRun):
    """A procedure is gone through, by the version with this digest."""

    kind: ClassVar[str] = "policies.run_started"
    number: str
    version_id: UUID
    digest: str
    unit_id: UUID
    steps: int
    due_on: date
    cadence_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSettled(_OfRun):
    """A step was done, left out, or done otherwise; or it is open again."""

    kind: ClassVar[str] = "policies.step_settled"
    position: int
    step: str
    step_state: StepState
    evidence_ids: tuple[UUID, ...]
    note: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(_OfRun):
    """Every step is settled."""

    kind: ClassVar[str] = "policies.run_finished"
    on_time: bool
    steps: int
    skipped: int
    deviated: int
    finding_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAbandoned(_OfRun):
    """The run is not gone through to its end."""

    kind: ClassVar[str] = "policies.run_abandoned"
    settled: int
    steps: int
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceSet(Record):
    """The procedure is run again every so many days."""

    kind: ClassVar[str] = "policies.cadence_set"
    cadence_id: UUID
    document_id: UUID
    unit_id: UUID
    every_days: int
    due_days: int
    next_on: date
    is_paused: bool

    def subjects(self) -> tuple[str, ...]:
        return (document_subject(self.document_id),)
