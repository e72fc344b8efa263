"""How a procedure is gone through, and how faithfully that was done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from burgrave.policies.errors import EvidenceMissing, ReasonMissing, RunStep
from burgrave.policies.terms.runs import Adherence, RunState, StepState

NEEDS_REASON = frozenset({StepState.SKIPPED, StepState.DEVIATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What adherence must know of a run. ``ended_on`` is None while it is open."""

    state: RunState
    due_on: date
    ended_on: date | None
    steps: Sequence[StepState]


def must_be_open(state: RunState) -> None:
    """Return when the run goes on. Raises RunStep."""
    if state is not RunState.OPEN:
        raise RunStep(
            "this run has ended; what was noted in it stays as it is", mend="Start another run of the procedure."
        )


def settle(to: StepState, *, note: str, evidence: int, asks_evidence: bool) -> None:
    """Return when the step may be noted so. Raises ReasonMissing, EvidenceMissing."""
    if to in NEEDS_REASON and not note.strip():
        raise ReasonMissing(
            "a step that was left out or done otherwise needs a reason", mend="Say what was done instead, and why."
        )
    if to is StepState.DONE and asks_evidence and not evidence:
        raise EvidenceMissing(
            "this step asks for evidence, and none was kept",
            mend="Upload what shows that it was done, or note a deviation.",
        )


def must_be_settled(steps: Sequence[StepState]) -> None:
    """Return when every step was done, left out or done otherwise. Raises RunStep."""
    left = sum(step is StepState.OPEN for step in steps)
    if left:
        raise RunStep(
            "%(left)s of %(steps)s steps are still open",
            words={"left": str(left), "steps": str(len(steps))},
            mend="Note each as done, left out with its reason, or done otherwise.",
        )


def must_say(reason: str) -> None:
    """Return when there is a reason. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing("a run is abandoned only with a reason", mend="Say why it is not gone through to its end.")


def next_start(next_on: date, *, every_days: int, today: date) -> date:
    """The first day after ``today`` in the rhythm; what was missed meanwhile is not made up for."""
    missed = max(0, (today - next_on).days // every_days)
    return next_on + timedelta(days=(missed + 1) * every_days)


def adherence(runs: Iterable[Ended], *, first: date, last: date, today: date) -> Adherence:
    """Counts over the runs that were due from ``first`` to ``last``, both included."""
    due = [run for run in runs if first <= run.due_on <= last]
    finished = [run for run in due if run.state is RunState.FINISHED and run.ended_on is not None]
    on_time = sum(run.ended_on is not None and run.ended_on <= run.due_on for run in finished)
    steps = [step for run in due if run.state is not RunState.OPEN for step in run.steps]
    # A run that is open and not yet late is no failure: it is not counted before its day is over.
    waiting = sum(run.state is RunState.OPEN and run.due_on >= today for run in due)
    return Adherence(
        due=len(due) - waiting,
        on_time=on_time,
        late=len(finished) - on_time,
        overdue=sum(run.state is RunState.OPEN and run.due_on < today for run in due),
        abandoned=sum(run.state is RunState.ABANDONED for run in due),
        steps=len(steps),
        skipped=sum(step is StepState.SKIPPED for step in steps),
        deviated=sum(step is StepState.DEVIATED for step in steps),
    )
