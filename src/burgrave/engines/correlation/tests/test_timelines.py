"""Timelines worked out by hand, for every type of correlation: what happens when, and what is found."""

from __future__ import annotations

import pytest

from .conftest import Finder

THREE_IN_A_MINUTE = "type: event_count\nrules: a\ngroup-by: user\ntimespan: 1m\ncondition: {gte: 3}"


def counted(condition: str, timespan: str = "1m") -> str:
    return f"type: event_count\nrules: [a, b]\ntimespan: {timespan}\ncondition: {condition}"


def valued(kind: str, condition: str) -> str:
    return f"type: value_{kind}\nrules: a\ntimespan: 1m\ncondition: {condition}"


def ordered(condition: str = "", kind: str = "temporal_ordered", rules: str = "[a, b, c]") -> str:
    return f"type: {kind}\nrules: {rules}\ngroup-by: user\ntimespan: 1m\n{condition}"


def spoken(condition: str, kind: str = "temporal") -> str:
    return f"type: {kind}\ntimespan: 1m\ncondition: {condition}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0 a user=ann; 30 a user=ann; 60 a user=ann", ["c0 0-60 ann: e1 e2 e3 = 3"]),
        ("0 a user=ann; 30 a user=ann; 60.000001 a user=ann", []),
        ("0 a user=ann; 1 a user=bob; 2 a user=ann; 3 a user=bob; 4 a user=ann", ["c0 0-4 ann: e1 e3 e5 = 3"]),
        ("0 a user=Ann; 1 a user=ANN; 2 a user=ann", ["c0 0-2 ann: e1 e2 e3 = 3"]),
        ("0 a; 1 a; 2 a user=ann; 3 a user=ann", []),
        ("- a user=ann; 1 a user=ann; 2 a user=ann", []),
        ("0 a user=ann =e; 0 a user=ann =e; 0 a user=ann =e", []),
        ("5 a user=ann; 5 a user=ann; 5 a user=ann", ["c0 5-5 ann: e1 e2 e3 = 3"]),
        ("0 b user=ann; 1 b user=ann; 2 b user=ann", []),
    ],
    ids=["at-the-edge", "just-outside", "two-users", "letter-case", "no-user", "no-time", "told-thrice", "at-once",
         "another-rule"],
)  # fmt: skip
def test_three_sign_ins_of_a_user_within_a_minute(find: Finder, text: str, found: list[str]) -> None:
    assert find(text, THREE_IN_A_MINUTE) == found


def test_a_group_is_silent_for_one_timespan_after_a_finding(find: Finder) -> None:
    """A flood of one event each 10 s: found at 20 s, silent until 80 s, found again at 90 s by the last minute."""
    flood = ";".join(f"{second} a user=ann" for second in range(0, 151, 10))
    assert find(flood, THREE_IN_A_MINUTE) == [
        "c0 0-20 ann: e1 e2 e3 = 3",
        "c0 30-90 ann: e4 e5 e6 e7 e8 e9 e10 = 7",
    ]


def test_a_window_begins_anywhere_and_not_at_full_minutes(find: Finder) -> None:
    assert find("55 a user=ann; 59 a user=ann; 62 a user=ann", THREE_IN_A_MINUTE) == ["c0 55-62 ann: e1 e2 e3 = 3"]


