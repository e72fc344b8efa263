"""The states of a log source, and when it is silent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from burgrave.intake.errors import SourceStep
from burgrave.intake.terms import SourceState
from burgrave.web.errors import Said

STEPS: Mapping[SourceState, tuple[SourceState, ...]] = MappingProxyType(
    {
        SourceState.ACTIVE: (SourceState.PAUSED, SourceState.RETIRED),
        SourceState.PAUSED: (SourceState.ACTIVE, SourceState.RETIRED),
        SourceState.RETIRED: (),
    }
)
STATE_SAID: Mapping[SourceState, str] = MappingProxyType(
    {
        SourceState.ACTIVE: Said("listened to"),
        SourceState.PAUSED: Said("paused"),
        SourceState.RETIRED: Said("retired"),
    }
)


def step(state: SourceState, to: SourceState, *, reason: str) -> SourceState:
    """The state after the step. Raises SourceStep."""
    if to not in STEPS[state]:
        raise SourceStep(
            "a log source that is %(state)s does not become %(to)s",
            words={"state": STATE_SAID[state], "to": STATE_SAID[to]},
            mend="Look at its present state.",
        )
    if to is SourceState.RETIRED and not reason.strip():
        raise SourceStep("a log source is retired with a reason", mend="Say why nobody needs to hear it any more.")
    return to


def silent_from(
    *, state: SourceState, last_heard_at: datetime | None, heard_since: datetime, silent_after: timedelta | None
) -> datetime | None:
    """The moment from which the source counts as silent; None where it may be, or is not to be heard.

    Silence is counted from when it was last heard, or last told to be heard.
    """
    if state is not SourceState.ACTIVE or silent_after is None:
        return None
    newest = heard_since if last_heard_at is None else max(last_heard_at, heard_since)
    return newest + silent_after
