"""The states of a case, and what each step asks for (phases as in NIST SP 800-61r2, 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from burgrave.incidents.errors import ReasonMissing, UndecidedAlerts, WrongMoment, WrongState
from burgrave.incidents.rules.saying import state_said
from burgrave.incidents.terms import CaseState, Conclusion, Level, Severity
from burgrave.web.errors import Said, either, listed

FORWARD: dict[CaseState, tuple[CaseState, ...]] = {
    CaseState.OPEN: (CaseState.CONTAINED,),
    CaseState.CONTAINED: (CaseState.ERADICATED,),
    CaseState.ERADICATED: (CaseState.RECOVERED,),
    CaseState.RECOVERED: (),
    CaseState.CLOSED: (),
    CaseState.MERGED: (),
}
"""One phase at a time. Closing, reopening and merging are acts of their own."""

BACKWARD: dict[CaseState, tuple[CaseState, ...]] = {
    CaseState.OPEN: (),
    CaseState.CONTAINED: (CaseState.OPEN,),
    CaseState.ERADICATED: (CaseState.CONTAINED, CaseState.OPEN),
    CaseState.RECOVERED: (CaseState.ERADICATED, CaseState.CONTAINED, CaseState.OPEN),
    CaseState.CLOSED: (),
    CaseState.MERGED: (),
}
"""A phase that turns out not to be over is taken back, with a reason."""

WORKING = (CaseState.OPEN, CaseState.CONTAINED, CaseState.ERADICATED, CaseState.RECOVERED)
"""The states in which a case is worked on: facts, notes, alerts and evidence may change."""

NAMED = 3
"""How many undecided alerts a refusal names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStanding:
    """An alert of a case at the moment of closing."""

    label: str
    decided: bool


def number(year: int, sequence: int) -> str:
    """The number that people say aloud, for example INC-2026-0001."""
    return f"INC-{year}-{sequence:04d}"


def sample_number(year: int, sequence: int) -> str:
    """The number of a made-up case: real numbers have no gaps, also when the sample is gone again."""
    return f"SAMPLE-{year}-{sequence:04d}"


def must_be_working(label: str, state: CaseState, *, act: str) -> None:
    """Return when the case is being worked on. Raises WrongState."""
    if state is CaseState.CLOSED:
        raise WrongState(
            "%(label)s is closed; %(act)s only in a case that is being worked on",
            words={"label": label, "act": act},
            mend="Reopen the case with a reason first.",
        )
    if state is CaseState.MERGED:
        raise WrongState(
            "%(label)s was merged into another case; %(act)s only in a case that is being worked on",
            words={"label": label, "act": act},
            mend="Go on in the other case.",
        )


def step(label: str, state: CaseState, to: CaseState, *, reason: str) -> CaseState:
    """The state after one phase forward, or several back with a reason. Raises WrongState or ReasonMissing."""
    if to in FORWARD[state]:
        return to
    if to in BACKWARD[state]:
        if not reason.strip():
            raise ReasonMissing(
                "%(label)s goes back from %(state)s to %(to)s only with a reason",
                words={"label": label, "state": state_said(state), "to": state_said(to)},
                mend="Write what turned out not to be over.",
            )
        return to
    targets = either(map(state_said, (*FORWARD[state], *BACKWARD[state]))) or Said("nothing else this way")
    raise WrongState(
        "%(label)s is %(state)s and cannot become %(to)s; it can become %(targets)s",
        words={"label": label, "state": state_said(state), "to": state_said(to), "targets": targets},
    )


def close(label: str, state: CaseState, *, conclusion: Conclusion, alerts: Iterable[AlertStanding]) -> Conclusion:
    """The conclusion that the case closes with. Raises WrongState or UndecidedAlerts.

    Any working state may close: an incident that was none has nothing to contain.
    """
    if state not in WORKING:
        raise WrongState(
            "%(label)s is %(state)s; only a case that is being worked on can be closed",
            words={"label": label, "state": state_said(state)},
        )
    open_labels = [alert.label for alert in alerts if not alert.decided]
    if open_labels:
        named = listed(open_labels[:NAMED])
        if len(open_labels) > NAMED:
            named = Said("%(some)s and others", {"some": named})
        number = str(len(open_labels))
        count = Said("1 alert is") if number == "1" else Said("%(number)s alerts are", {"number": number})
        raise UndecidedAlerts(
            "%(label)s cannot close while %(count)s undecided: %(named)s",
            words={"label": label, "count": count, "named": named},
            mend="Confirm or dismiss each alert of the case.",
        )
    return conclusion


def reopen(label: str, state: CaseState, *, reason: str) -> str:
    """The reason without outer spaces; the case is open again. Raises WrongState or ReasonMissing."""
    if state is not CaseState.CLOSED:
        raise WrongState(
            "%(label)s is %(state)s; only a closed case can be reopened",
            words={"label": label, "state": state_said(state)},
        )
    if not reason.strip():
        raise ReasonMissing(
            "%(label)s is reopened only with a reason", words={"label": label}, mend="Write what came to light since."
        )
    return reason.strip()


def merge(label: str, state: CaseState, *, into: str, into_state: CaseState) -> None:
    """Return when the first case may become part of the second. Raises WrongState."""
    if label == into:
        raise WrongState("%(label)s cannot be merged into itself", words={"label": label})
    if state not in WORKING:
        raise WrongState(
            "%(label)s is %(state)s; only a case that is being worked on can be merged into another",
            words={"label": label, "state": state_said(state)},
        )
    if into_state not in WORKING:
        raise WrongState(
            "%(label)s is %(state)s; cases are merged only into one that is being worked on",
            words={"label": into, "state": state_said(into_state)},
        )


def severity_of(priorities: Iterable[Level]) -> Severity:
    """The severity that a new case is proposed with: that of its most urgent alert, low when it has none."""
    worst = max(priorities, key=lambda level: level.rank, default=Level.LOW)
    return Severity.LOW if worst is Level.INFORMATIONAL else Severity(worst.value)


def timeline_moment(at: datetime, *, now: datetime) -> datetime:
    """The moment of a timeline entry. Raises WrongMoment when it lies ahead or has no time zone."""
    if at.tzinfo is None:
        raise WrongMoment("a moment on the timeline needs a time zone", mend="Name the zone that the clock was set to.")
    if at > now:
        raise WrongMoment(
            "a timeline tells what happened; %(at)s lies ahead of now (%(now)s UTC)",
            words={"at": f"{at:%Y-%m-%d %H:%M}", "now": f"{now:%Y-%m-%d %H:%M}"},
        )
    return at
