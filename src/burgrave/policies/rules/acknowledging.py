"""Who must confirm what by when, and what a confirmation is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count

from burgrave.policies.errors import (
    AlreadyConfirmed,
    AttemptsUsedUp,
    DigestOutdated,
    NothingAsked,
    QuizNotPassed,
    QuizUnanswered,
)
from burgrave.policies.terms.acknowledging import AskFacts, AskState, Cadence, Quiz, Score, Shown

Answers = Sequence[frozenset[int]]


def counts_from(asked_on: date, *, effective_on: date | None) -> date:
    """The day from which the days to confirm are counted: nobody is late before a text holds."""
    return max(asked_on, effective_on) if effective_on else asked_on


def due_on(asked_on: date, cadence: Cadence) -> date:
    """The last day on which the confirmation is in time, for days that are counted from ``asked_on``."""
    return asked_on + timedelta(days=cadence.due_days)


def next_reminder(due: date, cadence: Cadence, *, after: date) -> date:
    """The first day after ``after`` on which whoever has not confirmed is reminded; there is always one."""
    before = sorted(due - timedelta(days=days) for days in cadence.remind_before_days)
    early = next((day for day in (*before, due) if day > after), None)
    if early is not None:
        return early
    return next(day for step in count(1) if (day := due + timedelta(days=step * cadence.repeat_days)) > after)


def escalates_on(due: date, cadence: Cadence) -> date:
    """The day on which the head of the unit is told."""
    return due + timedelta(days=cadence.escalate_after_days)


def state(*, confirmed_at: datetime | None, ended_at: datetime | None, due: date, today: date) -> AskState:
    """How the ask stands. What was confirmed stays confirmed after the person was asked no more."""
    if confirmed_at is not None:
        return AskState.CONFIRMED
    if ended_at is not None:
        return AskState.ENDED
    return AskState.OVERDUE if due < today else AskState.OPEN


def must_be_open(ask: AskFacts) -> None:
    """Return when the person is asked and has not answered. Raises NothingAsked, AlreadyConfirmed."""
    if ask.ended_at is not None:
        raise NothingAsked(
            "this document is not asked of you any more",
            mend="Open the list of what you must know; it shows what is asked of you now.",
        )
    if ask.confirmed_at is not None:
        raise AlreadyConfirmed("you have confirmed this document already; one confirmation is enough")


def must_be_current(shown: Shown, *, confirmed_digest: str) -> None:
    """Return when what the reader saw is what is in force. Raises DigestOutdated."""
    if confirmed_digest != shown.digest:
        raise DigestOutdated(
            "the text was replaced since you opened it: version %(number)s is in force now, and nothing was confirmed",
            words={"number": shown.number},
            mend="Read the text that is shown now, then confirm it.",
        )


def mark(quiz: Quiz, answers: Answers, *, attempts: int) -> Score:
    """What the answers are worth; an answer is right when exactly the right choices were made.

    ``attempts`` were made before. Raises QuizUnanswered, AttemptsUsedUp.
    """
    if quiz.attempts and attempts >= quiz.attempts:
        raise AttemptsUsedUp(
            "all %(attempts)s attempts at the questions are used up",
            words={"attempts": str(quiz.attempts)},
            mend="Ask whoever answers for the document to explain it and to give you another attempt.",
        )
    if len(answers) != len(quiz.questions) or not all(answers):
        raise QuizUnanswered("every question needs an answer before it is marked", mend="Answer all of them.")
    right = sum(given == question.right for given, question in zip(answers, quiz.questions, strict=True))
    left = max(0, quiz.attempts - attempts - 1) if quiz.attempts else None
    return Score(right=right, questions=len(quiz.questions), needed=quiz.pass_mark, attempts_left=left)


def must_be_enough(score: Score) -> None:
    """Return when enough answers are right. Raises QuizNotPassed."""
    if score.is_enough:
        return
    words = {"right": str(score.right), "questions": str(score.questions), "needed": str(score.needed)}
    if score.attempts_left is None:
        raise QuizNotPassed(
            "%(right)s of %(questions)s answers are right; %(needed)s are needed",
            words=words,
            mend="Read the text again and answer once more.",
        )
    raise QuizNotPassed(
        "%(right)s of %(questions)s answers are right; %(needed)s are needed. Attempts left: %(left)s",
        words={**words, "left": str(score.attempts_left)},
        mend="Read the text again before you answer once more.",
    )
