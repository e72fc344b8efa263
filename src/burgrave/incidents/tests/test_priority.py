from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.incidents.rules.priority import PRIORITIES, NeedClass, need_class, priority
from burgrave.incidents.terms import Level

INFO, LOW, MEDIUM, HIGH, CRITICAL = Level
schemes = st.integers(2, 6)
levels = st.sampled_from(Level)


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        (0, [INFO, LOW, MEDIUM, HIGH, CRITICAL]),
        (1, [INFO, LOW, MEDIUM, HIGH, CRITICAL]),
        (2, [INFO, LOW, MEDIUM, HIGH, CRITICAL]),
        (3, [LOW, MEDIUM, HIGH, HIGH, CRITICAL]),
        (4, [LOW, MEDIUM, HIGH, CRITICAL, CRITICAL]),
    ],
    ids=["not assessed", "low", "medium", "high", "very high"],
)
def test_the_table_of_four_levels(need: int, expected: list[Level]) -> None:
    assert [priority(level, need, levels=4) for level in Level] == expected


@pytest.mark.parametrize(
    ("rank", "of", "expected"),
    [
        (1, 2, NeedClass.ORDINARY),
        (2, 2, NeedClass.HIGHEST),
        (2, 3, NeedClass.HIGH),
        (3, 3, NeedClass.HIGHEST),
        (6, 6, NeedClass.HIGHEST),
        (5, 6, NeedClass.HIGH),
        (4, 6, NeedClass.ORDINARY),
        (5, 4, NeedClass.HIGHEST),
    ],
)
def test_the_class_of_a_need_follows_its_place_in_the_scheme(rank: int, of: int, expected: NeedClass) -> None:
    assert need_class(rank, levels=of) is expected


def test_every_class_decides_every_level() -> None:
    assert {(each, level) for each, row in PRIORITIES.items() for level in row} == {
        (each, level) for each in NeedClass for level in Level
    }


@given(levels, schemes, st.integers(0, 6), st.integers(0, 6))
def test_raising_a_need_never_lowers_a_priority(level: Level, of: int, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert priority(level, low, levels=of).rank <= priority(level, high, levels=of).rank


@given(levels, levels, schemes, st.integers(0, 6))
def test_a_graver_rule_never_gives_a_lower_priority(one: Level, other: Level, of: int, need: int) -> None:
    low, high = sorted((one, other), key=lambda level: level.rank)
    assert priority(low, need, levels=of).rank <= priority(high, need, levels=of).rank


@given(levels, schemes, st.integers(0, 6))
def test_no_need_makes_an_alert_less_urgent_than_its_rule_says(level: Level, of: int, need: int) -> None:
    assert priority(level, need, levels=of).rank >= level.rank
