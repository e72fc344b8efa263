from __future__ import annotations

import pytest

from burgrave.incidents.errors import WrongState
from burgrave.incidents.rules import files
from burgrave.incidents.terms import EventFileState

UNDER_WAY = [EventFileState.RECEIVED, EventFileState.READING]
ENDED = [EventFileState.READ, EventFileState.REFUSED, EventFileState.CANCELLED]


@pytest.mark.parametrize("state", UNDER_WAY)
def test_a_reading_under_way_is_cancelled(state: EventFileState) -> None:
    assert files.cancel("attack.evtx", state) is EventFileState.CANCELLED
    assert files.begin(state)


@pytest.mark.parametrize("state", ENDED)
def test_a_reading_that_has_ended_is_not_cancelled_and_not_begun(state: EventFileState) -> None:
    with pytest.raises(WrongState, match=f"the reading of attack.evtx cannot be cancelled: the file is {state.value}"):
        files.cancel("attack.evtx", state)
    assert not files.begin(state)


@pytest.mark.parametrize("state", [EventFileState.REFUSED, EventFileState.CANCELLED])
def test_a_refused_or_cancelled_file_may_be_read_again(state: EventFileState) -> None:
    assert files.read_again("attack.evtx", state, job_failed=False) is EventFileState.RECEIVED


@pytest.mark.parametrize("state", UNDER_WAY)
def test_a_file_under_way_is_read_again_only_after_its_job_gave_up(state: EventFileState) -> None:
    assert files.read_again("attack.evtx", state, job_failed=True) is EventFileState.RECEIVED
    with pytest.raises(WrongState, match=f"attack.evtx is {state.value} already; it is read to its end"):
        files.read_again("attack.evtx", state, job_failed=False)


def test_a_file_whose_alerts_are_raised_goes_on_with_that_and_with_nothing_else() -> None:
    with pytest.raises(WrongState, match="its alerts are being raised; that cannot be cancelled any more"):
        files.cancel("attack.evtx", EventFileState.RAISING)
    assert not files.begin(EventFileState.RAISING)
    assert files.read_again("attack.evtx", EventFileState.RAISING, job_failed=True) is EventFileState.RAISING
    with pytest.raises(WrongState, match=r"attack.evtx has been read already; its alerts are being raised"):
        files.read_again("attack.evtx", EventFileState.RAISING, job_failed=False)


def test_a_read_file_is_not_read_again() -> None:
    with pytest.raises(WrongState, match="reading it again would find the same"):
        files.read_again("attack.evtx", EventFileState.READ, job_failed=True)
