"""Steps of time begin at borders of the calendar, hold everything, and are few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.hunting.courses import MOST_STEPS, Step, Unit, cut

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = st.sampled_from(
    [
        UTC,
        BERLIN,
        SHANGHAI,
        *map(ZoneInfo, ("America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kolkata")),
    ]
)
EVER = st.datetimes(timezones=st.just(UTC))
THESE_YEARS = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone apart
LENGTHS = st.one_of(st.timedeltas(timedelta(0), timedelta(days=3)), st.timedeltas(timedelta(0), timedelta(days=40_000)))


def begins(first: str, last: str, zone: ZoneInfo) -> tuple[Step, list[str]]:
    """The first and the last begin, in the zone, and the one behind the first."""
    step, steps = cut(datetime.fromisoformat(first), datetime.fromisoformat(last), zone)
    local = [begin.astimezone(zone).isoformat() for begin, _ in steps]
    return step, [local[0], local[1], local[-1]]


@pytest.mark.parametrize(
    ("first", "last", "zone", "step", "expected"),
    [
        ("2026-11-26T12:00:03.5+08:00", "2026-11-26T12:00:41+08:00", SHANGHAI, Step(1, Unit.SECOND),
         ["2026-11-26T12:00:03+08:00", "2026-11-26T12:00:04+08:00", "2026-11-26T12:00:41+08:00"]),
        ("2026-11-26T12:03:07+08:00", "2026-11-26T16:41:00+08:00", SHANGHAI, Step(5, Unit.MINUTE),
         ["2026-11-26T12:00:00+08:00", "2026-11-26T12:05:00+08:00", "2026-11-26T16:40:00+08:00"]),
        ("2026-11-24T05:03:07+08:00", "2026-11-30T16:41:00+08:00", SHANGHAI, Step(3, Unit.HOUR),
         ["2026-11-24T03:00:00+08:00", "2026-11-24T06:00:00+08:00", "2026-11-30T15:00:00+08:00"]),
        ("2026-10-20T05:03:07+08:00", "2026-11-30T16:41:00+08:00", SHANGHAI, Step(1, Unit.DAY),
         ["2026-10-20T00:00:00+08:00", "2026-10-21T00:00:00+08:00", "2026-11-30T00:00:00+08:00"]),
        ("2026-01-01T05:00:00+01:00", "2026-11-30T16:41:00+01:00", BERLIN, Step(1, Unit.WEEK),
         ["2025-12-29T00:00:00+01:00", "2026-01-05T00:00:00+01:00", "2026-11-30T00:00:00+01:00"]),
        ("2023-02-17T05:00:00+01:00", "2026-07-30T16:41:00+01:00", BERLIN, Step(1, Unit.MONTH),
         ["2023-02-01T00:00:00+01:00", "2023-03-01T00:00:00+01:00", "2026-07-01T00:00:00+02:00"]),
        ("2013-02-17T05:00:00+01:00", "2026-07-30T16:41:00+01:00", BERLIN, Step(3, Unit.MONTH),
         ["2013-01-01T00:00:00+01:00", "2013-04-01T00:00:00+02:00", "2026-07-01T00:00:00+02:00"]),
        ("1999-02-17T05:00:00+01:00", "2026-07-30T16:41:00+01:00", BERLIN, Step(1, Unit.YEAR),
         ["1999-01-01T00:00:00+01:00", "2000-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"]),
        ("1601-01-01T00:00:00+00:00", "2026-07-30T16:41:00+00:00", ZoneInfo("UTC"), Step(10, Unit.YEAR),
         ["1600-01-01T00:00:00+00:00", "1610-01-01T00:00:00+00:00", "2020-01-01T00:00:00+00:00"]),
    ],
    ids=["seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years", "decades"],
)  # fmt: skip
def test_steps_begin_where_people_expect_it(
    first: str, last: str, zone: ZoneInfo, step: Step, expected: list[str]
) -> None:
    if step == Step(10, Unit.YEAR):
        with_steps = cut(datetime.fromisoformat(first), datetime.fromisoformat(last), zone)
        assert (with_steps[0], len(with_steps[1])) == (step, 43)
    assert begins(first, last, zone) == (step, expected)


def test_a_day_on_which_clocks_change_ends_at_its_midnight() -> None:
    for day, hours in ((29, 23), (28, 24)):
        noon = datetime(2026, 3, day, 12, tzinfo=BERLIN)
        step, steps = cut(noon - timedelta(hours=11), noon + timedelta(hours=11), BERLIN)
        assert step == Step(30, Unit.MINUTE)
        assert all(end - begin == timedelta(minutes=30) for begin, end in steps)
        day_step, days = cut(noon - timedelta(days=20), noon + timedelta(days=20), BERLIN)
        assert day_step == Step(1, Unit.DAY)
        (length,) = {end - begin for begin, end in days if begin <= noon < end}
        assert length == timedelta(hours=hours)


def test_one_moment_is_one_step() -> None:
    moment = datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert cut(moment, moment) == (Step(1, Unit.SECOND), ((moment, moment + timedelta(seconds=1)),))


@given(st.one_of(EVER, THESE_YEARS), LENGTHS, ZONES)
def test_steps_follow_each_other_hold_everything_and_are_few(
    first: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    latest = datetime.max.replace(tzinfo=UTC)
    last = first + length if latest - first > length else latest
    _step, steps = cut(first, last, zone)
    assert 1 <= len(steps) <= MOST_STEPS
    assert steps[0][0] <= first < steps[0][1] or first == latest
    assert steps[-1][0] <= last
    assert last < steps[-1][1] or steps[-1][1] == latest
    assert all(begin < end for begin, end in steps)
    assert all(one[1] == other[0] for one, other in pairwise(steps))
