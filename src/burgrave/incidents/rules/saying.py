"""States and alerts as they stand inside a sentence."""

from __future__ import annotations

import re

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
        Said("raising"),
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


_MOMENT = re.compile(r".*: (first|last) of ([0-9,]+) matches", re.DOTALL)


def first_said(label: str, matches: str) -> Said:
    """The timeline's words for the first match of an alert."""
    return Said("%(alert)s: first of %(matches)s matches", {"alert": label, "matches": matches})


def last_said(label: str, matches: str) -> Said:
    """The timeline's words for the last match of an alert."""
    return Said("%(alert)s: last of %(matches)s matches", {"alert": label, "matches": matches})


def moment_said(text: str, *, label: str) -> str:
    """What the timeline keeps about a match of the alert, as it can be said in any language.

    The number of matches is the one that was written: an alert may have grown since. A text that is none of an
    alert's own comes back as it is.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        return label if text == label else text
    said = (first_said if found[1] == "first" else last_said)(label, found[2])
    return said if said == text else text
