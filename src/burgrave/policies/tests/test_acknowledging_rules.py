"""What a confirmation is, and when somebody is reminded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.policies.errors import (
    AlreadyConfirmed,
    AttemptsUsedUp,
    DigestOutdated,
    NothingAsked,
    QuizNotPassed,
    QuizUnanswered,
)
from burgrave.policies.rules import acknowledging as rules
from burgrave.policies.terms.acknowledging import (
    AskFacts,
    AskState,
    AudienceKind,
    AudiencePart,
    Cadence,
    Question,
    Quiz,
    Rate,
    Shown,
)
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = NOON.date()
ANNA = PersonId(UUID(int=1))
SHOWN = Shown(version_id=UUID(int=2), number="2.0", digest="ab" * 32)
TWO = Quiz(
    questions=(
        Question(text="How long is a password?", choices=("8", "14"), right=frozenset({1})),
        Question(text="What is reported?", choices=("Loss", "Theft", "Weather"), right=frozenset({0, 1})),
    ),
    pass_mark=2,
    attempts=2,
)


def ask(confirmed_at: datetime | None = None, ended_at: datetime | None = None) -> AskFacts:
    return AskFacts(person_id=ANNA, confirmed_at=confirmed_at, ended_at=ended_at)


def test_an_open_ask_for_the_text_in_force_can_be_confirmed() -> None:
    rules.must_be_open(ask())
    rules.must_be_current(SHOWN, confirmed_digest="ab" * 32)


def test_an_outdated_digest_is_refused_with_the_number_of_the_new_text() -> None:
    with pytest.raises(DigestOutdated, match=r"version 2\.0 is in force now, and nothing was confirmed"):
        rules.must_be_current(SHOWN, confirmed_digest="cd" * 32)


def test_nothing_is_confirmed_twice() -> None:
    with pytest.raises(AlreadyConfirmed, match="already"):
        rules.must_be_open(ask(confirmed_at=NOON))


def test_whoever_is_asked_no_more_confirms_nothing() -> None:
    with pytest.raises(NothingAsked, match="not asked of you any more"):
        rules.must_be_open(ask(ended_at=NOON))


@pytest.mark.parametrize(
    ("confirmed_at", "ended_at", "due", "expected"),
    [
        (None, None, DAY, AskState.OPEN),
        (None, None, DAY - timedelta(days=1), AskState.OVERDUE),
        (NOON, None, DAY - timedelta(days=1), AskState.CONFIRMED),
        (NOON, NOON, DAY, AskState.CONFIRMED),
        (None, NOON, DAY, AskState.ENDED),
    ],
    ids=["due today", "late", "confirmed late", "left after confirming", "left before"],
)
def test_the_state_of_an_ask(
    confirmed_at: datetime | None, ended_at: datetime | None, due: date, expected: AskState
) -> None:
    assert rules.state(confirmed_at=confirmed_at, ended_at=ended_at, due=due, today=DAY) is expected


def test_reminders_go_out_before_the_due_day_on_it_and_in_the_rhythm_after_it() -> None:
    cadence = Cadence(due_days=14, remind_before_days=(7, 1), repeat_days=5)
    due = rules.due_on(DAY, cadence)
    days, day = [], DAY
    for _step in range(5):
        day = rules.next_reminder(due, cadence, after=day)
        days.append((day - due).days)
    assert days == [-7, -1, 0, 5, 10]
    assert rules.escalates_on(due, cadence) == due + timedelta(days=7)


@given(
    after=st.integers(-30, 400),
    before=st.lists(st.integers(1, 14), max_size=4),
    repeat=st.integers(1, 40),
)
def test_the_next_reminder_is_always_later(after: int, before: list[int], repeat: int) -> None:
    cadence = Cadence(due_days=14, remind_before_days=tuple(before), repeat_days=repeat)
    day = DAY + timedelta(days=after)
    assert rules.next_reminder(DAY, cadence, after=day) > day


def test_exactly_the_right_choices_are_a_right_answer() -> None:
    score = rules.mark(TWO, (frozenset({1}), frozenset({0, 1})), attempts=0)
    assert (score.right, score.needed, score.is_enough, score.attempts_left) == (2, 2, True, 1)
    rules.must_be_enough(score)


def test_half_of_the_right_choices_is_a_wrong_answer_and_the_attempts_left_are_named() -> None:
    score = rules.mark(TWO, (frozenset({1}), frozenset({0})), attempts=1)
    with pytest.raises(QuizNotPassed, match=r"1 of 2 answers are right; 2 are needed\. Attempts left: 0"):
        rules.must_be_enough(score)


def test_without_a_limit_no_attempts_are_counted_down() -> None:
    free = Quiz(questions=TWO.questions, pass_mark=1)
    score = rules.mark(free, (frozenset({0}), frozenset({2})), attempts=9)
    assert score.attempts_left is None
    with pytest.raises(QuizNotPassed, match=r"0 of 2 answers are right; 1 are needed$"):
        rules.must_be_enough(score)


@pytest.mark.parametrize(
    "answers", [(), (frozenset({1}),), (frozenset({1}), frozenset())], ids=["none", "one", "blank"]
)
def test_an_unanswered_question_is_not_marked(answers: tuple[frozenset[int], ...]) -> None:
    with pytest.raises(QuizUnanswered, match="every question needs an answer"):
        rules.mark(TWO, answers, attempts=0)


def test_after_the_last_attempt_there_is_no_other() -> None:
    with pytest.raises(AttemptsUsedUp, match="all 2 attempts"):
        rules.mark(TWO, (frozenset({1}), frozenset({0, 1})), attempts=2)


def test_the_terms_of_a_quiz_refuse_what_nobody_could_pass() -> None:
    question = TWO.questions[0]
    assert TWO.questions[1].has_several
    assert not question.has_several
    for bad, words in (
        (lambda: Quiz(questions=(), pass_mark=1), "1 to 20 questions"),
        (lambda: Quiz(questions=(question,), pass_mark=2), "pass mark counts right answers: 1 to 1"),
        (lambda: Quiz(questions=(question,), pass_mark=1, attempts=-1), r"attempts are 0 \(no limit\) to 20"),
        (lambda: Question(text=" ", choices=("a", "b"), right=frozenset({0})), "1 to 500 characters"),
        (lambda: Question(text="x", choices=("a",), right=frozenset({0})), "2 to 8 choices"),
        (lambda: Question(text="x", choices=("a", " "), right=frozenset({0})), "a choice has 1 to 300"),
        (lambda: Question(text="x", choices=("a", "b"), right=frozenset()), "at least one right choice"),
        (lambda: Question(text="x", choices=("a", "b"), right=frozenset({2})), "among the choices"),
    ):
        with pytest.raises(BadInput, match=words):
            bad()


def test_the_terms_of_audience_and_cadence_refuse_what_says_nothing() -> None:
    for bad, words in (
        (lambda: AudiencePart(kind=AudienceKind.UNIT), "names the unit"),
        (lambda: AudiencePart(kind=AudienceKind.ROLE), "names the role"),
        (lambda: AudiencePart(kind=AudienceKind.OWNERS), "names the type of asset"),
        (lambda: Cadence(due_days=0), "1 to 366 days, got 0"),
        (lambda: Cadence(due_days=5), "1 to 5 days before it"),
        (lambda: Cadence(repeat_days=0), "at least 1 day away"),
        (lambda: Cadence(escalate_after_days=0), "at least 1 day away"),
    ):
        with pytest.raises(BadInput, match=words):
            bad()


def test_a_rate_has_its_denominator_and_is_none_without_one() -> None:
    assert Rate(asked=0, confirmed=0).ratio is None
    rate = Rate(asked=8, confirmed=6, overdue=1)
    assert (rate.ratio, rate.open) == (0.75, 2)
