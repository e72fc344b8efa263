from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from burgrave.incidents.rules.durations import Clock, Duration, Moments, durations

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FULL = Moments(
    first_event_at=NOON - timedelta(hours=2),
    first_alert_at=NOON,
    acknowledged_at=NOON + timedelta(minutes=10),
    opened_at=NOON + timedelta(minutes=20),
    contained_at=NOON + timedelta(hours=1),
    closed_at=NOON + timedelta(days=1),
)


def by_clock(moments: Moments) -> dict[Clock, Duration]:
    return {each.clock: each for each in durations(moments)}


def test_each_figure_counts_from_and_until_moments_that_it_names() -> None:
    found = by_clock(FULL)
    assert [each.elapsed for each in found.values()] == [
        timedelta(hours=2),
        timedelta(minutes=10),
        timedelta(hours=1),
        timedelta(days=1),
    ]
    assert found[Clock.DETECT].why == (
        "from 2026-11-22 10:00:00 UTC (the first event of the attack) "
        "until 2026-11-22 12:00:00 UTC (the first alert was raised)"
    )


def test_a_missing_end_leaves_the_figure_open_and_says_what_is_missing() -> None:
    bare = Moments(
        first_event_at=None,
        first_alert_at=None,
        acknowledged_at=None,
        opened_at=NOON,
        contained_at=None,
        closed_at=None,
    )
    found = by_clock(bare)
    assert all(each.elapsed is None for each in found.values())
    assert found[Clock.DETECT].why == "not known: no event of this case carries a time"
    assert found[Clock.ACKNOWLEDGE].why == "not known: the case has no alert"
    assert found[Clock.CONTAIN].why == "not known: the case has not been contained"
    assert found[Clock.RESOLVE].why == "not known: the case is not closed"
    waiting = by_clock(replace(FULL, acknowledged_at=None))
    assert waiting[Clock.ACKNOWLEDGE].why == "not known: nobody has taken an alert of this case on yet"


def test_a_case_opened_by_hand_counts_from_its_opening() -> None:
    found = by_clock(replace(FULL, first_alert_at=None))
    assert found[Clock.CONTAIN].elapsed == timedelta(minutes=40)
    assert "the case was opened by hand" in found[Clock.CONTAIN].why


def test_a_clock_that_was_wrong_is_named_and_never_counted() -> None:
    found = by_clock(replace(FULL, first_event_at=NOON + timedelta(days=9)))
    assert found[Clock.DETECT].elapsed is None
    assert "so a clock was wrong" in found[Clock.DETECT].why
