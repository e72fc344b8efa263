"""Words of the committee: members and terms, meetings, minutes, decisions (ISO/IEC 27001:2022, 5.1, 5.3 and 7.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from burgrave.isms.terms import LINE_MAX, MOST_LINES, MOST_REVIEW_DAYS, TEXT_MAX, TITLE_MAX, Line
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

CommitteeId = NewType("CommitteeId", UUID)
MemberId = NewType("MemberId", UUID)
MeetingId = NewType("MeetingId", UUID)
DecisionId = NewType("DecisionId", UUID)
MOST_MEMBERS = 100


class Function(StrEnum):
    CHAIR = "chair"
    SECRETARY = "secretary"
    MEMBER = "member"


class MeetingState(StrEnum):
    """``HELD``: there are minutes, which somebody else than their writer must approve."""

    PLANNED = "planned"
    HELD = "held"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class DecisionState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class ItemKind(StrEnum):
    """Why something stands on an agenda."""

    OWN = "own"
    DECISION = "decision"
    APPROVAL = "approval"
    REVIEW = "review"
    INDICATOR = "indicator"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeDraft:
    """A committee meets about every ``every_days`` days and decides with ``quorum`` members or more."""

    name: str
    unit_id: UnitId
    quorum: int
    every_days: int = 90

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > TITLE_MAX:
            raise BadInput("a committee has a name of 1 to %(most)s characters", words={"most": str(TITLE_MAX)})
        if not 1 <= self.quorum <= MOST_MEMBERS:
            raise BadInput("a quorum is 1 to %(most)s members", words={"most": str(MOST_MEMBERS)})
        if not 1 <= self.every_days <= MOST_REVIEW_DAYS:
            raise BadInput("a committee meets every 1 to 3650 days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Somebody is a member from a day, until a day where that is known; both days belong to it."""

    person_id: PersonId
    function: Function
    from_on: date
    until_on: date | None = None

    def __post_init__(self) -> None:
        if self.until_on is not None and self.until_on < self.from_on:
            raise BadInput("a term ends on the day on which it begins, or later")

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)

    def meets(self, other: Term) -> bool:
        """Whether both terms share a day."""
        return (other.until_on is None or self.from_on <= other.until_on) and (
            self.until_on is None or other.from_on <= self.until_on
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """``key`` is the identifier of what it is about, ``number`` its number; both empty for an item of one's own."""

    kind: ItemKind
    title: str
    note: str = ""
    number: str = ""
    key: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDraft:
    planned_at: datetime
    place: str = ""
    items: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        if len(self.place) > LINE_MAX:
            raise BadInput("a place has at most %(most)s characters", words={"most": str(LINE_MAX)})
        if len(self.items) > MOST_LINES:
            raise BadInput("an agenda has at most %(most)s items", words={"most": str(MOST_LINES)})


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesDraft:
    """Who of the members was there, and what was said."""

    present: tuple[PersonId, ...]
    text: str

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > TEXT_MAX:
            raise BadInput("minutes have 1 to %(most)s characters", words={"most": str(TEXT_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDraft:
    """What was decided, who carries it out, and until when."""

    text: str
    owner_id: PersonId
    due_on: date

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > TEXT_MAX:
            raise BadInput("a decision has 1 to %(most)s characters", words={"most": str(TEXT_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    member_id: MemberId
    name: str
    term: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeRow:
    committee_id: CommitteeId
    name: str
    unit_id: UnitId
    unit_name: str
    quorum: int
    every_days: int
    members: int
    next_on: date | None
    version: int
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRow:
    meeting_id: MeetingId
    number: str
    committee_id: CommitteeId
    committee_name: str
    unit_id: UnitId
    planned_at: datetime
    place: str
    state: MeetingState
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """``origin`` is the number of the meeting or review that decided it."""

    decision_id: DecisionId
    number: str
    text: str
    unit_id: UnitId
    unit_name: str
    owner_id: PersonId
    owner_name: str
    due_on: date
    state: DecisionState
    outcome: str
    closed_at: datetime | None
    closed_by: str
    made_at: datetime
    made_by: str
    meeting_id: MeetingId | None
    review_id: UUID | None
    origin: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeView:
    row: CommitteeRow
    members: tuple[MemberRow, ...]
    meetings: tuple[MeetingRow, ...]
    decisions: tuple[DecisionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView:
    """``members`` are those on its day; ``has_quorum`` says whether enough of them were present."""

    row: MeetingRow
    agenda: tuple[AgendaItem, ...]
    members: tuple[MemberRow, ...]
    present: frozenset[PersonId]
    quorum: int
    minutes: str
    written_by: str
    written_by_id: PersonId | None
    digest: str
    held_at: datetime | None
    approved_at: datetime | None
    approved_by: str
    cancelled_reason: str
    decisions: tuple[DecisionRow, ...]

    @property
    def has_quorum(self) -> bool:
        return len(self.present) >= self.quorum


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    states: tuple[DecisionState, ...] = ()
    owner_id: PersonId | None = None
    overdue: bool = False
    text: str = ""
