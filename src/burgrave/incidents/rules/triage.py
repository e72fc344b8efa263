"""What may happen to an alert: new → acknowledged → dismissed with a reason, or escalated into a case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from burgrave.incidents.errors import ReasonMissing, WrongState
from burgrave.incidents.rules.saying import state_said
from burgrave.incidents.terms import AlertState, Dismissal
from burgrave.web.errors import Said, either


class Act(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    DISMISS = "dismiss"
    ESCALATE = "escalate"
    REOPEN = "reopen"
    CONFIRM = "confirm"
    ASSIGN = "assign"


ALLOWED: dict[Act, frozenset[AlertState]] = {
    Act.ACKNOWLEDGE: frozenset({AlertState.NEW}),
    Act.DISMISS: frozenset({AlertState.NEW, AlertState.ACKNOWLEDGED, AlertState.ESCALATED}),
    Act.ESCALATE: frozenset({AlertState.NEW, AlertState.ACKNOWLEDGED}),
    Act.REOPEN: frozenset({AlertState.DISMISSED}),
    Act.CONFIRM: frozenset({AlertState.ESCALATED}),
    Act.ASSIGN: frozenset({AlertState.NEW, AlertState.ACKNOWLEDGED, AlertState.ESCALATED}),
}
"""The whole table: an act that does not name the alert's state is refused."""

_ALLOWED_SAID = {
    Act.ACKNOWLEDGE: Said("can be acknowledged"),
    Act.DISMISS: Said("can be dismissed"),
    Act.ESCALATE: Said("can be taken into a case"),
    Act.REOPEN: Said("can be reopened"),
    Act.CONFIRM: Said("can be confirmed"),
    Act.ASSIGN: Said("can be assigned"),
}

_DISMISSAL_SAID = {
    Dismissal.FALSE_POSITIVE: Said("false positive"),
    Dismissal.BENIGN: Said("benign"),
    Dismissal.DUPLICATE: Said("duplicate"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """What a decision about an alert rests on."""

    label: str
    state: AlertState
    in_case: bool
    is_confirmed: bool


def decide(alert: AlertView, act: Act) -> AlertState:
    """The state of the alert after the act. Raises WrongState."""
    if alert.state not in ALLOWED[act]:
        raise WrongState(
            "the alert %(label)s is %(state)s; only one that is %(expected)s %(allowed)s",
            words={
                "label": alert.label,
                "state": state_said(alert.state),
                "expected": either(state_said(state) for state in AlertState if state in ALLOWED[act]),
                "allowed": _ALLOWED_SAID[act],
            },
            mend="Load the page again to see what was decided, and by whom.",
        )
    if act is Act.CONFIRM and alert.is_confirmed:
        raise WrongState("the alert %(label)s is confirmed already", words={"label": alert.label})
    return {
        Act.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
        Act.DISMISS: AlertState.DISMISSED,
        Act.ESCALATE: AlertState.ESCALATED,
        Act.REOPEN: AlertState.ESCALATED if alert.in_case else AlertState.NEW,
        Act.CONFIRM: AlertState.ESCALATED,
        Act.ASSIGN: alert.state,
    }[act]


def dismissal_note(dismissal: Dismissal, note: str) -> str:
    """The note without outer spaces; only a duplicate explains itself. Raises ReasonMissing."""
    words = note.strip()
    if not words and dismissal is not Dismissal.DUPLICATE:
        raise ReasonMissing(
            "an alert is dismissed as %(dismissal)s only with a note that says why",
            words={"dismissal": _DISMISSAL_SAID[dismissal]},
            mend="Write one sentence that a colleague can check.",
        )
    return words


def reopening_reason(text: str, *, what: str) -> str:
    """The reason without outer spaces. Raises ReasonMissing when there is none."""
    words = text.strip()
    if not words:
        raise ReasonMissing(
            "%(label)s is reopened only with a reason", words={"label": what}, mend="Write what came to light since."
        )
    return words


def is_decided(alert: AlertView) -> bool:
    """Whether a case with this alert could close: somebody confirmed or dismissed it."""
    return alert.state is AlertState.DISMISSED or (alert.state is AlertState.ESCALATED and alert.is_confirmed)
