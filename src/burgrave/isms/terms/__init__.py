"""Words of the management system.

*Context*, *issue*, *interested party*, *scope*, *objective*, *management review* as in ISO/IEC 27001:2022
(= GB/T 22080-2025), clauses 4.1, 4.2, 4.3, 6.2 and 9.3; *indicator* as *measure* in ISO/IEC 27004:2016. A *statement*
is one thing that the management system says of itself: an issue, a party, the scope, an objective, an indicator, or who
answers for a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NewType, TypeAlias
from uuid import UUID

from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

StatementId = NewType("StatementId", UUID)
ReadingId = NewType("ReadingId", UUID)

READ, EDIT, APPROVE = "isms.read", "isms.edit", "isms.approve"
TITLE_MAX, TEXT_MAX, LINE_MAX, UNIT_OF_MEASURE_MAX = 200, 20_000, 500, 40
MOST_LINES, MOST_REVIEW_DAYS = 200, 3_650
LARGEST_VALUE = Decimal(10) ** 12
DECIMAL_PLACES = 6


class Kind(StrEnum):
    ISSUE = "issue"
    PARTY = "party"
    SCOPE = "scope"
    OBJECTIVE = "objective"
    INDICATOR = "indicator"
    PROCESS = "process"


PREFIXES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.ISSUE: "ISS",
        Kind.PARTY: "PTY",
        Kind.SCOPE: "SCP",
        Kind.OBJECTIVE: "OBJ",
        Kind.INDICATOR: "IND",
        Kind.PROCESS: "PRC",
    }
)


class StatementState(StrEnum):
    """``CHANGED``: a version is approved and holds, a newer one waits for approval."""

    DRAFT = "draft"
    CHANGED = "changed"
    APPROVED = "approved"
    RETIRED = "retired"


class Origin(StrEnum):
    INTERNAL = "internal"
    EXTERNAL = "external"


class Topic(StrEnum):
    """What an issue is about."""

    LAW = "law"
    MARKET = "market"
    TECHNOLOGY = "technology"
    THREATS = "threats"
    SUPPLIERS = "suppliers"
    ENVIRONMENT = "environment"
    STRATEGY = "strategy"
    PEOPLE = "people"
    PROCESSES = "processes"
    RESOURCES = "resources"


class Effect(StrEnum):
    """What an issue may bring (ISO/IEC 27001:2022, 6.1.1)."""

    RISK = "risk"
    OPPORTUNITY = "opportunity"
    BOTH = "both"


class Relation(StrEnum):
    """Who an interested party is."""

    CUSTOMER = "customer"
    AUTHORITY = "authority"
    OWNER = "owner"
    STAFF = "staff"
    SUPPLIER = "supplier"
    PARTNER = "partner"
    INSURER = "insurer"
    PUBLIC = "public"


class Direction(StrEnum):
    """On which side of its target an indicator is good."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Duty(StrEnum):
    """The letters of a responsibility matrix: responsible, accountable, consulted, informed."""

    RESPONSIBLE = "R"
    ACCOUNTABLE = "A"
    CONSULTED = "C"
    INFORMED = "I"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who bears a duty: a role of the organisation or one person; exactly one of the two is given."""

    role: str = ""
    person_id: PersonId | None = None

    def __post_init__(self) -> None:
        if bool(self.role) == (self.person_id is not None):
            raise BadInput("a duty is borne by a role or by a person")

    @property
    def key(self) -> str:
        return f"role:{self.role}" if self.role else f"person:{self.person_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What lies within or around the organisation and bears on its security (4.1)."""

    origin: Origin
    topic: Topic
    effect: Effect
    text: str

    def __post_init__(self) -> None:
        _must_be_text(self.text)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a list with what belongs to it: a requirement and how it is met, an exclusion and its reason."""

    text: str
    note: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip() or max(len(self.text), len(self.note)) > LINE_MAX:
            raise BadInput("each line has 1 to %(most)s characters on either side", words={"most": str(LINE_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody with an interest, and what they require (4.2); the note of a line says how it is met."""

    relation: Relation
    text: str
    requirements: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        _must_be_text(self.text)
        _must_be_few(self.requirements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the management system covers and where it ends (4.3); an exclusion has its reason as note."""

    text: str
    units: tuple[UnitId, ...] = ()
    locations: tuple[Line, ...] = ()
    services: tuple[Line, ...] = ()
    interfaces: tuple[Line, ...] = ()
    exclusions: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        _must_be_text(self.text)
        for lines in (self.units, self.locations, self.services, self.interfaces, self.exclusions):
            _must_be_few(lines)
        for each in self.exclusions:
            if not each.note.strip():
                raise BadInput(
                    "an exclusion has a reason, and %(what)s has none",
                    words={"what": each.text},
                    mend="Write the reason behind a bar, such as: Sales office Lyon | uses no system of ours.",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is to be reached, by when and with what (6.2); its indicators measure it."""

    text: str
    means: str = ""
    due_on: date | None = None

    def __post_init__(self) -> None:
        _must_be_text(self.text)
        _must_be_text(self.means)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """How an objective is measured (9.1). ``source`` is empty for readings by hand, else a name of ``SOURCES``.

    A reading older than ``every_days`` days is stale.
    """

    objective_id: StatementId
    unit_of_measure: str
    direction: Direction
    target: Decimal
    every_days: int
    source: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        _must_be_text(self.text)
        must_be_value(self.target)
        if not 0 < len(self.unit_of_measure.strip()) <= UNIT_OF_MEASURE_MAX:
            raise BadInput(
                "a unit of measure has 1 to %(most)s characters, such as hours or incidents",
                words={"most": str(UNIT_OF_MEASURE_MAX)},
            )
        if not 1 <= self.every_days <= MOST_REVIEW_DAYS:
            raise BadInput("an indicator is read every 1 to 3650 days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Who answers for a process (5.3). Nobody accountable yet is a gap, and a draft may have gaps."""

    text: str = ""
    accountable: Bearer | None = None
    responsible: tuple[Bearer, ...] = ()
    consulted: tuple[Bearer, ...] = ()
    informed: tuple[Bearer, ...] = ()

    def __post_init__(self) -> None:
        _must_be_text(self.text)
        for bearers in (self.responsible, self.consulted, self.informed):
            _must_be_few(bearers)
            if len(set(bearers)) != len(bearers):
                raise BadInput("somebody bears the same duty twice")

    def duties(self) -> tuple[tuple[Bearer, Duty], ...]:
        """Each bearer with each duty, the accountable one first."""
        first = ((self.accountable, Duty.ACCOUNTABLE),) if self.accountable else ()
        rest = (
            (Duty.RESPONSIBLE, self.responsible),
            (Duty.CONSULTED, self.consulted),
            (Duty.INFORMED, self.informed),
        )
        return (*first, *((bearer, duty) for duty, bearers in rest for bearer in bearers))


Content: TypeAlias = Issue | Party | Scope | Objective | Indicator | Process
KINDS: Mapping[type, Kind] = MappingProxyType(
    {
        Issue: Kind.ISSUE,
        Party: Kind.PARTY,
        Scope: Kind.SCOPE,
        Objective: Kind.OBJECTIVE,
        Indicator: Kind.INDICATOR,
        Process: Kind.PROCESS,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDraft:
    """A statement as people write it. Raises BadInput."""

    title: str
    unit_id: UnitId
    content: Content
    owner_id: PersonId | None = None
    review_every_days: int = 365

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > TITLE_MAX:
            raise BadInput("a title has 1 to %(most)s characters", words={"most": str(TITLE_MAX)})
        if not 1 <= self.review_every_days <= MOST_REVIEW_DAYS:
            raise BadInput("a statement is reviewed every 1 to 3650 days")

    @property
    def kind(self) -> Kind:
        return KINDS[type(self.content)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingDraft:
    """A value of an indicator on a day; ``sample_size`` is what it was computed from, where that was counted."""

    on: date
    value: Decimal
    sample_size: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        must_be_value(self.value)
        _must_be_text(self.note)
        if self.sample_size is not None and not 0 <= self.sample_size <= int(LARGEST_VALUE):
            raise BadInput("a sample has a size of 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFilter:
    """How a list of statements is narrowed."""

    text: str = ""
    kinds: tuple[Kind, ...] = ()
    states: tuple[StatementState, ...] = ()
    units: tuple[UUID, ...] = field(default=())
    overdue: bool = False


def must_be_value(value: Decimal) -> None:
    """Return when the number can be kept exactly. Raises BadInput."""
    if not value.is_finite() or abs(value) > LARGEST_VALUE:
        raise BadInput("a value is a number of at most twelve digits before the point")
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMAL_PLACES:
        raise BadInput("a value has at most six digits after the point")


def _must_be_text(text: str) -> None:
    if len(text) > TEXT_MAX:
        raise BadInput("a text has at most %(most)s characters", words={"most": str(TEXT_MAX)})


def _must_be_few(lines: tuple[object, ...]) -> None:
    if len(lines) > MOST_LINES:
        raise BadInput("a list has at most %(most)s lines", words={"most": str(MOST_LINES)})
