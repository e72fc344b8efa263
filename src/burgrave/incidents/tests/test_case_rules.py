from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from burgrave.incidents.errors import ReasonMissing, UndecidedAlerts, WrongMoment, WrongState
from burgrave.incidents.rules import cases
from burgrave.incidents.rules.cases import BACKWARD, FORWARD, WORKING, AlertStanding
from burgrave.incidents.terms import CaseFacts, CaseState, Conclusion, Level, Severity

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONCLUSION = Conclusion(cause="a phished password", impact="one mailbox", lessons="second factor for everyone")
PHASES = [CaseState.OPEN, CaseState.CONTAINED, CaseState.ERADICATED, CaseState.RECOVERED]
REFUSED = [
    (state, to)
    for state, to in itertools.product(CaseState, CaseState)
    if to not in (*FORWARD[state], *BACKWARD[state])
]


def test_the_table_names_every_state() -> None:
    assert set(FORWARD) == set(BACKWARD) == set(CaseState)
    assert len(REFUSED) == 27


@pytest.mark.parametrize(("sequence", "expected"), [(1, "INC-2026-0001"), (12_345, "INC-2026-12345")])
def test_a_number_is_said_aloud(sequence: int, expected: str) -> None:
    assert cases.number(2026, sequence) == expected


@pytest.mark.parametrize(("state", "to"), REFUSED)
def test_a_refused_step_says_both_states_and_what_would_do(state: CaseState, to: CaseState) -> None:
    with pytest.raises(
        WrongState, match=f"INC-2026-0001 is {state.value} and cannot become {to.value}; it can become "
    ):
        cases.step("INC-2026-0001", state, to, reason="because")


@pytest.mark.parametrize(("state", "to"), [(s, t) for s in CaseState for t in BACKWARD[s]])
def test_a_step_back_needs_a_reason(state: CaseState, to: CaseState) -> None:
    with pytest.raises(ReasonMissing, match=f"goes back from {state.value} to {to.value} only with a reason"):
        cases.step("INC-2026-0001", state, to, reason=" ")
    assert cases.step("INC-2026-0001", state, to, reason="a second host beacons") is to


@pytest.mark.parametrize("state", [CaseState.CLOSED, CaseState.MERGED])
def test_only_a_working_case_closes(state: CaseState) -> None:
    with pytest.raises(
        WrongState, match=f"INC-2026-0001 is {state.value}; only a case that is being worked on can be closed"
    ):
        cases.close("INC-2026-0001", state, conclusion=CONCLUSION, alerts=[])


@pytest.mark.parametrize(
    ("decided", "sentence"),
    [
        ([False], "cannot close while 1 alert is undecided: alert 0"),
        ([True, False, False], "cannot close while 2 alerts are undecided: alert 1, alert 2"),
        ([False] * 5, "cannot close while 5 alerts are undecided: alert 0, alert 1, alert 2 and others"),
    ],
    ids=["one", "some", "many"],
)
def test_an_undecided_alert_keeps_the_case_open(decided: list[bool], sentence: str) -> None:
    alerts = [AlertStanding(label=f"alert {index}", decided=each) for index, each in enumerate(decided)]
    with pytest.raises(UndecidedAlerts, match=sentence):
        cases.close("INC-2026-0001", CaseState.OPEN, conclusion=CONCLUSION, alerts=alerts)


@pytest.mark.parametrize("state", WORKING)
def test_any_working_case_with_decided_alerts_closes(state: CaseState) -> None:
    alerts = [AlertStanding(label="alert", decided=True)]
    assert cases.close("INC-2026-0001", state, conclusion=CONCLUSION, alerts=alerts) is CONCLUSION


@pytest.mark.parametrize("missing", ["cause", "impact", "lessons"])
def test_a_conclusion_names_cause_impact_and_lessons(missing: str) -> None:
    words = {"cause": "a", "impact": "b", "lessons": "c", missing: " "}
    with pytest.raises(ValueError, match=f"the {missing} is empty"):
        Conclusion(**words)
    with pytest.raises(ValueError, match=f"the {missing} has at most 20,000 characters, this one has 20,001"):
        Conclusion(**{**words, missing: "x" * 20_001})


def test_case_facts_have_bounds() -> None:
    with pytest.raises(ValueError, match="a title has 3 to 200 characters, this one has 2"):
        CaseFacts(title=" ab ", severity=Severity.LOW, summary="")
    with pytest.raises(ValueError, match="a summary has at most 20,000 characters"):
        CaseFacts(title="abc", severity=Severity.LOW, summary="x" * 20_001)


@pytest.mark.parametrize("state", [state for state in CaseState if state is not CaseState.CLOSED])
def test_only_a_closed_case_is_reopened(state: CaseState) -> None:
    with pytest.raises(WrongState, match=f"is {state.value}; only a closed case can be reopened"):
        cases.reopen("INC-2026-0001", state, reason="new host")


