"""The states of a case, and what each step asks for (phases as in NIST SP 800-61r2, 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from burgrave.incidents.errors import ReasonMissing, UndecidedAlerts, WrongMoment, WrongState
from burgrave.incidents.terms import CaseState, Conclusion, Level, Severity

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStanding:
    """An alert of a case at the moment of closing."""

    label: str
    decided: bool


def number(year: int, sequence: int) -> str:
    """The number that people say aloud, for example INC-2026-0001."""
    return f"INC-{year}-{sequence:04d}"


def must_be_working(label: str, state: CaseState, *, act: str) -> None:
    """Return when the case is being worked on. Raises WrongState."""
    if state is CaseState.CLOSED:
        raise WrongState(
            f"{label} is closed; {act} only in a case that is being worked on",
            mend="Reopen the case with a reason first.",
        )
    if state is CaseState.MERGED:
        raise WrongState(
            f"{label} was merged into another case; {act} only in a case that is being worked on",
            mend="Go on in the other case.",
        )


def step(label: str, state: CaseState, to: CaseState, *, reason: str) -> CaseState:
    """The state after one phase forward, or several back with a reason. Raises WrongState or ReasonMissing."""
    if to in FORWARD[state]:
        return to
    if to in BACKWARD[state]:
        if not reason.strip():
            raise ReasonMissing(
                f"{label} goes back from {state.value} to {to.value} only with a reason",
                mend="Write what turned out not to be over.",
            )
        return to
    targets = " or ".join(state.value for state in (*FORWARD[state], *BACKWARD[state]))
    raise WrongState(
        f"{label} is {state.value} and cannot become {to.value}; it can become {targets or 'nothing else this way'}"
    )


def close(label: str, state: CaseState, *, conclusion: Conclusion, alerts: Iterable[AlertStanding]) -> Conclusion:
    """The conclusion that the case closes with. Raises WrongState or UndecidedAlerts.

    Any working state may close: an incident that was none has nothing to contain.
    """
    if state not in WORKING:
        raise WrongState(f"{label} is {state.value}; only a case that is being worked on can be closed")
    open_labels = [alert.label for alert in alerts if not alert.decided]
    if open_labels:
        named = ", ".join(open_labels[:3]) + (" and others" if len(open_labels) > 3 else "")  # noqa: PLR2004 - a short list
        count = "1 alert is" if len(open_labels) == 1 else f"{len(open_labels)} alerts are"
        raise UndecidedAlerts(
            f"{label} cannot close while {count} undecided: {named}",
            mend="Confirm or dismiss each alert of the case.",
        )
    return conclusion


def reopen(label: str, state: CaseState, *, reason: str) -> str:
    """The reason without outer spaces; the case is open again. Raises WrongState or ReasonMissing."""
    if state is not CaseState.CLOSED:
        raise WrongState(f"{label} is {state.value}; only a closed case can be reopened")
    if not reason.strip():
        raise ReasonMissing(f"{label} is reopened only with a reason", mend="Write what came to light since.")
    return reason.strip()


def merge(label: str, state: CaseState, *, into: str, into_state: CaseState) -> None:
    """Return when the first case may become part of the second. Raises WrongState."""
    if label == into:
        raise WrongState(f"{label} cannot be merged into itself")
    if state not in WORKING:
        raise WrongState(f"{label} is {state.value}; only a case that is being worked on can be merged into another")
    if into_state not in WORKING:
        raise WrongState(f"{into} is {into_state.value}; cases are merged only into one that is being worked on")


def severity_of(levels: Iterable[Level]) -> Severity:
    """The severity that a new case is proposed with: that of its worst alert, low when it has none."""
    worst = max(levels, key=lambda level: level.rank, default=Level.LOW)
    return Severity.LOW if worst is Level.INFORMATIONAL else Severity(worst.value)


def timeline_moment(at: datetime, *, now: datetime) -> datetime:
    """The moment of a timeline entry. Raises WrongMoment when it lies ahead or has no time zone."""
    if at.tzinfo is None:
        raise WrongMoment("a moment on the timeline needs a time zone", mend="Name the zone that the clock was set to.")
    if at > now:
        raise WrongMoment(
            f"a timeline tells what happened; {at:%Y-%m-%d %H:%M} lies ahead of now ({now:%Y-%m-%d %H:%M} UTC)"
        )
    return at
