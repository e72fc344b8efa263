"""The way of a version: a table of what is refused, and a state machine against a model that fits on a page."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from burgrave.policies.errors import NotAsked, PlanUnusable, PolicyError, ReasonMissing, SeparationOfDuties, WrongState
from burgrave.policies.rules import approval
from burgrave.policies.rules.approval import Given, Review
from burgrave.policies.terms import MOST_APPROVERS, MOST_STEPS, REASON_MAX, Verdict, VersionState
from burgrave.policies.terms.drafts import PlanStep
from burgrave.web.errors import BadInput, Said
from burgrave.web.terms import PersonId

A, B, C, D, E = (PersonId(UUID(int=number)) for number in range(1, 6))
PEOPLE = (A, B, C, D, E)
ONE = PlanStep(approvers=(B,), quorum=1)


def review(*steps: PlanStep, state: VersionState = VersionState.IN_REVIEW, **others: tuple[Given, ...]) -> Review:
    return Review(label="1.0", state=state, authors=frozenset({A}), plan=steps or (ONE,), **others)


def said(step: int, person_id: PersonId, verdict: Verdict = Verdict.APPROVED) -> Given:
    return Given(step=step, person_id=person_id, verdict=verdict)


@pytest.mark.parametrize(
    ("steps", "error", "sentence"),
    [
        ((), PlanUnusable, "1 to 10 steps, got 0"),
        ((ONE,) * (MOST_STEPS + 1), PlanUnusable, "got 11"),
        ((PlanStep(approvers=(), quorum=1),), PlanUnusable, "asks 0 people"),
        ((PlanStep(approvers=(B, B), quorum=1),), PlanUnusable, "names somebody twice"),
        (
            (PlanStep(approvers=tuple(PersonId(UUID(int=n)) for n in range(9, 10 + MOST_APPROVERS)), quorum=1),),
            PlanUnusable,
            "asks 31 people",
        ),
        ((PlanStep(approvers=(B, C), quorum=3),), PlanUnusable, "3 approvals of 2 people"),
        ((PlanStep(approvers=(B, C), quorum=0),), PlanUnusable, "0 approvals"),
        ((ONE, PlanStep(approvers=(A, C), quorum=1)), SeparationOfDuties, "step 2 asks somebody who wrote"),
    ],
    ids=["none", "too many", "empty", "twice", "crowd", "quorum too high", "quorum of none", "author"],
)
def test_a_plan_that_cannot_be_fulfilled_is_refused(
    steps: tuple[PlanStep, ...], error: type[PolicyError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as refused:
        approval.plan(steps, authors={A})
    assert refused.value.mend


def test_a_plan_is_taken_as_it_is() -> None:
    steps = (PlanStep(approvers=(B, C, D), quorum=2), ONE)
    assert approval.plan(steps, authors={A}) == steps


@pytest.mark.parametrize("state", [each for each in VersionState if each is not VersionState.IN_REVIEW])
def test_nothing_is_decided_outside_of_a_review(state: VersionState) -> None:
    with pytest.raises(WrongState, match="only one that is in review can be decided on"):
        approval.approve(review(state=state), person_id=B)
    assert review(state=state).step is None
    assert review(state=state).asked == ()


@pytest.mark.parametrize(
    ("person_id", "error", "sentence"),
    [
        (None, NotAsked, "without a name"),
        (A, SeparationOfDuties, "written by you"),
        (C, NotAsked, "not yet"),
        (E, NotAsked, "not ask you"),
    ],
    ids=["nobody", "author", "next step", "stranger"],
)
def test_only_those_who_are_asked_decide(person_id: PersonId | None, error: type[PolicyError], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        approval.approve(review(ONE, PlanStep(approvers=(C,), quorum=1)), person_id=person_id)


def test_a_second_approval_by_one_person_counts_no_more_than_the_first() -> None:
    both = PlanStep(approvers=(B, C), quorum=2)
    with pytest.raises(NotAsked, match=r"approved version 1\.0 already"):
        approval.approve(review(both, decisions=(said(0, B),)), person_id=B)
    assert review(both, decisions=(said(0, B),)).asked == (C,)


def test_a_version_whose_every_step_is_done_asks_nobody() -> None:
    done = review(ONE, decisions=(said(0, B),))
    assert (done.step, done.asked) == (None, ())
    with pytest.raises(NotAsked):
        approval.approve(done, person_id=B)


def test_sending_back_needs_a_reason_that_can_be_read() -> None:
    assert approval.reject(review(), person_id=B, reason="no") == 0
    with pytest.raises(ReasonMissing, match="sent back only with a reason"):
        approval.reject(review(), person_id=B, reason=" \n")
    with pytest.raises(BadInput, match="at most"):
        approval.reasoned("x" * (REASON_MAX + 1), why=Said("why"))


class Life(RuleBasedStateMachine):
    """One version from draft to retirement; the model is a word, a list of approvals, and the plan."""

    @initialize(sizes=st.lists(st.tuples(st.sets(st.sampled_from(PEOPLE), min_size=1), st.integers(1, 4)), max_size=3))
    def begin(self, sizes: list[tuple[set[PersonId], int]]) -> None:
        self.steps = tuple(PlanStep(approvers=tuple(sorted(who)), quorum=min(many, len(who))) for who, many in sizes)
        self.steps = self.steps or (ONE,)
        self.real = Review(label="1.0", state=VersionState.DRAFT, authors=frozenset({A}))
        self.word, self.approvals = "draft", [set() for _ in self.steps]

    @precondition(lambda self: self.word == "draft")
    @rule()
    def submit(self) -> None:
        """A plan that names the author is refused; one that was kept all the same lets nobody approve their words."""
        names_author = any(A in step.approvers for step in self.steps)
        try:
            plan = approval.plan(self.steps, authors=self.real.authors)
        except SeparationOfDuties:
            assert names_author
            plan = self.steps
        else:
            assert not names_author
        self.real = replace(self.real, state=VersionState.IN_REVIEW, plan=plan, decisions=())
        self.word, self.approvals = "in_review", [set() for _ in self.steps]

    @rule(who=st.sampled_from(PEOPLE))
    def approve(self, who: PersonId) -> None:
        expected = self._expected(who)
        try:
            given = approval.approve(self.real, person_id=who)
        except PolicyError:
            assert expected is None
            return
        assert given.step == expected
        self.real = replace(self.real, decisions=(*self.real.decisions, said(given.step, who)))
        self.approvals[given.step].add(who)
        is_last = all(len(who) >= step.quorum for who, step in zip(self.approvals, self.steps, strict=True))
        assert given.completes is is_last
        if given.completes:
            self.real, self.word = replace(self.real, state=VersionState.APPROVED), "approved"

    @rule(who=st.sampled_from(PEOPLE), reason=st.sampled_from(["", "why"]))
    def reject(self, who: PersonId, reason: str) -> None:
        expected = self._expected(who) if reason else None
        try:
            step = approval.reject(self.real, person_id=who, reason=reason)
        except PolicyError:
            assert expected is None
            return
        assert step == expected
        self.real, self.word = replace(self.real, state=VersionState.DRAFT), "draft"

    @rule()
    def withdraw(self) -> None:
        self._move("withdrawn", {"in_review", "approved"}, VersionState.DRAFT)

    @rule()
    def publish(self) -> None:
        self._move("published", {"approved"}, VersionState.PUBLISHED)

    @rule()
    def retire(self) -> None:
        self._move("retired", {"published"}, VersionState.RETIRED)

    @invariant()
    def the_author_has_approved_nothing(self) -> None:
        assert all(A not in who for who in self.approvals)

    @invariant()
    def what_is_approved_has_every_quorum(self) -> None:
        if self.word in {"approved", "published", "retired"}:
            assert all(len(who) >= step.quorum for who, step in zip(self.approvals, self.steps, strict=True))
        assert self.real.state == self.word

    def _move(self, act: str, allowed: set[str], to: VersionState) -> None:
        try:
            approval.must_be("1.0", self.real.state, *map(VersionState, sorted(allowed)), act=Said(act))
        except WrongState:
            assert self.word not in allowed
            return
        assert self.word in allowed
        self.real, self.word = replace(self.real, state=to), str(to)

    def _expected(self, who: PersonId) -> int | None:
        """The step that this person would decide, by the model alone."""
        if self.word != "in_review" or who == A:
            return None
        for number, step in enumerate(self.steps):
            if len(self.approvals[number]) < step.quorum:
                return number if who in step.approvers and who not in self.approvals[number] else None
        return None


TestLife = Life.TestCase
