"""What the domain appends to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from burgrave.isms.terms import Kind
from burgrave.isms.terms.applicability import Applies
from burgrave.isms.terms.meetings import DecisionState, Function
from burgrave.ledger.terms import Record, Sealed


def statement_subject(statement_id: UUID) -> str:
    return f"isms.statement:{statement_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfStatement(Record):
    statement_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (statement_subject(self.statement_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementWritten(_OfStatement):
    """A version of a statement exists; ``digest`` is the SHA-256 of its canonical form."""

    kind: ClassVar[str] = "isms.statement_written"
    statement_kind: Kind
    version: int
    digest: str
    title: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementApproved(_OfStatement):
    """The version with this digest holds (ISO/IEC 27001:2022, 7.5.2)."""

    kind: ClassVar[str] = "isms.statement_approved"
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReviewed(_OfStatement):
    """Somebody confirmed that what holds is still true."""

    kind: ClassVar[str] = "isms.statement_reviewed"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRetired(_OfStatement):
    """The statement holds no more; its versions are kept."""

    kind: ClassVar[str] = "isms.statement_retired"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTaken(_OfStatement):
    """An indicator had this value on the day."""

    kind: ClassVar[str] = "isms.reading_taken"
    reading_id: UUID
    on: date
    value: str
    sample_size: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingWithdrawn(_OfStatement):
    """A reading was wrong and counts no more; it is kept."""

    kind: ClassVar[str] = "isms.reading_withdrawn"
    reading_id: UUID
    on: date
    reason: Sealed


def committee_subject(committee_id: UUID) -> str:
    return f"isms.committee:{committee_id}"


def meeting_subject(meeting_id: UUID) -> str:
    return f"isms.meeting:{meeting_id}"


def decision_subject(decision_id: UUID) -> str:
    return f"isms.decision:{decision_id}"


def review_subject(review_id: UUID) -> str:
    return f"isms.review:{review_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfCommittee(Record):
    committee_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (committee_subject(self.committee_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeSet(_OfCommittee):
    """A committee exists with this quorum, or was changed."""

    kind: ClassVar[str] = "isms.committee_set"
    quorum: int
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSeated(_OfCommittee):
    """Somebody is a member in these days."""

    kind: ClassVar[str] = "isms.member_seated"
    member_id: UUID
    person_id: UUID
    function: Function
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermEnded(_OfCommittee):
    """The term of a member ends on the day."""

    kind: ClassVar[str] = "isms.term_ended"
    member_id: UUID
    until_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMeeting(Record):
    meeting_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (meeting_subject(self.meeting_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlanned(_OfMeeting):
    """A meeting is planned, and its agenda assembled."""

    kind: ClassVar[str] = "isms.meeting_planned"
    committee_id: UUID
    planned_at: datetime
    items: int
    own_items: int

    def subjects(self) -> tuple[str, ...]:
        return (meeting_subject(self.meeting_id), committee_subject(self.committee_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingCancelled(_OfMeeting):
    """A planned meeting does not take place."""

    kind: ClassVar[str] = "isms.meeting_cancelled"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesWritten(_OfMeeting):
    """There are minutes; ``digest`` is the SHA-256 of their canonical form with agenda, attendance and decisions."""

    kind: ClassVar[str] = "isms.minutes_written"
    version: int
    digest: str
    present: int
    quorum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesApproved(_OfMeeting):
    """Somebody else than their writers approved the minutes with this digest."""

    kind: ClassVar[str] = "isms.minutes_approved"
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Record):
    """A meeting or a management review decided something."""

    kind: ClassVar[str] = "isms.decided"
    decision_id: UUID
    meeting_id: UUID | None
    review_id: UUID | None
    owner_id: UUID
    due_on: date
    text: Sealed

    def subjects(self) -> tuple[str, ...]:
        made = meeting_subject(self.meeting_id) if self.meeting_id else review_subject(self.review_id or UUID(int=0))
        return (decision_subject(self.decision_id), made)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionClosed(Record):
    """What was decided was done, or dropped."""

    kind: ClassVar[str] = "isms.decision_closed"
    decision_id: UUID
    state: DecisionState
    outcome: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (decision_subject(self.decision_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(Record):
    """A report went out as a file with this digest."""

    kind: ClassVar[str] = "isms.report_made"
    report: str
    about: str
    format: str
    sha256: str
    size_bytes: int

    def subjects(self) -> tuple[str, ...]:
        return (self.about,)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfFeed(Record):
    feed_id: UUID
    person_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (f"people.person:{self.person_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMade(_OfFeed):
    """Somebody made a secret address of their calendar; the secret is in no record."""

    kind: ClassVar[str] = "isms.feed_made"
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRevoked(_OfFeed):
    """The address opens nothing any more."""

    kind: ClassVar[str] = "isms.feed_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfReview(Record):
    review_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (review_subject(self.review_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPlanned(_OfReview):
    """A management review is planned for a period."""

    kind: ClassVar[str] = "isms.review_planned"
    period_from: date
    period_to: date
    planned_on: date
    title: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHeld(_OfReview):
    """The inputs of a management review are frozen; ``digest`` is of its whole, conclusion and decisions included."""

    kind: ClassVar[str] = "isms.review_held"
    version: int
    inputs_digest: str
    digest: str
    attendees: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewApproved(_OfReview):
    """Somebody else than its writers approved the review with this digest."""

    kind: ClassVar[str] = "isms.review_approved"
    digest: str
    inputs_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeft(Record):
    """What the made-up management system said is gone; the records about it stay, their texts erased."""

    kind: ClassVar[str] = "isms.sample_left"
    statements: int
    meetings: int
    reviews: int

    def subjects(self) -> tuple[str, ...]:
        return ("isms.sample:all",)


def soa_subject(framework_id: UUID) -> str:
    return f"isms.applicability:{framework_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfApplicability(Record):
    framework_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (soa_subject(self.framework_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicabilityDecided(_OfApplicability):
    """Somebody decided whether a requirement applies (ISO/IEC 27001:2022, 6.1.3 d)."""

    kind: ClassVar[str] = "isms.applicability_decided"
    requirement_id: UUID
    applies: Applies
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicabilityStated(_OfApplicability):
    """A version of the Statement of Applicability was generated; ``digest`` is of its canonical form."""

    kind: ClassVar[str] = "isms.applicability_stated"
    soa_id: UUID
    version: int
    digest: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicabilityApproved(_OfApplicability):
    """Somebody else than its writers approved the version with this digest; the key of the ledger signed that."""

    kind: ClassVar[str] = "isms.applicability_approved"
    soa_id: UUID
    version: int
    digest: str
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRated(_OfStatement):
    """An assessor said how mature a process is, and what shows it."""

    kind: ClassVar[str] = "isms.process_rated"
    rating_id: UUID
    level: int
    evidence: Sealed
