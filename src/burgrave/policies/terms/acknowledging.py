"""Words of acknowledgement: who is asked to confirm a document, what they saw, and what they confirmed.

*Acknowledgement* as in ISO/IEC 27001:2022, A.5.1: policies are communicated to those whom they concern, and
acknowledged by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from burgrave.engines.norms import Kind
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

AskId = NewType("AskId", UUID)

MOST_PARTS = 20
MOST_QUESTIONS, FEWEST_CHOICES, MOST_CHOICES, QUESTION_MAX, CHOICE_MAX = 20, 2, 8, 500, 300
MOST_ATTEMPTS = 20
LONGEST_DUE_DAYS = 366


class AudienceKind(StrEnum):
    """``OWNERS`` are those who own assets of a type."""

    EVERYBODY = "everybody"
    UNIT = "unit"
    ROLE = "role"
    OWNERS = "owners"


class AskState(StrEnum):
    """How one person stands to one document. ``ENDED``: they left, or the document concerns them no more."""

    OPEN = "open"
    OVERDUE = "overdue"
    CONFIRMED = "confirmed"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why somebody is asked no more."""

    LEFT = "left"
    OUTSIDE = "outside"
    REPLACED = "replaced"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudiencePart:
    """One rule of an audience; a person belongs to the audience whom any of its parts takes in. Raises BadInput."""

    kind: AudienceKind
    unit_id: UnitId | None = None
    with_below: bool = True
    role: str = ""
    asset_type: str = ""

    def __post_init__(self) -> None:
        if self.kind is AudienceKind.UNIT and self.unit_id is None:
            raise BadInput("an audience by unit names the unit", mend="Choose a unit.")
        if self.kind is AudienceKind.ROLE and not self.role:
            raise BadInput("an audience by role names the role", mend="Choose a role.")
        if self.kind is AudienceKind.OWNERS and not self.asset_type:
            raise BadInput("an audience of owners names the type of asset", mend="Choose a type of asset.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """When an acknowledgement is due, and who is reminded when. Days count from the asking and from the due day.

    Reminders go out ``remind_before_days`` before the due day, on it, and every ``repeat_days`` after it; the head
    of the unit is told once, ``escalate_after_days`` after it. Raises BadInput.
    """

    due_days: int = 14
    remind_before_days: tuple[int, ...] = (7, 1)
    repeat_days: int = 7
    escalate_after_days: int = 7

    def __post_init__(self) -> None:
        if not 1 <= self.due_days <= LONGEST_DUE_DAYS:
            raise BadInput(
                "an acknowledgement is due after 1 to %(most)s days, got %(days)s",
                words={"most": str(LONGEST_DUE_DAYS), "days": str(self.due_days)},
            )
        if any(not 1 <= each <= self.due_days for each in self.remind_before_days):
            raise BadInput(
                "a reminder before the due day goes out 1 to %(most)s days before it",
                words={"most": str(self.due_days)},
            )
        if self.repeat_days < 1 or self.escalate_after_days < 1:
            raise BadInput("reminders after the due day, and the word to the head of the unit, are at least 1 day away")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its choices; ``right`` are the places of the right ones, from 0. Raises BadInput."""

    text: str
    choices: tuple[str, ...]
    right: frozenset[int]

    def __post_init__(self) -> None:
        if not 0 < len(self.text.strip()) <= QUESTION_MAX:
            raise BadInput("a question has 1 to %(most)s characters", words={"most": str(QUESTION_MAX)})
        if not FEWEST_CHOICES <= len(self.choices) <= MOST_CHOICES:
            raise BadInput("a question has 2 to %(most)s choices", words={"most": str(MOST_CHOICES)})
        if any(not 0 < len(each.strip()) <= CHOICE_MAX for each in self.choices):
            raise BadInput("a choice has 1 to %(most)s characters", words={"most": str(CHOICE_MAX)})
        if not self.right or not self.right <= set(range(len(self.choices))):
            raise BadInput("a question has at least one right choice, and it is among the choices")

    @property
    def has_several(self) -> bool:
        return len(self.right) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    """Short questions before the acknowledgement. ``pass_mark`` counts right answers; ``attempts`` 0 is no limit."""

    questions: tuple[Question, ...]
    pass_mark: int
    attempts: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.questions) <= MOST_QUESTIONS:
            raise BadInput("a quiz has 1 to %(most)s questions", words={"most": str(MOST_QUESTIONS)})
        if not 1 <= self.pass_mark <= len(self.questions):
            raise BadInput(
                "the pass mark counts right answers: 1 to %(most)s", words={"most": str(len(self.questions))}
            )
        if not 0 <= self.attempts <= MOST_ATTEMPTS:
            raise BadInput("attempts are 0 (no limit) to %(most)s", words={"most": str(MOST_ATTEMPTS)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The version of a document that is in force, as the reader sees it."""

    version_id: UUID
    number: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFacts:
    """What a rule must know of one person's ask. ``ended_at`` is None while the person is asked."""

    person_id: PersonId
    confirmed_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """``right`` of ``questions``; it is enough from ``needed`` on. ``attempts_left`` is None without a limit."""

    right: int
    questions: int
    needed: int
    attempts_left: int | None

    @property
    def is_enough(self) -> bool:
        return self.right >= self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of those asked have confirmed. ``ratio`` is None where nobody is asked."""

    asked: int
    confirmed: int
    overdue: int = 0
    opened: int = 0

    @property
    def ratio(self) -> float | None:
        return self.confirmed / self.asked if self.asked else None

    @property
    def open(self) -> int:
        return self.asked - self.confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate:
    """The rate of a unit, a role or a document; ``key`` identifies it."""

    key: str
    name: str
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """A document that one person must know, as the person's own page shows it."""

    ask_id: AskId
    document_id: UUID
    identifier: str
    title: str
    titles: Mapping[str, str]
    kind: Kind
    number: str
    state: AskState
    asked_at: datetime
    due_on: date
    opened_at: datetime | None
    confirmed_at: datetime | None
    confirmed_number: str
    confirmed_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyText:
    """A document that one person is asked to confirm, with its text. ``digest`` is what they would confirm."""

    row: DutyRow
    version_id: UUID
    digest: str
    title: str
    source: str
    language: str
    languages: tuple[str, ...]
    variables: Mapping[str, str]
    effective_on: date | None
    summary: str
    quiz: Quiz | None
    attempts: int
    is_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What one person must know and confirm: due first. ``history`` holds what was replaced or ended too."""

    open: tuple[DutyRow, ...]
    known: tuple[DutyRow, ...]
    history: tuple[DutyRow, ...]

    @property
    def rate(self) -> Rate:
        late = sum(each.state is AskState.OVERDUE for each in self.open)
        return Rate(asked=len(self.open) + len(self.known), confirmed=len(self.known), overdue=late)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRow:
    """One person's ask as those who oversee it see it."""

    ask_id: AskId
    document_id: UUID
    document: str
    title: str
    person_id: PersonId
    name: str
    unit_id: UUID
    unit_name: str
    state: AskState
    asked_at: datetime
    due_on: date
    opened_at: datetime | None
    confirmed_at: datetime | None
    number: str
    digest: str
    attempts: int
    has_ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFilter:
    """What the list of asks is cut down to; empty means everything."""

    document_id: UUID | None = None
    units: tuple[UUID, ...] = ()
    states: tuple[AskState, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceView:
    """The audience of a document with its head count now. ``version`` 0 says that nobody has set it yet."""

    parts: tuple[AudiencePart, ...] = ()
    people: int = 0
    cadence: Cadence = Cadence()
    version: int = 0
