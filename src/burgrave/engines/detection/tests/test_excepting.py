"""Exceptions that are counted match as those that are joined to their rules."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.detection import EventSource, FilterUse, compile_rules, join_filters, load_texts
from burgrave.engines.detection.excepting import Excepted, ExceptingEngine

pytestmark = pytest.mark.engine_only
IDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(3)]
SOURCE = EventSource(category="any")
TEXTS = [
    *(
        f"title: R{number}\nid: {key}\nlogsource: {{category: any}}\ndetection:\n  s: {{A: {value}}}\n  condition: s\n"
        for number, (key, value) in enumerate(zip(IDS, ("'*'", "a", "b"), strict=True))
    ),
    *(
        f"title: F{number}\nlogsource: {{category: any}}\nfilter:\n  rules: [{', '.join(rules)}]\n"
        f"  e: {{B: {value}}}\n  condition: {condition}\n"
        for number, (rules, value, condition) in enumerate(
            [(IDS[:1], "x", "not e"), (IDS[:2], "y", "not e"), (IDS[1:2], "z", "e"), (["nobody"], "x", "not e")]
        )
    ),
]
RULES = load_texts([(Path(f"{n}.yml"), text.encode()) for n, text in enumerate(TEXTS)], filters=FilterUse.APART)
letters = st.sampled_from(["a", "b", "x", "y", "z", None])


def found(engine: object, table: pa.Table, **named: object) -> list[tuple[int, str, dict[str, str]]]:
    matches = engine.match(table, source=SOURCE, **named)  # type: ignore[attr-defined]  # either engine
    return [(match.row, match.rule.id, match.fields) for match in matches]


@given(st.lists(st.tuples(letters, letters), max_size=20))
def test_what_matches_is_the_same_as_with_filters_joined_but_for_fields_that_filters_ask(
    events: list[tuple[str | None, str | None]],
) -> None:
    table = pa.table({name: pa.array([each[place] for each in events], pa.string()) for place, name in enumerate("AB")})
    joined = found(compile_rules(join_filters(RULES, RULES.filters)), table)
    counted = Excepted()
    apart = found(ExceptingEngine(RULES, RULES.filters), table, excepted=counted)
    assert [each[:2] for each in apart] == [each[:2] for each in joined]
    of_first = sum(a is not None for a, _ in events)
    assert counted.of.get("3.yml", 0) == of_first
    assert counted.left_out.get("3.yml", 0) == sum(a is not None and b == "x" for a, b in events)
    of_both = of_first + sum(a == "a" for a, _ in events)
    assert counted.of.get("4.yml", 0) == of_both
    assert counted.left_out.get("5.yml", 0) == sum(a == "a" and b != "z" for a, b in events)
    assert "6.yml" not in counted.of


def test_rules_without_filters_are_matched_as_they_are_and_remarks_are_told() -> None:
    table = pa.table({"A": ["a"], "B": ["x"]})
    bare = ExceptingEngine(RULES, ())
    assert found(bare, table) == found(compile_rules(RULES), table)
    assert (bare.remarks, bare.rules) == ([], RULES.rules)
    engine = ExceptingEngine(RULES, RULES.filters)
    assert len(engine.remarks) == 2
    assert [each[1] for each in found(engine, table)] == []
