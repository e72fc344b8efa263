"""Scales cover their data with ticks that people expect."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.charts.scales import Scale, nice_step, scale_of
from burgrave.engines.charts.terms import Axis, ScaleKind, Words

WORDS = Words()
NUMBERS = st.floats(-1e300, 1e300).filter(lambda x: x == 0 or abs(x) > 1e-300)
POSITIVE = st.floats(1e-290, 1e290)
MOMENTS = st.floats(631_152_000, 3_786_912_000).map(lambda at: datetime.fromtimestamp(at, UTC))


def scale(values: list, kind: ScaleKind = ScaleKind.LINEAR, words: Words = WORDS, room: float = 400, **more) -> Scale:
    axis = Axis(title="x", scale=kind, **more)
    return scale_of(axis, values, start=0, end=room, words=words, spacing=60)


@given(st.lists(NUMBERS, max_size=6))
def test_linear_ticks_cover_the_data_evenly(values: list[float]) -> None:
    found = scale(values)
    ticks = [tick.value for tick in found.ticks]
    assert 2 <= len(ticks) <= 40
    for value in values:
        slack = 1e-8 * (ticks[1] - ticks[0])
        assert ticks[0] - slack <= value <= ticks[-1] + slack
        assert -1 <= found.place(value) <= 401
    assert all(tick.text for tick in found.ticks)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1], ["0", "1"]),
        ([0, 2, 1], ["0", "1", "2"]),
        ([0, 0.5, 1], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ([0, 40], ["0", "10", "20", "30", "40"]),
    ],
    ids=["one", "two", "not counted", "many"],
)
def test_what_is_counted_has_no_ticks_between_whole_numbers(values: list[float], expected: list[str]) -> None:
    assert [tick.text for tick in scale(values, from_zero=True).ticks] == expected


@given(st.lists(POSITIVE, max_size=6))
def test_log_ticks_are_powers_of_ten_and_cover_the_data(values: list[float]) -> None:
    found = scale(values, ScaleKind.LOG)
    named = [tick.value for tick in found.ticks if tick.text]
    for tick in named:
        assert math.log10(tick) == pytest.approx(round(math.log10(tick)), abs=1e-9)
    for value in values:
        assert named[0] <= value * (1 + 1e-8)
        assert value <= named[-1] * (1 + 1e-8)
        assert -1 <= found.place(value) <= 401


def test_minor_log_ticks_lie_at_two_to_nine_of_each_decade() -> None:
    minor = [tick.value for tick in scale([1, 100], ScaleKind.LOG).ticks if not tick.text]
    assert minor == [*range(2, 10), *range(20, 100, 10)]


@given(st.lists(MOMENTS, min_size=1, max_size=5))
def test_time_ticks_rise_inside_the_data(moments: list[datetime]) -> None:
    found = scale(moments, ScaleKind.TIME)
    ticks = [tick.value for tick in found.ticks]
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 40
    assert all(found.low <= tick <= found.high for tick in ticks)


@pytest.mark.parametrize(
    ("span", "texts"),
    [
        (timedelta(seconds=40), ["5 Mar 12:00:00", "12:00:05"]),
        (timedelta(minutes=30), ["5 Mar 12:00", "12:05"]),
        (timedelta(hours=20), ["5 Mar 12:00", "15:00"]),
        (timedelta(days=6), ["6 Mar 2026", "7 Mar"]),
        (timedelta(days=40), ["9 Mar 2026", "16 Mar"]),
        (timedelta(days=200), ["Apr 2026", "May"]),
        (timedelta(days=900), ["Jul 2026", "Jan 2027"]),
        (timedelta(days=9000), ["2030", "2035"]),
    ],
)
def test_ticks_stand_at_round_times_of_the_calendar(span: timedelta, texts: list[str]) -> None:
    begin = datetime(2026, 3, 5, 12, tzinfo=UTC)
    found = scale([begin, begin + span], ScaleKind.TIME)
    assert [tick.text for tick in found.ticks][:2] == texts


def test_a_night_without_half_past_two_has_no_tick_there() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begin = datetime(2026, 3, 29, 0, 0, tzinfo=berlin)
    found = scale([begin, begin + timedelta(hours=6)], ScaleKind.TIME, Words(zone=berlin))
    assert [tick.text for tick in found.ticks] == ["29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00"]


@pytest.mark.parametrize(
    ("span", "texts"),
    [
        (timedelta(hours=20), ["3月5日 21:00", "3月6日"]),
        (timedelta(days=6), ["2026年3月6日", "3月7日"]),
        (timedelta(days=200), ["2026年4月", "5月"]),
        (timedelta(days=9000), ["2030年", "2035年"]),
    ],
)
def test_chinese_readers_get_their_own_calendar_words_and_zone(span: timedelta, texts: list[str]) -> None:
    begin = datetime(2026, 3, 5, 12, tzinfo=UTC)
    words = Words(language="zh-hans", zone=ZoneInfo("Asia/Shanghai"))
    found = scale([begin, begin + span], ScaleKind.TIME, words)
    assert [tick.text for tick in found.ticks][:2] == texts


def test_the_year_is_named_where_it_begins() -> None:
    begin = datetime(2026, 12, 30, tzinfo=UTC)
    texts = [tick.text for tick in scale([begin, begin + timedelta(days=5)], ScaleKind.TIME).ticks]
    assert texts == ["30 Dec 2026", "31 Dec", "1 Jan 2027", "2 Jan", "3 Jan", "4 Jan"]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([], 0, 1), ([0], 0, 1), ([5], 4.4, 5.6), ([-5], -5.6, -4.4), ([1e15, 1e15 + 0.125], 9e14, 1.1e15)],
    ids=["none", "zero", "one", "negative", "nearly flat"],
)
def test_data_without_extent_gets_room_around_it(values: list[float], low: float, high: float) -> None:
    found = scale(values)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_an_axis_from_zero_holds_zero() -> None:
    assert scale([5, 9], from_zero=True).low == 0
    assert scale([-9, -5], from_zero=True).high == 0


@given(st.floats(1e-290, 1e290))
def test_a_nice_step_is_one_two_or_five_and_not_much_larger(rough: float) -> None:
    step = nice_step(rough)
    assert rough * (1 - 1e-6) <= step <= rough * 2.6
    assert round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) in {1, 2, 5}