def test_an_event_that_two_rules_hold_for_is_one_event(find: Finder) -> None:
    assert find("0 a =e; 0 b =e", counted("{gte: 2}")) == []
    assert find("0 a =e; 0 b =e; 1 b =f", counted("{gte: 2}")) == ["c0 0-1 *: e f = 2"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("{gt: 2}", ["c0 0-20 *: e1 e2 e3 = 3"]),
        ("{eq: 2}", ["c0 0-10 *: e1 e2 = 2"]),
        ("{lt: 2}", ["c0 0-0 *: e1 = 1"]),
        ("{lte: 0}", []),
        ("{neq: 1}", ["c0 0-10 *: e1 e2 = 2"]),
        ("{gt: 1, lte: 3}", ["c0 0-10 *: e1 e2 = 2"]),
        ("{gt: 4, lt: 5}", []),
        ("{gte: 2.5}", ["c0 0-20 *: e1 e2 e3 = 3"]),
    ],
)
def test_conditions_are_asked_after_each_hit(find: Finder, condition: str, found: list[str]) -> None:
    """Hits at 0, 10, 20 and 30 s: the window holds 1, 2, 3 and 4 of them."""
    assert find("0 a; 10 b; 20 a; 30 a", counted(condition)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0 a host=x; 1 a host=y; 2 a host=z", ["c0 0-2 *: e1 e2 e3 = 3"]),
        ("0 a host=x; 1 a host=y; 2 a host=X; 3 a host=y", []),
        ("0 a host=x; 1 a; 2 a host=y; 3 a", []),
        ("0 a host=x; 30 a host=y; 61 a host=z; 62 a host=x", ["c0 30-62 *: e2 e3 e4 = 3"]),
        ("0 a host=x =e; 0 a host=y =e; 1 a host=z", ["c0 0-1 *: e e3 = 3"]),
    ],
    ids=["three", "again", "absent", "one-left", "one-event-two-values"],
)
def test_three_hosts_within_a_minute(find: Finder, text: str, found: list[str]) -> None:
    assert find(text, valued("count", "{field: host, gte: 3}")) == found


def test_several_fields_are_counted_together(find: Finder) -> None:
    several = valued("count", "{field: [host, port], gte: 3}")
    assert find("0 a host=x port=1; 1 a host=x port=2; 2 a host=y port=1", several) == ["c0 0-2 *: e1 e2 e3 = 3"]
    assert find("0 a host=x port=1; 1 a host=x; 2 a host=y port=1; 3 a host=x port=1", several) == []


@pytest.mark.parametrize(
    ("kind", "condition", "found"),
    [
        ("sum", "{field: n, gte: 100}", ["c0 0-20 *: e1 e2 e4 = 105"]),
        ("sum", "{field: n, gt: 105.5}", []),
        ("sum", "{field: n, eq: 5}", ["c0 0-10 *: e1 e2 = 5"]),
        ("avg", "{field: n, gte: 35}", ["c0 0-20 *: e1 e2 e4 = 35"]),
        ("avg", "{field: n, gt: 2.4, lt: 2.6}", ["c0 0-10 *: e1 e2 = 2.5"]),
        ("median", "{field: n, eq: 2.5}", ["c0 0-10 *: e1 e2 = 2.5"]),
        ("median", "{field: n, gte: 4}", ["c0 0-0 *: e1 = 4"]),
        ("percentile", "{field: n, percentile: 50, lt: 4}", ["c0 0-10 *: e1 e2 = 1"]),
        ("percentile", "{field: n, percentile: 95, gt: 99}", ["c0 0-20 *: e1 e2 e4 = 100"]),
        ("percentile", "{field: n, percentile: 0, lte: 1}", ["c0 0-10 *: e1 e2 = 1"]),
        ("percentile", "{field: n, percentile: 99.9, gt: 100}", []),
    ],
)
def test_numbers_of_a_field(find: Finder, kind: str, condition: str, found: list[str]) -> None:
    """4 at 0 s, 1 at 10 s, a word at 15 s, which is no number, and 100 at 20 s."""
    assert find("0 a n=4; 10 a n=1.0; 15 a n=many; 20 a n=100; 21 a", valued(kind, condition)) == found


