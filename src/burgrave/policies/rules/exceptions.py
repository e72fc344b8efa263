"""The life of an exception: requested, decided, extended, revoked, expired. The table of approval is in the terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from burgrave.policies.errors import ExceptionStep, ExceptionTooLong, OwnRequest, ReasonMissing
from burgrave.policies.terms.exceptions import (
    APPROVING,
    REMIND_BEFORE_DAYS,
    ExceptionCase,
    ExceptionState,
    RiskLevel,
)
from burgrave.web.errors import Said
from burgrave.web.terms import PersonId

STATE_WORDS = {
    ExceptionState.REQUESTED: Said("requested"),
    ExceptionState.GRANTED: Said("granted"),
    ExceptionState.REFUSED: Said("refused"),
    ExceptionState.WITHDRAWN: Said("withdrawn"),
    ExceptionState.REVOKED: Said("revoked"),
    ExceptionState.EXPIRED: Said("expired"),
}


def must_fit(risk: RiskLevel, *, starts_on: date, ends_on: date, today: date) -> None:
    """Return when the period is within what the risk level allows and not over already. Raises ExceptionTooLong."""
    longest = APPROVING[risk].longest_days
    if (ends_on - starts_on).days > longest:
        raise ExceptionTooLong(
            "an exception of this risk lasts at most %(longest)s days, got %(days)s",
            words={"longest": str(longest), "days": str((ends_on - starts_on).days)},
            mend="Ask for a shorter time; it can be extended with a reason before it ends.",
        )
    if ends_on < today:
        raise ExceptionTooLong(
            "an exception that ended on %(day)s cannot be asked for any more",
            words={"day": ends_on.isoformat()},
            mend="Choose a last day that is still to come.",
        )


def withdraw(case: ExceptionCase, *, person_id: PersonId) -> ExceptionCase:
    """The requester takes the request back before it was decided. Raises ExceptionStep, OwnRequest."""
    _must_be(case, ExceptionState.REQUESTED)
    if person_id != case.requester_id:
        raise OwnRequest("only whoever asked for an exception withdraws the request")
    return replace(case, state=ExceptionState.WITHDRAWN)


def approve(case: ExceptionCase, *, approver_id: PersonId, today: date) -> ExceptionCase:
    """One more approver agrees; with the last that the risk level needs it is granted, or extended.

    Raises OwnRequest, ExceptionStep.
    """
    _must_await(case)
    _must_be_another(case, approver_id)
    if approver_id in case.approver_ids:
        raise ExceptionStep(
            "you have approved this already; it needs %(needed)s different persons",
            words={"needed": str(APPROVING[case.risk].approvers)},
        )
    last = case.extends_to or case.ends_on
    if last < today:
        raise ExceptionStep(
            "its last day, %(day)s, is over; it cannot be granted any more",
            words={"day": last.isoformat()},
            mend="Refuse it, and let the requester ask anew.",
        )
    agreed = case.approver_ids | {approver_id}
    if len(agreed) < APPROVING[case.risk].approvers:
        return replace(case, approver_ids=agreed)
    return replace(case, state=ExceptionState.GRANTED, ends_on=last, extends_to=None, approver_ids=frozenset())


def refuse(case: ExceptionCase, *, approver_id: PersonId, reason: str) -> ExceptionCase:
    """The request, or the extension, is refused; what was granted stays so. Raises OwnRequest, ReasonMissing."""
    _must_await(case)
    _must_be_another(case, approver_id)
    _must_say(reason)
    if case.state is ExceptionState.REQUESTED:
        return replace(case, state=ExceptionState.REFUSED, approver_ids=frozenset())
    return replace(case, extends_to=None, approver_ids=frozenset())


def extend(case: ExceptionCase, *, to: date, reason: str, person_id: PersonId | None, today: date) -> ExceptionCase:
    """A later last day waits for a decision. The longest time counts from the extension. Raises ExceptionTooLong."""
    _must_be(case, ExceptionState.GRANTED)
    _must_say(reason)
    if case.extends_to is not None:
        raise ExceptionStep(
            "an extension to %(day)s waits for a decision already", words={"day": case.extends_to.isoformat()}
        )
    if case.ends_on < today:
        raise ExceptionStep(
            "its last day, %(day)s, is over; it is renewed no more",
            words={"day": case.ends_on.isoformat()},
            mend="Ask for a new exception.",
        )
    if to <= case.ends_on:
        raise ExceptionTooLong(
            "an extension ends after %(day)s, which is the last day already",
            words={"day": case.ends_on.isoformat()},
        )
    must_fit(case.risk, starts_on=today, ends_on=to, today=today)
    return replace(case, extends_to=to, extender_id=person_id, approver_ids=frozenset())


def revoke(case: ExceptionCase, *, reason: str) -> ExceptionCase:
    """The exception holds no more, before its time. Raises ExceptionStep, ReasonMissing."""
    _must_be(case, ExceptionState.GRANTED)
    _must_say(reason)
    return replace(case, state=ExceptionState.REVOKED, extends_to=None, approver_ids=frozenset())


def expire(case: ExceptionCase, *, today: date) -> ExceptionCase:
    """What was granted and not renewed is over the day after its last one. Raises ExceptionStep."""
    _must_be(case, ExceptionState.GRANTED)
    if case.ends_on >= today:
        raise ExceptionStep(
            "it holds until %(day)s; only what is over expires", words={"day": case.ends_on.isoformat()}
        )
    return replace(case, state=ExceptionState.EXPIRED, extends_to=None, approver_ids=frozenset())


def is_in_force(case: ExceptionCase, *, on: date) -> bool:
    """Whether the clause need not be followed on that day."""
    return case.state is ExceptionState.GRANTED and case.starts_on <= on <= case.ends_on


def next_reminder(ends_on: date, *, after: date) -> date | None:
    """The first day after ``after`` on which the end is announced; None when all were."""
    days = sorted(ends_on - timedelta(days=each) for each in REMIND_BEFORE_DAYS)
    return next((day for day in days if day > after), None)


def _must_be(case: ExceptionCase, state: ExceptionState) -> None:
    if case.state is not state:
        raise ExceptionStep(
            "this exception is %(state)s; it must be %(wanted)s for that",
            words={"state": STATE_WORDS[case.state], "wanted": STATE_WORDS[state]},
        )


def _must_await(case: ExceptionCase) -> None:
    if not case.awaits_decision:
        raise ExceptionStep(
            "this exception is %(state)s, and nothing about it waits for a decision",
            words={"state": STATE_WORDS[case.state]},
        )


def _must_be_another(case: ExceptionCase, approver_id: PersonId) -> None:
    if approver_id in {case.requester_id, case.extender_id}:
        raise OwnRequest(
            "nobody decides on an exception that they asked for themselves",
            mend="Ask somebody else who may decide here.",
        )


def _must_say(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("this needs a reason", mend="Say why; it stays with the exception.")
