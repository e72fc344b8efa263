"""Words of measures, checks and runs.

*Control* is what ISO/IEC 27000:2018, 3.14 calls a measure that modifies risk; this project says *measure*. Its *scope*
are the assets that it protects. A run speaks for the days until ``valid_until``, that day included; after it the
evidence is stale.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NewType
from uuid import UUID

from burgrave.assets.terms import AssetType, Need
from burgrave.assurance.terms.findings import FindingSeverity, NamedAsset
from burgrave.assurance.terms.frameworks import RequirementRow
from burgrave.assurance.terms.shared import NOTE_MAX, TEXT_MAX, TITLE_MAX
from burgrave.engines.standing import CheckState, MeasureState, Phase, Result
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

MeasureId = NewType("MeasureId", UUID)
CheckId = NewType("CheckId", UUID)
RunId = NewType("RunId", UUID)

MOST_DAYS = 3_650
MOST_NAMED = 1_000
MOST_STEPS = 50
STEP_MAX = 300
MOST_MINOR = 10**15
CURRENCY_LETTERS = 3
HUNDREDTHS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The assets of a measure: those that are named, and those that fulfil all conditions that are given.

    ``units`` means the units with everything below them; ``tags`` any of the tags; ``need`` a rank in any dimension
    that is not 0. A scope without anything is no asset: such a measure belongs to the organisation.
    """

    units: tuple[UnitId, ...] = ()
    types: tuple[AssetType, ...] = ()
    tags: tuple[str, ...] = ()
    need: Need = field(default_factory=Need)
    assets: tuple[UUID, ...] = ()

    @property
    def has_conditions(self) -> bool:
        return bool(self.units or self.types or self.tags or self.need.highest)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureDraft:
    """A measure as people describe it; ``requirements`` are keys such as ``ISO27001:A.5.1``.

    The cost counts hundredths of ``currency`` (ISO 4217) a year; both or neither.
    """

    name: str
    unit_id: UnitId
    description: str = ""
    owner_id: PersonId | None = None
    phase: Phase = Phase.OPERATING
    yearly_cost_minor: int | None = None
    currency: str = ""
    scope: Scope = field(default_factory=Scope)
    requirements: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.name.strip()) <= TITLE_MAX or len(self.description) > TEXT_MAX:
            raise BadInput("a measure needs a name of at most %(most)s characters", words={"most": str(TITLE_MAX)})
        if (self.yearly_cost_minor is None) != (not self.currency):
            raise BadInput("a yearly cost is an amount with its currency; both or neither")
        letters = self.currency.isascii() and self.currency.isalpha() and self.currency.isupper()
        if self.currency and not (letters and len(self.currency) == CURRENCY_LETTERS):
            raise BadInput(
                "a currency has three letters as ISO 4217 writes them, such as EUR or CNY, got %(got)s",
                words={"got": repr(self.currency[:10])},
            )
        if self.yearly_cost_minor is not None and not 0 <= self.yearly_cost_minor <= MOST_MINOR:
            raise BadInput("a yearly cost is not negative, and less than ten billions")
        if len(self.scope.assets) > MOST_NAMED:
            raise BadInput(
                "a measure names at most %(most)s assets; use a tag or a unit for more", words={"most": str(MOST_NAMED)}
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDraft:
    """A check of a measure. ``automatic`` names a check that runs by itself; without it ``steps`` are for a person.

    A check is due ``cadence_days`` after its last run; what it finds speaks for ``valid_days`` from the day of the run.
    """

    measure_id: UUID
    title: str
    automatic: str = ""
    steps: tuple[str, ...] = ()
    owner_id: PersonId | None = None
    cadence_days: int = 30
    valid_days: int = 45
    severity: FindingSeverity = FindingSeverity.MINOR

    def __post_init__(self) -> None:
        if not 0 < len(self.title.strip()) <= TITLE_MAX:
            raise BadInput("a check needs a title of at most %(most)s characters", words={"most": str(TITLE_MAX)})
        if not 1 <= self.cadence_days <= MOST_DAYS or not self.cadence_days <= self.valid_days <= MOST_DAYS:
            raise BadInput(
                "a check runs every 1 to %(most)s days, and what it finds speaks at least until the next run; "
                "got every %(cadence)s days, valid for %(valid)s",
                words={"most": str(MOST_DAYS), "cadence": str(self.cadence_days), "valid": str(self.valid_days)},
            )
        if bool(self.automatic) == bool(self.steps):
            raise BadInput("a check either runs by itself or has a checklist for a person; name exactly one of the two")
        if len(self.steps) > MOST_STEPS or any(not 0 < len(step.strip()) <= STEP_MAX for step in self.steps):
            raise BadInput(
                "a checklist has at most %(most)s steps of 1 to %(long)s characters",
                words={"most": str(MOST_STEPS), "long": str(STEP_MAX)},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualRun:
    """What a person found: an answer to each step, in order, and what was seen. ``could_look`` False: inconclusive."""

    answers: tuple[bool, ...]
    note: str
    could_look: bool = True

    def __post_init__(self) -> None:
        if not 0 < len(self.note.strip()) <= NOTE_MAX:
            raise BadInput(
                "say what was looked at and what was seen, in at most %(most)s characters",
                words={"most": str(NOTE_MAX)},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """A measure as lists show it; ``state`` is of today."""

    measure_id: MeasureId
    number: str
    name: str
    unit_id: UnitId
    unit_name: str
    owner_name: str
    phase: Phase
    state: MeasureState
    yearly_cost_minor: int | None
    currency: str
    checks: int
    requirements: int
    version: int

    @property
    def yearly_cost(self) -> Decimal | None:
        """In units of the currency."""
        return None if self.yearly_cost_minor is None else Decimal(self.yearly_cost_minor) / HUNDREDTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run of a check. ``figures`` are counts by their English words; ``evidence`` counts what was kept of it."""

    run_id: RunId
    check_id: CheckId
    ran_at: datetime
    result: Result
    valid_until: date
    note: str
    figures: tuple[tuple[str, int], ...]
    answers: tuple[bool, ...]
    by: str
    evidence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """A check as lists show it. ``due_on`` is when it is to run next; ``state`` what it says today."""

    check_id: CheckId
    number: str
    title: str
    measure_id: MeasureId
    measure_number: str
    measure_name: str
    unit_id: UnitId
    unit_name: str
    automatic: str
    owner_id: PersonId | None
    owner_name: str
    cadence_days: int
    valid_days: int
    severity: FindingSeverity
    state: CheckState
    last_run_at: datetime | None
    valid_until: date | None
    due_on: date
    is_overdue: bool
    is_retired: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A check whole; ``runs`` are the newest of ``run_count``."""

    row: CheckRow
    steps: tuple[str, ...]
    runs: tuple[RunRow, ...]
    run_count: int
    finding: tuple[UUID, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureView:
    """A measure whole. ``covered`` counts the assets that it reaches; ``named`` are those that its scope names."""

    row: MeasureRow
    description: str
    owner_id: PersonId | None
    scope: Scope
    scope_units: tuple[str, ...]
    named: tuple[NamedAsset, ...]
    covered: int
    requirements: tuple[RequirementRow, ...]
    checks: tuple[CheckRow, ...]