def test_reopening_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing, match="INC-2026-0001 is reopened only with a reason"):
        cases.reopen("INC-2026-0001", CaseState.CLOSED, reason="")
    assert cases.reopen("INC-2026-0001", CaseState.CLOSED, reason=" new host ") == "new host"


@pytest.mark.parametrize(
    ("state", "into", "into_state", "sentence"),
    [
        (CaseState.OPEN, "INC-2026-0001", CaseState.OPEN, "cannot be merged into itself"),
        (
            CaseState.CLOSED,
            "INC-2026-0002",
            CaseState.OPEN,
            "INC-2026-0001 is closed; only a case that is being worked on",
        ),
        (
            CaseState.MERGED,
            "INC-2026-0002",
            CaseState.OPEN,
            "INC-2026-0001 is merged; only a case that is being worked on",
        ),
        (CaseState.OPEN, "INC-2026-0002", CaseState.CLOSED, "INC-2026-0002 is closed; cases are merged only into one"),
    ],
    ids=["itself", "closed", "merged", "into a closed one"],
)
def test_a_refused_merge_says_why(state: CaseState, into: str, into_state: CaseState, sentence: str) -> None:
    with pytest.raises(WrongState, match=sentence):
        cases.merge("INC-2026-0001", state, into=into, into_state=into_state)


def test_two_working_cases_merge() -> None:
    cases.merge("INC-2026-0001", CaseState.OPEN, into="INC-2026-0002", into_state=CaseState.RECOVERED)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [(CaseState.CLOSED, "is closed; notes are added only"), (CaseState.MERGED, "was merged into another case")],
)
def test_a_case_that_has_ended_is_not_changed(state: CaseState, sentence: str) -> None:
    with pytest.raises(WrongState, match=sentence) as refused:
        cases.must_be_working("INC-2026-0001", state, act="notes are added")
    assert refused.value.mend


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([], Severity.LOW),
        ([Level.INFORMATIONAL], Severity.LOW),
        ([Level.LOW, Level.CRITICAL, Level.HIGH], Severity.CRITICAL),
    ],
)
def test_the_proposed_severity_is_that_of_the_worst_alert(levels: list[Level], expected: Severity) -> None:
    assert cases.severity_of(levels) is expected


def test_a_timeline_tells_what_happened() -> None:
    assert cases.timeline_moment(NOON, now=NOON) == NOON
    with pytest.raises(WrongMoment, match="lies ahead of now"):
        cases.timeline_moment(NOON + timedelta(minutes=1), now=NOON)
    with pytest.raises(WrongMoment, match="needs a time zone"):
        cases.timeline_moment(NOON.replace(tzinfo=None), now=NOON)


class CaseLife(RuleBasedStateMachine):
    """Any order of steps: the rules agree with a model of one number (the phase) and one word (how it ended)."""

    def __init__(self) -> None:
        super().__init__()
        self.state = CaseState.OPEN
        self.phase, self.ended, self.undecided = 0, "", 0

    @rule()
    def alert_comes(self) -> None:
        if not self.ended:
            self.undecided += 1

    @rule()
    def alert_is_decided(self) -> None:
        if not self.ended:
            self.undecided = max(0, self.undecided - 1)

    @rule(to=st.sampled_from(CaseState), reason=st.sampled_from(["", "because"]))
    def step(self, to: CaseState, reason: str) -> None:
        target = PHASES.index(to) if to in PHASES else None
        back = target is not None and target < self.phase and bool(reason)
        allowed = not self.ended and target is not None and (target == self.phase + 1 or back)
        try:
            self.state = cases.step("INC-2026-0001", self.state, to, reason=reason)
        except (WrongState, ReasonMissing):
            assert not allowed
            return
        assert allowed
        assert target is not None
        self.phase = target

    @rule()
    def close(self) -> None:
        alerts = [AlertStanding(label=str(n), decided=False) for n in range(self.undecided)]
        try:
            cases.close("INC-2026-0001", self.state, conclusion=CONCLUSION, alerts=alerts)
        except (WrongState, UndecidedAlerts):
            assert self.ended or self.undecided
            return
        assert not self.ended
        assert not self.undecided
        self.state, self.ended = CaseState.CLOSED, "closed"

    @rule(reason=st.sampled_from(["", "because"]))
    def reopen(self, reason: str) -> None:
        try:
            cases.reopen("INC-2026-0001", self.state, reason=reason)
        except (WrongState, ReasonMissing):
            assert self.ended != "closed" or not reason
            return
        assert self.ended == "closed"
        self.state, self.ended, self.phase = CaseState.OPEN, "", 0

    @rule(into=st.sampled_from(CaseState))
    def merge(self, into: CaseState) -> None:
        try:
            cases.merge("INC-2026-0001", self.state, into="INC-2026-0002", into_state=into)
        except WrongState:
            assert self.ended or into not in PHASES
            return
        assert not self.ended
        self.state, self.ended = CaseState.MERGED, "merged"

    @invariant()
    def the_state_follows_the_model(self) -> None:
        assert self.state == (self.ended or PHASES[self.phase])


TestCaseLife = CaseLife.TestCase
