"""How a procedure is gone through."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.policies.errors import EvidenceMissing, ReasonMissing, RunStep
from burgrave.policies.rules import runs as rules
from burgrave.policies.rules.runs import Ended
from burgrave.policies.terms.runs import Adherence, CadenceFacts, RunFacts, RunState, StepState
from burgrave.web.errors import BadInput
from burgrave.web.terms import UnitId

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC).date()
DONE, OPEN, SKIPPED, DEVIATED = StepState.DONE, StepState.OPEN, StepState.SKIPPED, StepState.DEVIATED


def days(count: int) -> date:
    return DAY + timedelta(days=count)


@pytest.mark.parametrize("to", [SKIPPED, DEVIATED])
def test_what_was_not_done_as_written_needs_a_reason(to: StepState) -> None:
    rules.settle(to, note="The door was locked.", evidence=0, asks_evidence=True)
    with pytest.raises(ReasonMissing, match="left out or done otherwise needs a reason"):
        rules.settle(to, note=" ", evidence=0, asks_evidence=False)


def test_a_step_that_asks_for_evidence_is_done_with_some() -> None:
    rules.settle(DONE, note="", evidence=1, asks_evidence=True)
    rules.settle(DONE, note="", evidence=0, asks_evidence=False)
    with pytest.raises(EvidenceMissing, match="asks for evidence, and none was kept"):
        rules.settle(DONE, note="", evidence=0, asks_evidence=True)


def test_a_run_ends_when_every_step_is_settled() -> None:
    rules.must_be_settled([DONE, SKIPPED, DEVIATED])
    with pytest.raises(RunStep, match="1 of 2 steps are still open"):
        rules.must_be_settled([DONE, OPEN])


def test_what_has_ended_is_not_noted_in_any_more() -> None:
    rules.must_be_open(RunState.OPEN)
    for state in (RunState.FINISHED, RunState.ABANDONED):
        with pytest.raises(RunStep, match="this run has ended"):
            rules.must_be_open(state)


def test_a_run_is_abandoned_with_a_reason() -> None:
    rules.must_say("The system was switched off for good.")
    with pytest.raises(ReasonMissing, match="only with a reason"):
        rules.must_say("")


@given(every=st.integers(1, 400), late=st.integers(0, 2_000))
def test_the_next_start_keeps_the_rhythm_and_lies_ahead(every: int, late: int) -> None:
    following = rules.next_start(DAY, every_days=every, today=days(late))
    assert following > days(late)
    assert (following - DAY).days % every == 0
    assert (following - days(late)).days <= every


def test_adherence_counts_what_was_due_in_the_period() -> None:
    runs = [
        Ended(state=RunState.FINISHED, due_on=DAY, ended_on=DAY, steps=[DONE, SKIPPED]),
        Ended(state=RunState.FINISHED, due_on=DAY, ended_on=days(1), steps=[DONE, DEVIATED]),
        Ended(state=RunState.OPEN, due_on=days(-1), ended_on=None, steps=[OPEN]),
        Ended(state=RunState.OPEN, due_on=DAY, ended_on=None, steps=[OPEN]),
        Ended(state=RunState.ABANDONED, due_on=DAY, ended_on=DAY, steps=[OPEN]),
        Ended(state=RunState.FINISHED, due_on=days(40), ended_on=DAY, steps=[DONE]),
    ]
    found = rules.adherence(runs, first=days(-30), last=DAY, today=DAY)
    assert found == Adherence(due=4, on_time=1, late=1, overdue=1, abandoned=1, steps=5, skipped=1, deviated=1)
    assert found.ratio == 0.25
    assert rules.adherence([], first=DAY, last=DAY, today=DAY).ratio is None


def test_the_terms_refuse_what_cannot_be_run() -> None:
    procedure, unit = UUID(int=1), UnitId(UUID(int=2))
    for bad, words in (
        (lambda: RunFacts(document_id=procedure, unit_id=unit, starts_on=DAY, due_on=days(-1)), "at most 366 days"),
        (
            lambda: RunFacts(document_id=procedure, unit_id=unit, starts_on=DAY, due_on=DAY, title="x" * 2_001),
            "2000 characters",
        ),
        (
            lambda: CadenceFacts(document_id=procedure, unit_id=unit, every_days=0, due_days=1, next_on=DAY),
            "after 1 to 1100 days",
        ),
        (
            lambda: CadenceFacts(document_id=procedure, unit_id=unit, every_days=1, due_days=-1, next_on=DAY),
            "a run has at most 366 days",
        ),
    ):
        with pytest.raises(BadInput, match=words):
            bad()
