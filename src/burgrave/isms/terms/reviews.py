"""Words of the management review (ISO/IEC 27001:2022, 9.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from burgrave.isms.terms import TEXT_MAX, TITLE_MAX
from burgrave.isms.terms.meetings import DecisionRow
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

ReviewId = NewType("ReviewId", UUID)
LONGEST_PERIOD_DAYS = 1_100


class ReviewState(StrEnum):
    """``HELD``: the inputs are frozen, decisions are taken; ``APPROVED``: closed and signed."""

    PLANNED = "planned"
    HELD = "held"
    APPROVED = "approved"


class Input(StrEnum):
    """What a management review considers, by the letters of 9.3.2."""

    ACTIONS = "a"
    ISSUES = "b"
    PARTIES = "c"
    NONCONFORMITIES = "d1"
    MEASUREMENTS = "d2"
    AUDITS = "d3"
    OBJECTIVES = "d4"
    FEEDBACK = "e"
    RISKS = "f"
    OPPORTUNITIES = "g"


class Tone(StrEnum):
    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    ACT = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A figure: a sentence of the catalogue that names it, its value, its sample and where it opens.

    ``name`` is English of ours, said in the reader's language when it is shown; ``value`` is plain.
    """

    name: str
    value: str
    unit: str = ""
    sample: str = ""
    href: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing of an input: what it is called, how it stands as a word of ours, and where it opens."""

    title: str
    number: str = ""
    state: str = ""
    note: str = ""
    on: date | None = None
    href: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One input. ``text`` is what people wrote; ``missing`` says that nothing can be read for it."""

    input: Input
    facts: tuple[Fact, ...] = ()
    entries: tuple[Entry, ...] = ()
    text: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDraft:
    """What a review looks at; feedback and opportunities are written by people (9.3.2 e and g)."""

    title: str
    unit_id: UnitId
    period_from: date
    period_to: date
    planned_on: date
    feedback: str = ""
    opportunities: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > TITLE_MAX:
            raise BadInput("a review has a title of 1 to %(most)s characters", words={"most": str(TITLE_MAX)})
        if not self.period_from <= self.period_to or (self.period_to - self.period_from).days > LONGEST_PERIOD_DAYS:
            raise BadInput("a review looks at a period that ends after it begins, three years at most")
        if max(len(self.feedback), len(self.opportunities)) > TEXT_MAX:
            raise BadInput("a text has at most %(most)s characters", words={"most": str(TEXT_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConclusionDraft:
    """Who was there, and what follows for the suitability, adequacy and effectiveness of the system (9.3.3)."""

    attendees: tuple[PersonId, ...]
    text: str

    def __post_init__(self) -> None:
        if not self.attendees:
            raise BadInput("a review has somebody who holds it", mend="Choose who was there.")
        if not self.text.strip() or len(self.text) > TEXT_MAX:
            raise BadInput("a conclusion has 1 to %(most)s characters", words={"most": str(TEXT_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    review_id: ReviewId
    number: str
    title: str
    unit_id: UnitId
    unit_name: str
    period_from: date
    period_to: date
    planned_on: date
    state: ReviewState
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """``sections`` are live until it is held, then those that were frozen."""

    row: ReviewRow
    feedback: str
    opportunities: str
    sections: tuple[Section, ...]
    inputs_digest: str
    held_at: datetime | None
    attendees: tuple[tuple[PersonId, str], ...]
    conclusion: str
    writers: frozenset[PersonId]
    digest: str
    approved_at: datetime | None
    approved_by: str
    decisions: tuple[DecisionRow, ...] = field(default=())
