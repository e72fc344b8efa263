"""Words of standing: what the checks say about a requirement, what a person says, and how far the two differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType
from uuid import UUID

from burgrave.assurance.terms.frameworks import RequirementRow
from burgrave.assurance.terms.measures import CheckId, MeasureId, RunId
from burgrave.assurance.terms.shared import NOTE_MAX
from burgrave.engines.standing import CheckState, Divergence, MeasureState, Result, Standing
from burgrave.web.errors import BadInput

AssertionId = NewType("AssertionId", UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionDraft:
    """How a person says that a requirement stands, why, and until when it may be relied on."""

    standing: Standing
    reason: str
    expires_on: date

    def __post_init__(self) -> None:
        if not 0 < len(self.reason.strip()) <= NOTE_MAX:
            raise BadInput(
                "say why it stands so, in at most %(most)s characters; an assertion without a reason helps nobody",
                words={"most": str(NOTE_MAX)},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a person asserted; it speaks until ``expires_on``, that day included, or until it was withdrawn."""

    assertion_id: AssertionId
    standing: Standing
    reason: str
    by: str
    at: datetime
    expires_on: date
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """A requirement with how it stands on a day."""

    requirement: RequirementRow
    derived: Standing
    asserted: Standing | None
    divergence: Divergence


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReason:
    """A check behind a standing, with the run that it speaks by and the evidence that this run left."""

    check_id: CheckId
    number: str
    title: str
    state: CheckState
    run_id: RunId | None
    ran_at: datetime | None
    result: Result | None
    valid_until: date | None
    note: str
    evidence: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureReason:
    """A measure behind a standing. ``number`` is empty where the reader does not see its unit."""

    measure_id: MeasureId
    number: str
    name: str
    state: MeasureState
    is_deciding: bool
    checks: tuple[CheckReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """How a requirement stands on a day, and why. ``unproven`` are clauses that answer it and that nothing proves."""

    on: date
    is_in_force: bool
    derived: Standing
    asserted: Assertion | None
    divergence: Divergence
    measures: tuple[MeasureReason, ...]
    unproven: tuple[RequirementRow, ...]
    findings: tuple[tuple[UUID, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRequirement:
    """What an asset is required to fulfil, which measures cover it there, and whether that is enough.

    ``changed`` are the parameters that changed at ``asked_since``, each with its value before and after.
    """

    requirement: RequirementRow
    standing: Standing
    why: tuple[str, ...]
    measures: tuple[tuple[MeasureId, str, str, MeasureState], ...]
    findings: int
    asked_since: datetime | None = None
    changed: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_gap(self) -> bool:
        return self.standing is not Standing.MET
