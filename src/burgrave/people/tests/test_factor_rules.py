from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from burgrave.people.rules import factors as rules
from burgrave.people.terms.factors import Demand

pytestmark = pytest.mark.engine_only
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_nothing_is_due_without_a_rule() -> None:
    assert rules.due_at([]) is None


def test_grace_begins_with_the_rule_or_with_the_later_grant_and_the_first_end_counts() -> None:
    early = Demand(since=NOON, bound_since=NOON - DAY, grace_days=3)
    late = Demand(since=NOON, bound_since=NOON + DAY, grace_days=1)
    assert rules.due_at([early]) == NOON + 3 * DAY
    assert rules.due_at([early, late]) == NOON + 2 * DAY


@pytest.mark.parametrize(
    ("failures", "ago", "locked"),
    [(4, 0, False), (5, 0, True), (9, 14, True), (5, 15, False)],
    ids=["four", "five", "nine", "a-quarter-later"],
)
def test_five_refusals_lock_for_a_quarter_of_an_hour(failures: int, ago: int, *, locked: bool) -> None:
    assert rules.is_locked(failures, NOON - timedelta(minutes=ago), now=NOON) is locked


def test_nobody_is_locked_who_never_failed() -> None:
    assert rules.is_locked(5, None, now=NOON) is False


def test_the_count_begins_anew_after_the_lock() -> None:
    assert rules.failures_after(0, None, now=NOON) == 1
    assert rules.failures_after(4, NOON, now=NOON) == 5
    assert rules.failures_after(5, NOON - rules.LOCK_LASTS, now=NOON) == 1


@pytest.mark.parametrize(
    ("kept", "shown", "went_on"),
    [(0, 0, True), (0, 1, True), (4, 5, True), (5, 5, False), (5, 4, False), (5, 0, False)],
)
def test_a_counter_that_stands_still_betrays_a_copy(kept: int, shown: int, *, went_on: bool) -> None:
    assert rules.counter_went_on(kept, shown) is went_on


@pytest.mark.parametrize("typed", ["abcde-fgh23", " ABCDE FGH23 ", "a b c d e f g h 2 3"])
def test_a_code_may_be_typed_with_spaces_and_dashes(typed: str) -> None:
    assert rules.plain_code(typed) == "ABCDEFGH23"
    assert rules.shown_code("ABCDEFGH23") == "ABCDE-FGH23"


@pytest.mark.parametrize(
    ("ago", "fresh"), [(0, True), (899, True), (900, False), (-1, False)], ids=["now", "just", "over", "future"]
)
def test_a_proof_is_fresh_for_so_many_minutes_and_not_before_it_was_given(ago: int, *, fresh: bool) -> None:
    assert rules.is_fresh(NOON.timestamp() - ago, now=NOON, minutes=15) is fresh


def test_no_proof_is_not_fresh() -> None:
    assert rules.is_fresh(None, now=NOON, minutes=15) is False


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Linux")),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150 Safari/537.36 Edg/150", ("Edge", "Windows")),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/150 Mobile Safari/537.36", ("Chrome", "Android")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", ("Safari", "iPhone")),
        ("", ("", "")),
        ("robot", ("", "")),
    ],
    ids=["firefox", "edge", "android", "iphone", "silent", "unknown"],
)
def test_a_browser_is_named_in_words(agent: str, words: tuple[str, str]) -> None:
    assert rules.browser_of(agent) == words
