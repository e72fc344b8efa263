from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta

import pytest

from burgrave.jobs import rules
from burgrave.jobs.terms import KindPolicy

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 2), (2, 4), (3, 8), (9, 512), (10, 600), (4000, 600)],
    ids=["first", "second", "third", "ninth", "capped", "absurd"],
)
def test_the_pause_doubles_up_to_ten_minutes(attempts: int, seconds: int) -> None:
    assert rules.wait_after(attempts, policy=KindPolicy(), chance=0.0) == timedelta(seconds=seconds)


def test_chance_takes_a_share_of_the_pause_so_that_what_failed_together_is_not_tried_together() -> None:
    policy = KindPolicy(first_wait=timedelta(seconds=10), jitter=0.5)
    assert [rules.wait_after(1, policy=policy, chance=chance).total_seconds() for chance in (0.0, 0.5, 1.0)] == [
        10,
        7.5,
        5,
    ]


def caused(error: BaseException, by: BaseException) -> BaseException:
    error.__cause__ = by
    return error


OperationalError = type("OperationalError", (Exception,), {})


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (caused(ValueError("not kept"), OSError(errno.ENOSPC, "No space left on device")), True),
        (OperationalError("database or disk is full"), True),
        (OperationalError('could not extend file "base/1": No space left on device'), True),
        (OperationalError("database is locked"), False),
        (OSError(errno.EACCES, "Permission denied"), False),
        (OSError("no number"), False),
        (ValueError("the disk is full"), False),
        (None, False),
    ],
)
def test_a_full_disk_is_told_from_other_faults(error: BaseException | None, *, is_full: bool) -> None:
    assert rules.is_out_of_room(error) is is_full


def test_no_pause_follows_no_attempt() -> None:
    with pytest.raises(ValueError, match="at least one attempt, got attempts=0"):
        rules.wait_after(0, policy=KindPolicy(), chance=0.0)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("first_wait", timedelta(), "0 < first_wait"),
        ("longest_wait", timedelta(seconds=1), "first_wait <= longest_wait"),
        ("jitter", 1.0, "less than 1, got 1"),
        ("jitter", -0.1, "at least 0"),
        ("concurrency", -1, "0 or more, got -1"),
    ],
)
def test_a_policy_refuses_what_cannot_be_followed(field: str, value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        KindPolicy(**{field: value})


def test_arguments_are_shown_without_what_is_named_like_a_secret() -> None:
    shown = rules.shown_args(
        {
            "file_id": 7,
            "api_token": "abc",
            "deep": {"password": "x", "n": [1, 2]},
            "long": "y" * 300,
            "Authorization": "Basic eA==",
        }
    )
    assert dict(shown) == {
        "file_id": "7",
        "api_token": "…",
        "deep": "{n: 1, 2, password: …}",
        "long": "y" * 200 + "…",
        "Authorization": "…",
    }


@pytest.mark.parametrize(
    ("silent_seconds", "stopped", "state"),
    [(0, False, "alive"), (20, False, "alive"), (21, False, "silent"), (21, True, "stopped")],
)
def test_a_worker_is_silent_when_four_beats_were_missed_and_it_said_no_farewell(
    silent_seconds: int, *, stopped: bool, state: str
) -> None:
    now = NOON + timedelta(seconds=silent_seconds)
    assert rules.worker_state(beat_at=NOON, stopped_at=NOON if stopped else None, now=now) == state


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
