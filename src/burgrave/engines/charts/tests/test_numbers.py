"""Numbers as people of each language read them."""

from __future__ import annotations

import pytest

from burgrave.engines.charts.numbers import exact, short, tick_texts
from burgrave.engines.charts.terms import Form, Words

ENGLISH, CHINESE = Words(language="en"), Words(language="zh-hans")


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (0, "0", "0"),
        (7, "7", "7"),
        (0.125, "0.125", "0.125"),
        (-950.4, "−950", "−950"),
        (1234, "1,234", "1,234"),
        (12_345, "12.3 k", "1.23 万"),
        (9_999.9, "10 k", "1 万"),
        (3_400_000, "3.4 M", "340 万"),
        (250_000_000, "250 M", "2.5 亿"),
        (2.5e9, "2.5 G", "25 亿"),
        (7e12, "7 T", "7 万亿"),
        (1.25e18, "1.25e18", "1.25e18"),
        (-3e-7, "−3e-7", "−3e-7"),
    ],
)
def test_a_short_number(value: float, english: str, chinese: str) -> None:
    assert short(value, words=ENGLISH).replace("\xa0", " ") == english
    assert short(value, words=CHINESE).replace("\xa0", " ") == chinese


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0.5, "0.5 s", "0.5 秒"),
        (90, "1.5 min", "1.5 分"),
        (7200, "2 h", "2 小时"),
        (-172_800, "−2 d", "−2 天"),
    ],
)
def test_a_duration(seconds: float, english: str, chinese: str) -> None:
    assert short(seconds, words=ENGLISH, form=Form.DURATION).replace("\xa0", " ") == english
    assert short(seconds, words=CHINESE, form=Form.DURATION).replace("\xa0", " ") == chinese


def test_a_share_is_a_percentage() -> None:
    assert short(0.1234, words=ENGLISH, form=Form.PERCENT) == "12.3\xa0%"
    assert exact(-0.5, words=ENGLISH, form=Form.PERCENT) == "−50\xa0%"


@pytest.mark.parametrize(
    ("value", "text"), [(1234567, "1,234,567"), (0.12345, "0.1235"), (-2.5, "−2.5"), (1e16, "1e16"), (1e-9, "1e-9")]
)
def test_an_exact_number_keeps_its_digits(value: float, text: str) -> None:
    assert exact(value, words=ENGLISH) == text


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [
        ((0, 0.5, 1), ("0.0", "0.5", "1.0")),
        ((0, 5_000, 10_000), ("0", "5 k", "10 k")),
        ((-200_000, 0, 200_000), ("−200 k", "0", "200 k")),
        ((0, 2_000_000), ("0", "2 M")),
        ((5,), ("5",)),
        ((0, 1e16), ("0", "1e16")),
        ((0, 1e-5), ("0", "1e-5")),
    ],
)
def test_the_ticks_of_an_axis_share_unit_and_places(ticks: tuple[float, ...], texts: tuple[str, ...]) -> None:
    found = tuple(each.replace("\xa0", " ") for each in tick_texts(ticks, words=ENGLISH))
    assert found == texts


def test_chinese_ticks_count_in_ten_thousands() -> None:
    assert tick_texts((0, 50_000, 100_000), words=CHINESE) == ("0", "5\xa0万", "10\xa0万")
