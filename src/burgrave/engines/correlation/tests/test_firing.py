"""Which rules a correlation needs: by type, by condition, and as the slow evaluator finds it."""

from __future__ import annotations

from itertools import combinations, product
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.correlation import Hit, firing
from burgrave.engines.correlation.firing import able_to_fire, firing_ranks
from burgrave.engines.correlation.oracle import naive_findings
from burgrave.engines.detection.correlation_terms import Every, Lacking, Present, Some

from .conftest import BASE, at, id_of, loaded

if TYPE_CHECKING:
    from burgrave.engines.detection import CorrelationRule

ANY = ["a", "ab", "abc", "b", "bc", "ac", "c"]
ALL = ["abc"]
COUNTED = ["ab", "abc", "bc", "ac"]


def rules_of(*sections: str) -> tuple[CorrelationRule, ...]:
    with TemporaryDirectory() as folder:
        ruleset = loaded(Path(folder), *sections)
    assert not ruleset.faults
    return ruleset.correlations


def alive_in(*sections: str, letters: str = "abc") -> list[str]:
    """The sets of rules with which the last correlation can fire."""
    rules = rules_of(*sections)
    sets = ["".join(some) for size in range(len(letters) + 1) for some in combinations(letters, size)]
    return [some for some in sets if rules[-1].id in able_to_fire(rules, set(map(id_of, some)))]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("type: event_count\nrules: [a, b, c]\ncondition: {gte: 5}", ANY),
        ("type: value_count\nrules: [a, b, c]\ncondition: {gte: 5, field: u}", ANY),
        ("type: value_sum\nrules: [a, b, c]\ncondition: {gte: 5, field: n}", ANY),
        ("type: value_avg\nrules: [a, b, c]\ncondition: {gte: 5, field: n}", ANY),
        ("type: value_median\nrules: [a, b, c]\ncondition: {gte: 5, field: n}", ANY),
        ("type: value_percentile\nrules: [a, b, c]\ncondition: {gte: 5, field: n, percentile: 90}", ANY),
        ("type: temporal\nrules: [a, b, c]", ALL),
        ("type: temporal_ordered\nrules: [a, b, c]", ALL),
        ("type: temporal\nrules: [a, b, c]\ncondition: {gte: 2}", COUNTED),
        ("type: temporal_ordered\nrules: [a, b, c]\ncondition: {eq: 2}", COUNTED),
        ("type: temporal\nrules: [a, b, c]\ncondition: {lt: 3}", ANY),
        ("type: temporal\nrules: [a, b, c]\ncondition: {gt: 3}", []),
        ("type: temporal\ncondition: a and b and c", ALL),
        ("type: temporal\ncondition: a or b or c", ANY),
        ("type: temporal\ncondition: a and (b or c)", ["ab", "ac", "abc"]),
        ("type: temporal_ordered\ncondition: a and not b and c", ["ac", "abc"]),
        ("type: temporal\ncondition: a and not (b and c)", ["a", "ab", "ac", "abc"]),
        ("type: temporal\ncondition: not a", []),
        ("type: temporal\ncondition: not a or b", ["b", "ab", "bc", "abc"]),
        ("type: temporal\ncondition: not (a and b)", ["a", "b", "ab", "ac", "bc", "abc"]),
    ],
)
def test_each_type_needs_what_its_condition_asks_for(section: str, expected: list[str]) -> None:
    assert sorted(alive_in(f"{section}\ntimespan: 5m")) == sorted(expected)


def test_a_correlation_above_another_needs_what_that_one_needs() -> None:
    both = "type: temporal\nrules: [a, b]\ntimespan: 5m"
    assert alive_in(both, "type: event_count\nrules: [c0]\ntimespan: 5m\ncondition: {gte: 2}") == ["ab", "abc"]
    assert alive_in(both, "type: temporal\ncondition: c0 or c\ntimespan: 5m") == ["c", "ab", "ac", "bc", "abc"]
    assert alive_in(both, "type: temporal\ncondition: c and not c0\ntimespan: 5m") == ["c", "ac", "bc", "abc"]


def test_a_rank_is_the_worst_that_a_correlation_cannot_do_without() -> None:
    rules = rules_of(
        "type: event_count\nrules: [a, b]\ntimespan: 5m\ncondition: {gte: 2}",
        "type: temporal\nrules: [c0, c]\ntimespan: 5m",
        "type: temporal\nrules: [a, d]\ntimespan: 5m",
    )
    found = firing_ranks(rules, {id_of("a"): 1, id_of("b"): 2, id_of("c"): 0})
    assert list(found.values()) == [1, 1, inf]


class _Circular:
    """What loading refuses, and a table could still hold."""

    def __init__(self, name: str, member: str, like: CorrelationRule) -> None:
        self.id, self.members = name, (member,)
        self.type, self.bounds, self.presence = like.type, like.bounds, like.presence


