"""Words of exceptions: events that a rule finds and that are expected here, for a reason and until a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from burgrave.web.terms import PersonId, UnitId

RuleExceptionId = NewType("RuleExceptionId", UUID)

TRIAGE: Final = "incidents.triage"
MOST_CONDITIONS: Final = 10
VALUE_MAX: Final = 1_000
LONGEST_DAYS: Final = 365
"""An exception holds a year at most; then somebody looks at it again."""
SOON_DAYS: Final = 7
EFFECT_DAYS: Final = 30
"""An exception that left out nothing for so long, or every match, is looked at again."""
MOST_IS_CHANCE: Final = 20
"""Matches of the rule up to which leaving out all of them says nothing."""


def tally_key(exception_id: UUID) -> str:
    """What the exception is called where it is handed down, and where what it leaves out is counted."""
    return f"exception-{exception_id}.yml"


def rule_exception_subject(exception_id: UUID) -> str:
    return f"detection.exception:{exception_id}"


class RuleExceptionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Comparison(StrEnum):
    """How a field's text is compared, letter case aside; the names are Sigma's modifiers, and *is* is none."""

    IS = "is"
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    ENDSWITH = "endswith"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A field of the event and the text that it must hold, to be expected."""

    field: str
    comparison: Comparison
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOfException:
    """The rule that an exception is for, as its text names it."""

    rule_id: str
    title: str
    product: str = ""
    category: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFacts:
    """What a person types: all of the conditions hold for an expected event."""

    rule: RuleOfException
    conditions: tuple[Condition, ...]
    reason: str
    owner_id: PersonId
    ends_on: date
    unit_id: UnitId
    alert_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFilterBy:
    states: tuple[RuleExceptionState, ...] = ()
    rule_id: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Of the ``kept`` newest matches of the rule the exception would have left out ``removed``.

    Of ``unjudged`` matches a field that the exception asks for was not kept.
    """

    removed: int
    kept: int
    unjudged: int = 0

    @property
    def is_all(self) -> bool:
        return self.kept > 0 and self.removed == self.kept


class Effect(StrEnum):
    """What an exception that holds was seen to do: as meant, or so that somebody should look at it."""

    SOME = "some"
    EVERYTHING = "everything"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionEffect:
    """What an exception left out of its rule's matches in ``days``, by the day on which the events were read."""

    days: int
    left_out: int
    of: int
    last_on: date | None
    by_day: tuple[tuple[date, int], ...] = ()
    effect: Effect = Effect.SOME


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExceptionRow:
    exception_id: RuleExceptionId
    rule: RuleOfException
    conditions: tuple[Condition, ...]
    reason: str
    state: RuleExceptionState
    unit_id: UnitId
    unit_name: str
    owner_id: PersonId
    owner_name: str
    author_id: PersonId | None
    author_name: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: str
    ends_on: date
    alert_id: UUID | None
    source: str
    version: int

    @property
    def said(self) -> str:
        """The conditions in one line."""
        return " · ".join(f"{each.field} {each.comparison} {each.value}" for each in self.conditions)
