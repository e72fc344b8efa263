from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from burgrave.jobs import rules

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 2), (2, 4), (3, 8), (9, 512), (10, 600), (4000, 600)],
    ids=["first", "second", "third", "ninth", "capped", "absurd"],
)
def test_the_pause_doubles_up_to_ten_minutes(attempts: int, seconds: int) -> None:
    assert rules.wait_after(attempts) == timedelta(seconds=seconds)


def test_no_pause_follows_no_attempt() -> None:
    with pytest.raises(ValueError, match="at least one attempt, got attempts=0"):
        rules.wait_after(0)


@pytest.mark.parametrize(
    ("done", "since", "expected"),
    [(0, NOON, None), (10, None, None), (10, NOON, 5.0), (10, NOON + timedelta(seconds=2), None)],
    ids=["nothing done", "not started", "five a second", "no time passed"],
)
def test_a_rate_is_known_once_there_is_something_to_divide(
    done: int, since: datetime | None, expected: float | None
) -> None:
    assert rules.rate(done, since=since, now=NOON + timedelta(seconds=2)) == expected


@pytest.mark.parametrize(
    ("done", "total", "per_second", "expected"),
    [(10, 30, 5.0, 4.0), (30, 30, 5.0, 0.0), (31, 30, 5.0, 0.0), (10, 0, 5.0, None), (10, 30, None, None)],
    ids=["under way", "at the end", "past the end", "unknown total", "unknown rate"],
)
def test_the_time_left_follows_from_the_rate(
    done: int, total: int, per_second: float | None, expected: float | None
) -> None:
    assert rules.seconds_left(done, total, per_second) == expected