def test_a_number_leaves_with_its_event(find: Finder) -> None:
    """9 at 0 s has left the window when 2 comes at 61 s; 3 at 30 s still stands there: 5, not 14."""
    text = "0 a n=9; 30 a n=3; 61 a n=2"
    assert find(text, valued("sum", "{field: n, eq: 5}")) == ["c0 30-61 *: e2 e3 = 5"]
    assert find(text, valued("median", "{field: n, eq: 2.5}")) == ["c0 30-61 *: e2 e3 = 2.5"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0 a user=u; 1 c user=u; 2 b user=u", ["c0 0-2 u: e1 e2 e3 = 3"]),
        ("0 a user=u; 1 a user=u; 2 b user=u", []),
        ("0 a user=u; 1 b user=u; 2 c user=v", []),
        ("0 a user=u; 30 b user=u; 61 c user=u", []),
        ("0 a user=u =e; 0 b user=u =e; 0 c user=u =e", ["c0 0-0 u: e = 3"]),
    ],
    ids=["any-order", "one-lacks", "another-user", "too-far", "one-event"],
)
def test_all_of_three_rules_within_a_minute(find: Finder, text: str, found: list[str]) -> None:
    assert find(text, ordered(kind="temporal")) == found


def test_two_of_three_rules_are_enough_where_the_condition_says_so(find: Finder) -> None:
    assert find("0 a user=u; 9 c user=u", ordered("condition: {gte: 2}", kind="temporal")) == ["c0 0-9 u: e1 e2 = 2"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0 a user=u; 1 b user=u; 2 c user=u", ["c0 0-2 u: e1 e2 e3 = 3"]),
        ("0 b user=u; 1 a user=u; 2 c user=u", []),
        ("0 b user=u; 1 a user=u; 2 b user=u; 3 c user=u", ["c0 0-3 u: e1 e2 e3 e4 = 3"]),
        ("0 c user=u; 0 b user=u; 0 a user=u", ["c0 0-0 u: e1 e2 e3 = 3"]),
        ("0 a user=u; 30 b user=u; 61 c user=u", []),
        ("0 a user=u; 30 b user=u; 31 a user=u; 61 c user=u", []),
        ("0 a user=u; 30 a user=u; 40 b user=u; 61 c user=u", ["c0 30-61 u: e2 e3 e4 = 3"]),
    ],
    ids=["in-order", "reversed", "again", "at-once", "too-far", "first-lost", "second-first"],
)
def test_three_rules_in_their_order_within_a_minute(find: Finder, text: str, found: list[str]) -> None:
    assert find(text, ordered()) == found


def test_a_part_of_the_order_is_enough_where_the_condition_says_so(find: Finder) -> None:
    """c, a, b: the longest part in order is a, b."""
    two = ordered("condition: {gte: 2}")
    assert find("0 c user=u; 1 a user=u; 2 b user=u", two) == ["c0 0-2 u: e1 e2 e3 = 2"]
    assert find("0 c user=u; 1 b user=u; 2 a user=u", two) == []


@pytest.mark.parametrize(
    ("condition", "text", "found"),
    [
        ("a and b", "0 b; 1 a", ["c0 0-1 *: e1 e2 = 2"]),
        ("a and (b or c)", "0 c; 1 a", ["c0 0-1 *: e1 e2 = 2"]),
        ("a and (b or c)", "0 c; 1 b", []),
        ("a and b or c", "0 c", ["c0 0-0 *: e1 = 1"]),
        ("a and not b", "0 b; 1 a", []),
        ("a and not b", "0 b; 61 a", ["c0 61-61 *: e2 = 1"]),
        ("a and not b", "0 a; 1 b", ["c0 0-0 *: e1 = 1"]),
        ("not (a or b) and c", "0 a; 1 c", []),
        ("not not a and b", "0 a; 1 b", ["c0 0-1 *: e1 e2 = 2"]),
    ],
)
def test_conditions_in_words(find: Finder, condition: str, text: str, found: list[str]) -> None:
    assert find(text, spoken(condition)) == found


