"""Standing computed whole, kept up to date run by run, and explained.

Plain loops over small integers: for 10,000 requirements, 2,000 measures and 20,000 checks arrays were tried and gained
nothing, since most of the time goes into looking at the runs once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from burgrave.engines.standing.terms import (
    CheckState,
    Divergence,
    Graph,
    MeasureReason,
    MeasureState,
    Phase,
    Result,
    Run,
    Standing,
    Why,
)

_DECIDING = {
    Standing.MET: {MeasureState.EFFECTIVE},
    Standing.STALE: {MeasureState.STALE},
    Standing.UNPROVEN: {MeasureState.UNPROVEN},
    Standing.PARTLY_MET: {MeasureState.FAILING, MeasureState.PLANNED},
    Standing.NOT_MET: {MeasureState.FAILING, MeasureState.PLANNED},
    Standing.NOT_ASSESSED: set[MeasureState](),
}
"""Which measures made a requirement stand as it does."""

_OF_CHECKS = (
    (CheckState.FAILING, MeasureState.FAILING),
    (CheckState.STALE, MeasureState.STALE),
    (CheckState.INCONCLUSIVE, MeasureState.STALE),
    (CheckState.NEVER_RUN, MeasureState.UNPROVEN),
    (CheckState.PASSING, MeasureState.EFFECTIVE),
)
"""The first check state that an operating measure has among its checks decides its own."""


def latest(runs: Iterable[Run], *, checks: int, on: date) -> dict[int, Run]:
    """The last run of each check up to the day, that day included; of several on one day the last in the given order.

    ``checks`` is how many there are. Raises ValueError for a run of a check that is not among them.
    """
    newest: dict[int, Run] = {}
    for run in runs:
        if not 0 <= run.check < checks:
            raise ValueError(f"a run of check {run.check}; there are checks 0 to {checks - 1}")
        known = newest.get(run.check)
        if run.ran_on <= on and (known is None or known.ran_on <= run.ran_on):
            newest[run.check] = run
    return newest


class Reading:
    """The standing of every requirement on one day, read off what each check says.

    A measure fails with one failing check, and is effective only when all of its checks pass and there is one. A
    requirement is met when all its measures that are not retired are effective, by evidence of what it asks now, and
    no finding is open. Raises ValueError unless there is one state for each check.
    """

    def __init__(self, graph: Graph, checks: Sequence[CheckState]) -> None:
        if len(checks) != len(graph.check_measure):
            raise ValueError(f"{len(checks)} states of checks; expected one for each of {len(graph.check_measure)}")
        self.graph = graph
        self._checks = list(checks)
        self._findings = Counter(graph.open_findings)
        self._tested_by: list[list[int]] = [[] for _ in graph.phases]
        for check, measure in enumerate(graph.check_measure):
            self._tested_by[measure].append(check)
        self._answered_by: list[list[int]] = [[] for _ in range(graph.requirements)]
        self._answers: list[list[int]] = [[] for _ in graph.phases]
        for requirement, measure in sorted(set(graph.answers)):
            self._answered_by[requirement].append(measure)
            self._answers[measure].append(requirement)
        self._measures = [self._measure_state(measure) for measure in range(len(graph.phases))]
        self._standings = [self._standing(requirement) for requirement in range(graph.requirements)]

    def __getitem__(self, requirement: int) -> Standing:
        return self._standings[requirement]

    def standings(self) -> tuple[Standing, ...]:
        """Of every requirement, by index."""
        return tuple(self._standings)

    def counts(self) -> Counter[Standing]:
        """How many requirements stand how."""
        return Counter(self._standings)

    def measure(self, measure: int) -> MeasureState:
        return self._measures[measure]

    def check(self, check: int) -> CheckState:
        return self._checks[check]

    def why(self, requirement: int) -> Why:
        """The measures and checks behind the standing of a requirement."""
        standing = self[requirement]
        wanted = _DECIDING[standing]
        reasons = [self._reason(requirement, measure) for measure in self._answered_by[requirement]]
        return Why(
            standing=standing,
            deciding=tuple(each for each in reasons if each.state in wanted),
            others=tuple(each for each in reasons if each.state not in wanted),
            open_findings=self._findings[requirement],
        )

    def _reason(self, requirement: int, measure: int) -> MeasureReason:
        checks = tuple((check, self._checks[check]) for check in self._tested_by[measure])
        return MeasureReason(measure=measure, state=self._here(requirement, measure), checks=checks)

    def _here(self, requirement: int, measure: int) -> MeasureState:
        return counts_as(self._measures[measure], is_outdated=(requirement, measure) in self.graph.outdated)

    def _measure_state(self, measure: int) -> MeasureState:
        return measure_by(self.graph.phases[measure], [self._checks[check] for check in self._tested_by[measure]])

    def _standing(self, requirement: int) -> Standing:
        states = {self._here(requirement, measure) for measure in self._answered_by[requirement]}
        return standing_by(states, has_open_finding=self._findings[requirement] > 0)


class Book(Reading):
    """A reading that follows the runs: one that comes in changes only what it reaches.

    States of checks follow from their latest run: a failed one stays failed until the next, a passed one grows stale
    after the day until which it speaks.
    """

    def __init__(self, graph: Graph, runs: Iterable[Run], *, on: date) -> None:
        self.on = on
        self._newest = latest(runs, checks=len(graph.check_measure), on=on)
        said = {check: state_of(run, on=on) for check, run in self._newest.items()}
        super().__init__(graph, [said.get(check, CheckState.NEVER_RUN) for check in range(len(graph.check_measure))])

    def record(self, run: Run) -> frozenset[int]:
        """The run counts from now on. Returns the requirements whose standing changed.

        A run of a later day than the book's is refused, and so is one of an unknown check: ValueError. An older run
        than the latest of its check changes nothing.
        """
        if run.ran_on > self.on:
            raise ValueError(f"the book is of {self.on}, the run of {run.ran_on}; open a book of that day")
        latest([run], checks=len(self._checks), on=self.on)
        before = self._newest.get(run.check)
        if before is not None and before.ran_on > run.ran_on:
            return frozenset()
        self._newest[run.check] = run
        self._checks[run.check] = state_of(run, on=self.on)
        measure = self.graph.check_measure[run.check]
        self._measures[measure] = self._measure_state(measure)
        return frozenset(filter(self._renewed, self._answers[measure]))

    def _renewed(self, requirement: int) -> bool:
        before = self._standings[requirement]
        self._standings[requirement] = self._standing(requirement)
        return self._standings[requirement] is not before


def measure_by(phase: Phase, checks: Collection[CheckState]) -> MeasureState:
    """What a measure is known to do whose checks say this."""
    if phase is not Phase.OPERATING:
        return MeasureState.PLANNED if phase is Phase.PLANNED else MeasureState.RETIRED
    return next((state for check, state in _OF_CHECKS if check in checks), MeasureState.UNPROVEN)


def counts_as(state: MeasureState, *, is_outdated: bool) -> MeasureState:
    """What a measure does for a requirement: evidence of before it asked for something else is stale."""
    return MeasureState.STALE if is_outdated and state is MeasureState.EFFECTIVE else state


def standing_by(states: Collection[MeasureState], *, has_open_finding: bool) -> Standing:
    """How a requirement stands whose measures have these states."""
    if not set(states) - {MeasureState.RETIRED}:
        return Standing.NOT_ASSESSED
    works = MeasureState.EFFECTIVE in states
    if MeasureState.FAILING in states or MeasureState.PLANNED in states:
        return Standing.PARTLY_MET if works else Standing.NOT_MET
    if has_open_finding:
        return Standing.PARTLY_MET
    if MeasureState.UNPROVEN in states:
        return Standing.UNPROVEN
    return Standing.STALE if MeasureState.STALE in states else Standing.MET


def state_of(run: Run, *, on: date) -> CheckState:
    """What the latest run of a check says on a day."""
    if run.result is Result.FAILED:
        return CheckState.FAILING
    if run.result is Result.INCONCLUSIVE:
        return CheckState.INCONCLUSIVE
    return CheckState.PASSING if on <= run.valid_until else CheckState.STALE


def divergence(asserted: Standing | None, derived: Standing, *, expires_on: date | None, on: date) -> Divergence:
    """Whether a person says better or worse than the checks; what has expired says nothing."""
    if asserted is None or (expires_on is not None and expires_on < on) or asserted is derived:
        return Divergence.NONE
    return Divergence.OVERSTATED if asserted.better_than(derived) else Divergence.UNDERSTATED


def summed(standings: Sequence[Standing]) -> Standing:
    """How a group of requirements stands as one: as its worst member; NOT_ASSESSED for an empty group."""
    return max(standings, default=Standing.NOT_ASSESSED)
