"""Words of standing: what the checks of measures say about requirements.

*Requirement*, *measure* (a control, ISO/IEC 27000:2018, 3.14) and *check* as in the plan of the house. *Effectiveness*
is the extent to which planned results are achieved (ISO/IEC 27000:2018, 3.20): here, whether the latest checks passed
and still speak for the day that is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Result(IntEnum):
    """How a run of a check ended. ``INCONCLUSIVE`` says nothing about the measure: the check itself could not run."""

    PASSED = 0
    FAILED = 1
    INCONCLUSIVE = 2


class Phase(IntEnum):
    """Where a measure is in its life. A retired one counts for nothing."""

    PLANNED = 0
    OPERATING = 1
    RETIRED = 2


class CheckState(IntEnum):
    """What a check says on a day."""

    PASSING = 0
    FAILING = 1
    STALE = 2
    INCONCLUSIVE = 3
    NEVER_RUN = 4


class MeasureState(IntEnum):
    """What a measure is known to do on a day."""

    EFFECTIVE = 0
    FAILING = 1
    STALE = 2
    UNPROVEN = 3
    PLANNED = 4
    RETIRED = 5


class Standing(IntEnum):
    """How a requirement stands, from the best to *nobody looked*; the order is that of ``better_than``."""

    MET = 0
    STALE = 1
    UNPROVEN = 2
    PARTLY_MET = 3
    NOT_MET = 4
    NOT_ASSESSED = 5

    def better_than(self, other: Standing) -> bool:
        return self < other


class Divergence(IntEnum):
    """What a person asserted, beside what the checks say."""

    NONE = 0
    OVERSTATED = 1
    UNDERSTATED = 2


@dataclass(frozen=True, slots=True)
class Run:
    """One run of check ``check`` (its index). It speaks for the days until ``valid_until``, that day included."""

    check: int
    ran_on: date
    result: Result
    valid_until: date


@dataclass(frozen=True, slots=True)
class Graph:
    """Who answers whom, all by index from 0.

    ``check_measure[c]`` is the measure that check ``c`` tests; ``answers`` are pairs (requirement, measure);
    ``phases[m]`` the phase of each measure. ``open_findings`` are requirements with a finding that nobody closed,
    once for each. ``outdated`` are pairs as in ``answers`` where the evidence of the measure is older than what the
    requirement asks: an effective measure counts as stale there.
    """

    requirements: int
    phases: tuple[Phase, ...]
    check_measure: tuple[int, ...]
    answers: tuple[tuple[int, int], ...]
    open_findings: tuple[int, ...] = ()
    outdated: frozenset[tuple[int, int]] = frozenset()

    def __post_init__(self) -> None:
        measures = len(self.phases)
        for name, values, end in (
            ("check_measure", self.check_measure, measures),
            ("answers (measure)", [measure for _, measure in self.answers], measures),
            ("answers (requirement)", [requirement for requirement, _ in self.answers], self.requirements),
            ("open_findings", self.open_findings, self.requirements),
            ("outdated (measure)", [measure for _, measure in self.outdated], measures),
            ("outdated (requirement)", [requirement for requirement, _ in self.outdated], self.requirements),
        ):
            if values and not 0 <= min(values) <= max(values) < end:
                raise ValueError(f"{name} holds {min(values)} to {max(values)}; expected indices from 0 to {end - 1}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureReason:
    """One measure behind a requirement's standing, with the checks that decided its state."""

    measure: int
    state: MeasureState
    checks: tuple[tuple[int, CheckState], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a requirement stands as it does: the measures that decided it first, then the others."""

    standing: Standing
    deciding: tuple[MeasureReason, ...]
    others: tuple[MeasureReason, ...]
    open_findings: int