@pytest.mark.parametrize(
    ("condition", "text", "found"),
    [
        ("a and b", "0 b; 1 a", []),
        ("a and b", "0 a; 1 b", ["c0 0-1 *: e1 e2 = 2"]),
        ("a and (b or c) and d", "0 b; 1 a; 2 c; 3 d", ["c0 0-3 *: e1 e2 e3 e4 = 4"]),
        ("a and (b or c) and d", "0 a; 1 d; 2 c", []),
        ("a and not c and b", "0 a; 1 c; 2 b", []),
        ("not c and a and b", "0 a; 2 b", ["c0 0-2 *: e1 e2 = 2"]),
        ("(b or a) and (d or c)", "0 c; 1 d; 2 a; 3 c", ["c0 0-3 *: e1 e2 e3 e4 = 3"]),
    ],
)
def test_conditions_in_words_and_in_order(find: Finder, condition: str, text: str, found: list[str]) -> None:
    assert find(text, spoken(condition, "temporal_ordered")) == found


def test_one_thing_has_another_name_in_each_rule(find: Finder) -> None:
    """a says src, b says dst, for the same machine."""
    section = "type: temporal\nrules: [a, b]\ngroup-by: machine\ntimespan: 10s\naliases: {machine: {a: src, b: dst}}"
    assert find("0 a src=m dst=n; 1 b src=n dst=M", section) == ["c0 0-1 M: e1 e2 = 2"]
    assert find("0 a src=m dst=n; 1 b src=m dst=n", section) == []


MANY_FAILED = "type: event_count\nrules: a\ngroup-by: host\ntimespan: 1m\ncondition: {gte: 3}"


def test_many_failures_on_a_host_then_a_success_of_one_of_their_users(find: Finder) -> None:
    """The example of the specification: the inner one groups by host, the outer one by user."""
    outer = "type: temporal_ordered\nrules: [c0, b]\ngroup-by: user\ntimespan: 1h"
    text = "0 a host=h user=ann; 1 a host=h user=bob; 2 a host=h user=ann; {}"
    first = "c0 0-2 h: e1 e2 e3 = 3"
    assert find(text.format("600 b user=bob"), MANY_FAILED, outer) == [first, "c1 2-600 bob: e1 e2 e3 e4 = 2"]
    assert find(text.format("600 b user=cyd"), MANY_FAILED, outer) == [first]
    assert find(text.format("1 b user=bob"), MANY_FAILED, outer) == [first]


def test_findings_are_counted_once_each_however_many_events_they_have(find: Finder) -> None:
    """Two hosts with three failures each are two findings, not six; and they are of two hosts."""
    text = ";".join(f"{second} a host=h{second % 2} user=u{second}" for second in range(6))
    inner = ["c0 0-4 h0: e1 e3 e5 = 3", "c0 1-5 h1: e2 e4 e6 = 3"]
    twice = "type: event_count\nrules: c0\ntimespan: 1h\ncondition: {{gte: {}}}"
    hosts = "type: value_count\nrules: c0\ntimespan: 1h\ncondition: {field: host, gte: 2}"
    assert find(text, MANY_FAILED, twice.format(2)) == [*inner, "c1 4-5 *: e1 e3 e5 e2 e4 e6 = 2"]
    assert find(text, MANY_FAILED, twice.format(3)) == inner
    assert find(text, MANY_FAILED, hosts) == [*inner, "c1 4-5 *: e1 e3 e5 e2 e4 e6 = 2"]


def test_a_chain_of_three_sees_the_same_instant(find: Finder) -> None:
    sections = [
        "type: event_count\nrules: c1\ntimespan: 1m\ncondition: {gte: 1}",
        "type: event_count\nrules: c2\ntimespan: 1m\ncondition: {gte: 1}",
        "type: event_count\nrules: a\ntimespan: 1m\ncondition: {gte: 2}",
    ]
    assert find("0 a; 1 a", *sections) == ["c2 0-1 *: e1 e2 = 2", "c1 1-1 *: e1 e2 = 1", "c0 1-1 *: e1 e2 = 1"]