def test_what_goes_in_a_circle_or_names_nothing_never_fires() -> None:
    (like,) = rules_of("type: event_count\nrules: a\ntimespan: 5m\ncondition: {gte: 1}")
    circle = [_Circular("x", "y", like), _Circular("y", "x", like), _Circular("z", "absent", like)]
    assert firing_ranks(circle, {id_of("a"): 0}) == {"x": inf, "y": inf, "z": inf}
    nothing = _Circular("n", "absent", like)
    nothing.members = ()  # type: ignore[assignment]  # a row that was damaged
    assert firing_ranks([nothing], {}) == {"n": inf}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a and not a", []),
        ("(a or b) and not a", ["b", "ab"]),
        ("not a or not (a and b)", ["a", "b", "ab"]),
        ("not a and not (a and b)", ["b", "ab"]),
        ("(a and not b) or (b and not a)", ["a", "b", "ab"]),
        ("(a or not b) and (b or not a)", ["ab"]),
        ("a and b and a", ["ab"]),
        ("(a and b) or (a and not b and c)", ["ab", "ac", "abc"]),
        ("(a or b) and (not a or c) and (not b or c) and not c", []),
    ],
)
def test_a_rule_that_is_named_twice_is_there_for_both_or_for_none(condition: str, expected: list[str]) -> None:
    letters = "abc" if "c" in condition else "ab"
    for kind in ("temporal", "temporal_ordered"):
        found = alive_in(f"type: {kind}\ncondition: {condition}\ntimespan: 5m", letters=letters)
        assert sorted(found) == sorted(expected)


def test_a_condition_of_many_rules_is_judged_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    members = tuple(range(30))
    pairs = [Some((Present(one), Present(one + 1))) for one in members[:-1]]
    apart = [Lacking(Every((Present(one), Present(one + 1)))) for one in members[:-1]]
    every_other = Every((*pairs, *apart))
    ids = [f"r{each}" for each in members]
    (like,) = rules_of("type: temporal\ncondition: a or b\ntimespan: 5m")
    asked = _Circular("x", "y", like)
    asked.members, asked.presence = tuple(ids), every_other  # type: ignore[assignment]  # as many as a file may name
    assert able_to_fire([asked], ids[::2]) == able_to_fire([asked], ids[1::2]) == {"x"}
    assert able_to_fire([asked], ids[1:20:2]) == frozenset()
    monkeypatch.setattr(firing, "MOST_WAYS", 0)
    asked.presence = Every((Present(0), Lacking(Present(0))))
    assert able_to_fire([asked], ids) == {"x"}, "judged too well, never too badly"


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """A condition that names some rules, some of them more than once."""
    parts = draw(st.lists(st.sampled_from(BASE), min_size=1, max_size=7))
    parts = [draw(st.sampled_from(["{}", "not {}"])).format(name) for name in parts]
    while len(parts) > 1:
        one, other = parts.pop(draw(st.integers(0, len(parts) - 1))), parts.pop()
        joined = f"({one} {draw(st.sampled_from(['and', 'or']))} {other})"
        parts.append(draw(st.sampled_from(["{}", "not {}"])).format(joined))
    return parts[0]


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
@given(condition=conditions())
@settings(max_examples=60, deadline=None)
def test_the_slow_evaluator_finds_something_exactly_where_it_can_fire(kind: str, condition: str) -> None:
    rules = rules_of(f"type: {kind}\ntimespan: 5m\ncondition: {condition}")
    fires = {some: bool(naive_findings(rules, rounds(some))) for some in subsets(BASE)}
    for alive in subsets(BASE):
        expected = any(fires[some] for some in subsets(alive))
        assert (rules[0].id in able_to_fire(rules, set(map(id_of, alive)))) is expected, alive


@given(condition=conditions(), ranks=st.lists(st.integers(0, 3), min_size=4, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_rank_says_the_same_as_each_set_of_rules_up_to_it(condition: str, ranks: list[int]) -> None:
    rules = rules_of(f"type: temporal\ntimespan: 5m\ncondition: {condition}")
    given_ranks = dict(zip(map(id_of, BASE), ranks, strict=True))
    (found,) = firing_ranks(rules, given_ranks).values()
    able = [up for up in range(4) if able_to_fire(rules, {key for key, rank in given_ranks.items() if rank <= up})]
    assert found == min(able, default=inf)


def subsets(letters: str) -> list[str]:
    chosen = product([True, False], repeat=len(letters))
    return ["".join(name for name, is_in in zip(letters, each, strict=True) if is_in) for each in chosen]


def rounds(letters: str) -> list[Hit]:
    """Events of these rules one after the other, so often that they follow each other in every order."""
    names = letters * len(letters)
    return [Hit(id_of(name), at(second), f"e{second}") for second, name in enumerate(names)]
