from __future__ import annotations

import itertools

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from burgrave.incidents.errors import ReasonMissing, WrongState
from burgrave.incidents.rules.triage import (
    ALLOWED,
    Act,
    AlertView,
    decide,
    dismissal_note,
    is_decided,
    reopening_reason,
)
from burgrave.incidents.terms import AlertState, Dismissal

REFUSED = [(state, act) for state, act in itertools.product(AlertState, Act) if state not in ALLOWED[act]]
SENTENCES = {
    Act.ACKNOWLEDGE: "only one that is new can be acknowledged",
    Act.DISMISS: "only one that is new or acknowledged or escalated can be dismissed",
    Act.ESCALATE: "only one that is new or acknowledged can be taken into a case",
    Act.REOPEN: "only one that is dismissed can be reopened",
    Act.CONFIRM: "only one that is escalated can be confirmed",
    Act.ASSIGN: "only one that is new or acknowledged or escalated can be assigned",
}


def view(state: AlertState, *, in_case: bool = False, is_confirmed: bool = False) -> AlertView:
    return AlertView(label="Odd logon on HOST", state=state, in_case=in_case, is_confirmed=is_confirmed)


def test_the_table_names_every_act() -> None:
    assert set(ALLOWED) == set(Act)
    assert len(REFUSED) == 13


@pytest.mark.parametrize(("state", "act"), REFUSED)
def test_a_refused_act_says_the_state_and_what_would_do(state: AlertState, act: Act) -> None:
    with pytest.raises(WrongState) as refused:
        decide(view(state), act)
    assert str(refused.value) == f"the alert Odd logon on HOST is {state.value}; {SENTENCES[act]}"
    assert refused.value.mend


def test_an_alert_is_confirmed_once() -> None:
    with pytest.raises(WrongState, match="is confirmed already"):
        decide(view(AlertState.ESCALATED, in_case=True, is_confirmed=True), Act.CONFIRM)


@pytest.mark.parametrize("dismissal", [Dismissal.FALSE_POSITIVE, Dismissal.BENIGN])
def test_a_dismissal_needs_a_note(dismissal: Dismissal) -> None:
    with pytest.raises(ReasonMissing, match=f"as {dismissal.value.replace('_', ' ')} only with a note that says why"):
        dismissal_note(dismissal, "  ")
    assert dismissal_note(dismissal, " backup job ") == "backup job"


def test_a_duplicate_explains_itself() -> None:
    assert dismissal_note(Dismissal.DUPLICATE, "") == ""


def test_reopening_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing, match="an alert is reopened only with a reason"):
        reopening_reason("\n", what="an alert")
    assert reopening_reason(" seen again ", what="an alert") == "seen again"


class Triage(RuleBasedStateMachine):
    """Any order of acts: the rules agree with a model of four facts."""

    def __init__(self) -> None:
        super().__init__()
        self.alert = view(AlertState.NEW)
        self.over = self.taken = self.cased = self.true = False

    @rule(act=st.sampled_from(Act))
    def act(self, act: Act) -> None:
        expected = {
            Act.ACKNOWLEDGE: not self.over and not self.taken and not self.cased,
            Act.DISMISS: not self.over,
            Act.ESCALATE: not self.over and not self.cased,
            Act.REOPEN: self.over,
            Act.CONFIRM: not self.over and self.cased and not self.true,
            Act.ASSIGN: not self.over,
        }[act]
        try:
            state = decide(self.alert, act)
        except WrongState:
            assert not expected, f"{act} was refused in {self.alert}"
            return
        assert expected, f"{act} was allowed in {self.alert}"
        self._apply(act, state)

    def _apply(self, act: Act, state: AlertState) -> None:
        if act is Act.ACKNOWLEDGE:
            self.taken = True
        elif act is Act.DISMISS:
            self.over, self.true = True, False
        elif act is Act.ESCALATE:
            self.cased = True
        elif act is Act.REOPEN:
            self.over, self.taken = False, False
        elif act is Act.CONFIRM:
            self.true = True
        self.alert = view(state, in_case=self.cased, is_confirmed=self.true)

    @invariant()
    def the_state_follows_the_facts(self) -> None:
        if self.over:
            expected = AlertState.DISMISSED
        elif self.cased:
            expected = AlertState.ESCALATED
        else:
            expected = AlertState.ACKNOWLEDGED if self.taken else AlertState.NEW
        assert self.alert.state is expected
        assert is_decided(self.alert) is (self.over or self.true)


TestTriage = Triage.TestCase
