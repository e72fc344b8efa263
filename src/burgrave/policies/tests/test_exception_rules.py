"""The life of an exception, step by step and as a machine against a tiny model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from burgrave.policies.errors import ExceptionStep, ExceptionTooLong, OwnRequest, PolicyError, ReasonMissing
from burgrave.policies.rules import exceptions as rules
from burgrave.policies.terms.exceptions import APPROVING, ExceptionCase, ExceptionFacts, ExceptionState, RiskLevel
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC).date()
ANNA, BEN, CARA = (PersonId(UUID(int=n)) for n in (1, 2, 3))
REQUESTED = ExceptionCase(
    state=ExceptionState.REQUESTED,
    risk=RiskLevel.LOW,
    requester_id=ANNA,
    starts_on=DAY,
    ends_on=DAY + timedelta(days=90),
)
GRANTED = replace(REQUESTED, state=ExceptionState.GRANTED)


def days(count: int) -> date:
    return DAY + timedelta(days=count)


def test_another_person_grants_it_and_it_holds_on_its_days_alone() -> None:
    case = rules.approve(REQUESTED, approver_id=BEN, today=DAY)
    assert case.state is ExceptionState.GRANTED
    assert [rules.is_in_force(case, on=days(at)) for at in (-1, 0, 90, 91)] == [False, True, True, False]


def test_nobody_decides_on_their_own_request() -> None:
    with pytest.raises(OwnRequest, match="asked for themselves"):
        rules.approve(REQUESTED, approver_id=ANNA, today=DAY)
    with pytest.raises(OwnRequest, match="asked for themselves"):
        rules.refuse(REQUESTED, approver_id=ANNA, reason="no")


def test_a_critical_one_needs_two_different_persons() -> None:
    case = replace(REQUESTED, risk=RiskLevel.CRITICAL)
    once = rules.approve(case, approver_id=BEN, today=DAY)
    assert once.state is ExceptionState.REQUESTED
    with pytest.raises(ExceptionStep, match="2 different persons"):
        rules.approve(once, approver_id=BEN, today=DAY)
    assert rules.approve(once, approver_id=CARA, today=DAY).state is ExceptionState.GRANTED


def test_what_is_over_cannot_be_granted() -> None:
    with pytest.raises(ExceptionStep, match="is over; it cannot be granted"):
        rules.approve(REQUESTED, approver_id=BEN, today=days(91))


def test_it_is_refused_with_a_reason() -> None:
    with pytest.raises(ReasonMissing, match="needs a reason"):
        rules.refuse(REQUESTED, approver_id=BEN, reason=" ")
    assert rules.refuse(REQUESTED, approver_id=BEN, reason="The system can be patched.").state is ExceptionState.REFUSED


def test_what_is_decided_is_not_decided_again() -> None:
    for act in (
        lambda: rules.approve(GRANTED, approver_id=BEN, today=DAY),
        lambda: rules.refuse(GRANTED, approver_id=BEN, reason="no"),
    ):
        with pytest.raises(ExceptionStep, match="granted, and nothing about it waits"):
            act()


def test_only_the_requester_withdraws_and_only_before_the_decision() -> None:
    assert rules.withdraw(REQUESTED, person_id=ANNA).state is ExceptionState.WITHDRAWN
    with pytest.raises(OwnRequest, match="only whoever asked"):
        rules.withdraw(REQUESTED, person_id=BEN)
    with pytest.raises(ExceptionStep, match="is granted; it must be requested"):
        rules.withdraw(GRANTED, person_id=ANNA)


def test_an_extension_waits_for_another_person_and_counts_from_its_own_day() -> None:
    asked = rules.extend(GRANTED, person_id=ANNA, to=days(400), reason="The supplier is late.", today=days(60))
    assert (asked.ends_on, asked.extends_to) == (days(90), days(400))
    with pytest.raises(OwnRequest):
        rules.approve(asked, approver_id=ANNA, today=days(61))
    by_cara = replace(asked, extender_id=CARA)
    for who in (ANNA, CARA):
        with pytest.raises(OwnRequest):
            rules.approve(by_cara, approver_id=who, today=days(61))
    longer = rules.approve(asked, approver_id=BEN, today=days(61))
    assert (longer.state, longer.ends_on, longer.extends_to) == (ExceptionState.GRANTED, days(400), None)
    refused = rules.refuse(asked, approver_id=BEN, reason="Enough.")
    assert (refused.state, refused.ends_on, refused.extends_to) == (ExceptionState.GRANTED, days(90), None)


@pytest.mark.parametrize(
    ("case", "to", "reason", "today", "error", "words"),
    [
        (GRANTED, days(100), "", DAY, ReasonMissing, "needs a reason"),
        (GRANTED, days(90), "late", DAY, ExceptionTooLong, "which is the last day already"),
        (GRANTED, days(366), "late", DAY, ExceptionTooLong, "at most 365 days, got 366"),
        (GRANTED, days(200), "late", days(91), ExceptionStep, "renewed no more"),
        (replace(GRANTED, extends_to=days(99)), days(100), "late", DAY, ExceptionStep, "waits for a decision already"),
        (REQUESTED, days(100), "late", DAY, ExceptionStep, "is requested; it must be granted"),
    ],
    ids=["no reason", "not later", "too long", "over", "twice", "not granted"],
)
def test_an_extension_that_is_refused(
    case: ExceptionCase, to: date, reason: str, today: date, error: type[PolicyError], words: str
) -> None:
    with pytest.raises(error, match=words):
        rules.extend(case, person_id=ANNA, to=to, reason=reason, today=today)


def test_it_is_revoked_with_a_reason() -> None:
    assert rules.revoke(GRANTED, reason="Misused.").state is ExceptionState.REVOKED
    with pytest.raises(ReasonMissing):
        rules.revoke(GRANTED, reason="")
    with pytest.raises(ExceptionStep, match="is requested; it must be granted"):
        rules.revoke(REQUESTED, reason="x")


def test_it_expires_the_day_after_its_last() -> None:
    with pytest.raises(ExceptionStep, match="only what is over expires"):
        rules.expire(GRANTED, today=days(90))
    assert rules.expire(GRANTED, today=days(91)).state is ExceptionState.EXPIRED


def test_the_table_of_risk_bounds_the_time() -> None:
    for risk, longest in ((RiskLevel.LOW, 365), (RiskLevel.HIGH, 180), (RiskLevel.CRITICAL, 90)):
        rules.must_fit(risk, starts_on=DAY, ends_on=days(longest), today=DAY)
        with pytest.raises(ExceptionTooLong, match=f"at most {longest} days"):
            rules.must_fit(risk, starts_on=DAY, ends_on=days(longest + 1), today=DAY)
    with pytest.raises(ExceptionTooLong, match="ended on"):
        rules.must_fit(RiskLevel.LOW, starts_on=days(-9), ends_on=days(-1), today=DAY)


def test_its_end_is_announced_three_times() -> None:
    end, day, told = days(60), DAY, []
    while (following := rules.next_reminder(end, after=day)) is not None:
        told.append((end - following).days)
        day = following
    assert told == [30, 7, 1]


def facts(**changed: object) -> ExceptionFacts:
    given: dict[str, object] = {
        "document_id": UUID(int=7),
        "clause": "NRM-001-4",
        "unit_id": UnitId(UUID(int=8)),
        "assets": (),
        "justification": "The machine cannot be patched.",
        "risk": RiskLevel.MEDIUM,
        "compensation": "It stands in a network of its own.",
        "starts_on": DAY,
        "ends_on": days(30),
    }
    return ExceptionFacts(**(given | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"clause": " "}, "names the clause"),
        ({"justification": ""}, "why the clause cannot be followed"),
        ({"compensation": "x" * 4_001}, "at most 4000 characters"),
        ({"compensation": ""}, "more than low risk"),
        ({"assets": (UUID(int=1), UUID(int=1))}, "once"),
        ({"ends_on": DAY}, "ends after it begins"),
    ],
    ids=["clause", "why", "long", "compensation", "assets", "period"],
)
def test_a_request_that_says_too_little_is_refused(changed: dict[str, object], words: str) -> None:
    assert facts().risk is RiskLevel.MEDIUM
    with pytest.raises(BadInput, match=words):
        facts(**changed)


class Life(RuleBasedStateMachine):
    """Whatever is done in whatever order, these hold: see the invariants."""

    def __init__(self) -> None:
        super().__init__()
        self.today = DAY
        self.granters: set[PersonId] = set()

    @initialize(risk=st.sampled_from(RiskLevel), length=st.integers(1, 90))
    def request(self, risk: RiskLevel, length: int) -> None:
        self.case = replace(REQUESTED, risk=risk, ends_on=days(length))
        self.longest_end = days(length)

    def attempt(self, act: Callable[[], ExceptionCase]) -> bool:
        before = self.case
        try:
            self.case = act()
        except PolicyError:
            assert self.case == before
            return False
        return True

    @rule(who=st.sampled_from((ANNA, BEN, CARA)))
    def approve(self, who: PersonId) -> None:
        was = self.case
        if self.attempt(lambda: rules.approve(self.case, approver_id=who, today=self.today)):
            assert who != ANNA
            self.granters.add(who)
            if self.case.state is ExceptionState.GRANTED:
                assert len(was.approver_ids | {who}) >= APPROVING[was.risk].approvers
                self.longest_end = max(self.longest_end, self.case.ends_on)

    @rule(who=st.sampled_from((ANNA, BEN)), reason=st.sampled_from(("", "because")))
    def refuse(self, who: PersonId, reason: str) -> None:
        if self.attempt(lambda: rules.refuse(self.case, approver_id=who, reason=reason)):
            assert who != ANNA
            assert reason

    @rule(who=st.sampled_from((ANNA, BEN)))
    def withdraw(self, who: PersonId) -> None:
        if self.attempt(lambda: rules.withdraw(self.case, person_id=who)):
            assert who == ANNA

    @rule(to=st.integers(1, 500), reason=st.sampled_from(("", "because")))
    def extend(self, to: int, reason: str) -> None:
        if self.attempt(lambda: rules.extend(self.case, person_id=ANNA, to=days(to), reason=reason, today=self.today)):
            assert self.case.extends_to is not None
            assert (self.case.extends_to - self.today).days <= APPROVING[self.case.risk].longest_days

    @rule(reason=st.sampled_from(("", "because")))
    def revoke(self, reason: str) -> None:
        self.attempt(lambda: rules.revoke(self.case, reason=reason))

    @rule(count=st.integers(1, 60))
    def wait(self, count: int) -> None:
        self.today += timedelta(days=count)
        if self.attempt(lambda: rules.expire(self.case, today=self.today)):
            assert self.case.ends_on < self.today

    @invariant()
    def what_is_granted_was_granted_by_others_and_has_an_end(self) -> None:
        if not hasattr(self, "case"):
            return
        assert ANNA not in self.case.approver_ids
        if self.case.state is ExceptionState.GRANTED:
            assert len(self.granters) >= APPROVING[self.case.risk].approvers
        assert self.case.ends_on <= self.longest_end
        assert self.case.extends_to is None or self.case.state is ExceptionState.GRANTED

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        if hasattr(self, "case") and self.case.state not in {ExceptionState.REQUESTED, ExceptionState.GRANTED}:
            ended = self.case
            for act in (
                lambda: rules.approve(ended, approver_id=BEN, today=self.today),
                lambda: rules.revoke(ended, reason="x"),
                lambda: rules.extend(ended, person_id=ANNA, to=days(999), reason="x", today=self.today),
                lambda: rules.expire(ended, today=days(9_999)),
            ):
                with pytest.raises(ExceptionStep):
                    act()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
