"""A meeting, a review and a statement go through any order of acts; a tiny model says which of them are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from burgrave.isms import commands, queries
from burgrave.isms.errors import IsmsError
from burgrave.isms.terms.applicability import Applies, Choice
from burgrave.isms.terms.meetings import (
    CommitteeDraft,
    DecisionDraft,
    Function,
    MeetingDraft,
    MeetingState,
    MinutesDraft,
    Term,
)
from burgrave.isms.terms.reviews import ConclusionDraft, ReviewDraft, ReviewState
from burgrave.isms.tests.test_applicability import keys, put
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor

LATER = NOON + timedelta(hours=2)
WHO = st.sampled_from([0, 1])
"""Alice or Olga."""


class Cycles(RuleBasedStateMachine):
    """The model: who wrote what since the last approval, and in which state each of the three is."""

    organisation: CastOrganisation
    people: tuple[Actor, Actor]

    def __init__(self) -> None:
        super().__init__()
        alice, olga = self.people
        draft = CommitteeDraft(name="Board", unit_id=self.organisation.root, quorum=2)
        committee = commands.found_committee(draft, actor=alice, now=NOON)
        for each, function in ((alice, Function.CHAIR), (olga, Function.SECRETARY)):
            term = Term(person_id=each.person_id, function=function, from_on=NOON.date())
            commands.seat(committee, term, actor=alice, now=NOON)
        self.meeting = commands.plan_meeting(committee, MeetingDraft(planned_at=NOON), actor=alice, now=NOON)
        period = {"period_from": NOON.date() - timedelta(days=30), "period_to": NOON.date()}
        review = ReviewDraft(title="Year", unit_id=self.organisation.root, planned_on=NOON.date(), **period)
        self.review = commands.plan_review(review, actor=alice, now=NOON)
        self.framework = put("A.1", "A.2", actor=alice)
        self.meeting_state, self.meeting_writers, self.present, self.decisions = MeetingState.PLANNED, set(), 0, 0
        self.review_state, self.review_writers, self.inputs = ReviewState.PLANNED, {0}, ""
        self.decided: dict[str, tuple[bool, str, int]] = {}
        self.soa: Any = None
        self.soa_is_open, self.soa_rows, self.soa_writers = False, None, set()

    def tried(self, act: Any, *, allowed: bool) -> bool:
        """The act is done exactly when the model allows it."""
        try:
            act()
        except (IsmsError, BadInput):
            assert not allowed
            return False
        assert allowed
        return True

    def decision(self) -> DecisionDraft:
        return DecisionDraft(text="Hire.", owner_id=self.people[0].person_id, due_on=NOON.date())

    @rule(who=WHO, present=st.integers(0, 2))
    def write_minutes(self, who: int, present: int) -> None:
        view = queries.meeting(self.meeting, actor=self.people[who])
        draft = MinutesDraft(present=tuple(each.person_id for each in self.people[:present]), text="Said.")
        allowed = view.row.state in {MeetingState.PLANNED, MeetingState.HELD} and not (self.decisions and present < 2)

        def act() -> None:
            commands.write_minutes(self.meeting, draft, version=view.row.version, actor=self.people[who], now=LATER)

        if self.tried(act, allowed=allowed):
            self.meeting_state, self.present = MeetingState.HELD, present
            self.meeting_writers.add(who)

    @rule(who=WHO)
    def decide(self, who: int) -> None:
        def act() -> None:
            commands.decide(self.meeting, self.decision(), actor=self.people[who], now=LATER)

        if self.tried(act, allowed=self.meeting_state is MeetingState.HELD and self.present == 2):
            self.decisions += 1
            self.meeting_writers.add(who)

    @rule(who=WHO)
    def approve_minutes(self, who: int) -> None:
        digest = queries.meeting(self.meeting, actor=self.people[who]).digest
        allowed = self.meeting_state is MeetingState.HELD and who not in self.meeting_writers

        def act() -> None:
            commands.approve_minutes(self.meeting, digest=digest, actor=self.people[who], now=LATER)

        if self.tried(act, allowed=allowed):
            self.meeting_state = MeetingState.APPROVED

    @rule(who=WHO)
    def hold_review(self, who: int) -> None:
        actor = self.people[who]
        view = queries.management_review(self.review, actor=actor, today=NOON.date())
        draft = ConclusionDraft(attendees=(actor.person_id,), text="Effective.")

        def act() -> None:
            commands.hold_review(self.review, draft, version=view.row.version, actor=actor, now=LATER)

        if self.tried(act, allowed=self.review_state is not ReviewState.APPROVED):
            self.review_state = ReviewState.HELD
            self.review_writers.add(who)

    @rule(who=WHO)
    def decide_in_review(self, who: int) -> None:
        def act() -> None:
            commands.decide_in_review(self.review, self.decision(), actor=self.people[who], now=LATER)

        if self.tried(act, allowed=self.review_state is ReviewState.HELD):
            self.review_writers.add(who)

    @rule(who=WHO)
    def approve_review(self, who: int) -> None:
        actor = self.people[who]
        digest = queries.management_review(self.review, actor=actor, today=NOON.date()).digest

        def act() -> None:
            commands.approve_review(self.review, digest=digest, actor=actor, now=LATER)

        if self.tried(act, allowed=self.review_state is ReviewState.HELD and who not in self.review_writers):
            self.review_state = ReviewState.APPROVED

    @rule(who=WHO, identifier=st.sampled_from(["A.1", "A.2"]), applies=st.booleans(), reason=st.sampled_from("xy"))
    def decide_applicability(self, who: int, identifier: str, reason: str, *, applies: bool) -> None:
        choice = Choice(applies=Applies.YES if applies else Applies.NO, reason=reason)
        chosen = [keys(self.framework)[identifier]]
        commands.decide_applicability(self.framework, chosen, choice, actor=self.people[who], now=LATER)
        self.decided[identifier] = (applies, reason, who)

    @rule(who=WHO)
    def generate(self, who: int) -> None:
        rows = dict(self.decided)

        def act() -> None:
            self.soa = commands.generate_soa(self.framework, actor=self.people[who], now=NOON + timedelta(hours=1))

        if self.tried(act, allowed=rows != self.soa_rows):
            self.soa_is_open, self.soa_rows = True, rows
            self.soa_writers = {who, *(each[2] for each in rows.values())}

    @precondition(lambda self: self.soa is not None)
    @rule(who=WHO)
    def approve_soa(self, who: int) -> None:
        digest = queries.soa(self.soa, actor=self.people[who]).version.digest
        allowed = self.soa_is_open and who not in self.soa_writers and len(self.soa_rows) == 2

        def act() -> None:
            commands.approve_soa(self.soa, digest=digest, actor=self.people[who], now=NOON + timedelta(hours=1))

        if self.tried(act, allowed=allowed):
            self.soa_is_open = False

    @invariant()
    def what_was_frozen_stays(self) -> None:
        view = queries.management_review(self.review, actor=self.people[0], today=NOON.date())
        assert view.row.state is self.review_state
        if self.inputs:
            assert view.inputs_digest == self.inputs
        self.inputs = view.inputs_digest
        meeting = queries.meeting(self.meeting, actor=self.people[0])
        assert (meeting.row.state, len(meeting.decisions)) == (self.meeting_state, self.decisions)


@pytest.mark.django_db
def test_meeting_review_and_statement_follow_their_model(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    class Bound(Cycles):
        def __init__(self) -> None:
            self.point = transaction.savepoint()
            super().__init__()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.point)

    Bound.organisation, Bound.people = organisation, (alice, olga)
    run_state_machine_as_test(
        Bound,
        settings=settings(
            max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
