from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.incidents.rules.grouping import Match, Span, continues, joined, reason, spans, stretches

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(*minutes: int) -> list[datetime]:
    return [NOON + timedelta(minutes=minute) for minute in minutes]


def span(first: int, last: int, count: int = 2) -> Span:
    return Span(first_at=at(first)[0], last_at=at(last)[0], count=count)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([], []),
        ([0], [(0, 0, 1)]),
        ([0, 60], [(0, 60, 2)]),
        ([0, 61], [(0, 0, 1), (61, 61, 1)]),
        ([0, 50, 100, 150], [(0, 150, 4)]),
        ([5, 5, 5], [(5, 5, 3)]),
    ],
    ids=["none", "one", "at the window", "past the window", "a chain", "at once"],
)
def test_neighbours_within_the_window_are_one_span(minutes: list[int], expected: list[tuple[int, int, int]]) -> None:
    assert list(spans(at(*minutes), window=HOUR)) == [span(*each) for each in expected]


def test_moments_that_do_not_ascend_are_refused() -> None:
    with pytest.raises(ValueError, match="moments must ascend"):
        list(spans(at(5, 4), window=HOUR))


@given(st.lists(st.integers(0, 10_000)).map(sorted))
def test_every_moment_is_in_exactly_one_span_and_spans_lie_apart(minutes: list[int]) -> None:
    moments = at(*minutes)
    found = list(spans(moments, window=HOUR))
    assert sum(each.count for each in found) == len(moments)
    for each in found:
        inside = [
            m
            for m in moments
            if each.first_at is not None and each.last_at is not None and each.first_at <= m <= each.last_at
        ]
        assert len(inside) == each.count
    for before, after in itertools.pairwise(found):
        assert not continues(before, after, window=HOUR)


@pytest.mark.parametrize(
    ("fresh", "touches"),
    [((60, 70), True), ((71, 80), False), ((-60, -50), True), ((-80, -61), False), ((2, 3), True), ((-90, 90), True)],
    ids=["just after", "too late", "just before", "too early", "inside", "around"],
)
def test_a_later_file_continues_a_span_that_it_touches(fresh: tuple[int, int], touches: bool) -> None:  # noqa: FBT001 - a table
    assert continues(span(0, 10), span(*fresh), window=HOUR) is touches


def test_spans_without_a_time_continue_each_other_only() -> None:
    untimed = Span(first_at=None, last_at=None, count=1)
    assert continues(untimed, untimed, window=HOUR)
    assert not continues(untimed, span(0, 1), window=HOUR)
    assert not continues(span(0, 1), untimed, window=HOUR)


def test_joined_spans_reach_from_the_first_to_the_last() -> None:
    assert joined(span(0, 10), span(-5, 3), count=7) == span(-5, 10, 7)
    untimed = Span(first_at=None, last_at=None, count=1)
    assert joined(untimed, untimed, count=2) == Span(first_at=None, last_at=None, count=2)


@pytest.mark.parametrize(
    ("computer", "found", "sentence"),
    [
        (
            "HOST",
            span(0, 30, 12),
            (
                "12 matches of Odd logon on HOST between 2026-11-22 12:00:00 UTC and 2026-11-22 12:30:00 UTC, "
                "no two neighbours more than 60 minutes apart"
            ),
        ),
        ("HOST", span(0, 0, 1), "1 match of Odd logon on HOST at 2026-11-22 12:00:00 UTC"),
        (
            "",
            Span(first_at=None, last_at=None, count=1_200),
            "1,200 matches of Odd logon on a computer without a name, in events without a time",
        ),
    ],
    ids=["many", "one", "no time and no name"],
)
def test_the_reason_is_a_sentence(computer: str, found: Span, sentence: str) -> None:
    assert reason(title="Odd logon", computer=computer, span=found, window=HOUR) == sentence


def test_stretches_are_cut_by_rule_computer_and_time_and_count_different_events() -> None:
    one, two = UUID(int=1), UUID(int=2)
    given = [
        (one, "A", None, "a"), (one, "A", None, "b"), (one, "A", 0, "c"), (one, "A", 60, "c"), (one, "A", 121, "d"),
        (one, "B", 122, "e"), (two, "B", 122, "e"), (two, "B", None, "f"),
    ]  # fmt: skip
    matches = [
        Match(key=key, rule_id=rule_id, computer=computer, at=None if minute is None else at(minute)[0], digest=digest)
        for key, (rule_id, computer, minute, digest) in enumerate(given)
    ]
    cut = list(stretches(matches, window=HOUR))
    assert [(each.keys, each.distinct, each.rule_id, each.computer) for each in cut] == [
        ((0, 1), 2, one, "A"),
        ((2, 3), 1, one, "A"),
        ((4,), 1, one, "A"),
        ((5,), 1, one, "B"),
        ((6,), 1, two, "B"),
        ((7,), 1, two, "B"),
    ]
    assert [each.span.count for each in cut] == [2, 2, 1, 1, 1, 1]
    assert cut[0].span.first_at is None
    assert cut[1].span == span(0, 60)
    assert all(each.is_whole for each in cut)
