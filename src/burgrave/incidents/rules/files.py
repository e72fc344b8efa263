"""The states of an event file: received → reading → read, refused or cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta

from burgrave.incidents.errors import WrongState
from burgrave.incidents.rules.saying import state_said
from burgrave.incidents.terms import EventFileState

LATE_AFTER = timedelta(hours=1)
"""An event of a stream that is older when it is received counts as late."""
EARLY_AFTER = timedelta(minutes=5)
"""One that says a time so far ahead comes from a clock that is wrong."""

READABLE_AGAIN = frozenset({EventFileState.REFUSED, EventFileState.CANCELLED})
UNDER_WAY = frozenset({EventFileState.RECEIVED, EventFileState.READING})
UNFINISHED = UNDER_WAY | {EventFileState.RAISING}


def cancel(label: str, state: EventFileState) -> EventFileState:
    """The state after a person stopped the reading. Raises WrongState."""
    if state is EventFileState.RAISING:
        raise WrongState(
            "%(label)s has been read and its alerts are being raised; that cannot be cancelled any more",
            words={"label": label},
            mend="Let it come to its end, and dismiss the alerts that need no work.",
        )
    if state not in UNDER_WAY:
        raise WrongState(
            "the reading of %(label)s cannot be cancelled: the file is %(state)s",
            words={"label": label, "state": state_said(state)},
        )
    return EventFileState.CANCELLED


def read_again(label: str, state: EventFileState, *, job_failed: bool) -> EventFileState:
    """The state of a file that goes back into the queue. Raises WrongState.

    A reading that gave up after its last attempt leaves the file under way without a job; it may be started again too.
    One that gave up while alerts were raised goes on with that: what was raised stays.
    """
    if state is EventFileState.RAISING and job_failed:
        return state
    if state in READABLE_AGAIN or (state in UNDER_WAY and job_failed):
        return EventFileState.RECEIVED
    if state is EventFileState.RAISING:
        raise WrongState("%(label)s has been read already; its alerts are being raised", words={"label": label})
    if state in UNDER_WAY:
        raise WrongState(
            "%(label)s is %(state)s already; it is read to its end",
            words={"label": label, "state": state_said(state)},
        )
    raise WrongState("%(label)s has been read; reading it again would find the same", words={"label": label})


def must_be_there(label: str, *, removed_at: datetime | None, after_days: int | None) -> None:
    """Return when no retention removed the bytes of the file. Raises WrongState."""
    if removed_at is not None:
        raise WrongState(
            "the bytes of %(label)s were removed on %(day)s by a retention of %(days)s days",
            words={"label": label, "day": f"{removed_at:%Y-%m-%d}", "days": str(after_days)},
        )


def begin(state: EventFileState) -> bool:
    """Whether a worker may read the file now. A cancelled, refused or read file is left as it is."""
    return state in UNDER_WAY


def is_late(at: datetime | None, *, received_at: datetime) -> bool:
    """Whether an event of a stream is much older than its receipt."""
    return at is not None and received_at - at > LATE_AFTER


def is_early(at: datetime | None, *, received_at: datetime) -> bool:
    """Whether an event of a stream says a time well after its receipt."""
    return at is not None and at - received_at > EARLY_AFTER
