"""States and alerts as they stand inside a sentence."""

from __future__ import annotations

from burgrave.incidents.terms import AlertState, CaseState, EventFileState
from burgrave.web.errors import Said

_STATES = {
    str(said): said
    for said in (
        Said("open"),
        Said("contained"),
        Said("eradicated"),
        Said("recovered"),
        Said("closed"),
        Said("merged"),
        Said("new"),
        Said("acknowledged"),
        Said("dismissed"),
        Said("escalated"),
        Said("received"),
        Said("reading"),
        Said("read"),
        Said("refused"),
        Said("cancelled"),
    )
}


def state_said(state: CaseState | AlertState | EventFileState) -> Said:
    """The state, as a sentence names it."""
    return _STATES[state.value]


def alert_label(title: str, computer: str) -> str:
    """An alert as people know it: its rule, and its computer when that is known."""
    return Said("%(rule)s on %(computer)s", {"rule": title, "computer": computer}) if computer else title
