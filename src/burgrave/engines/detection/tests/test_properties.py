"""Laws: the engine says what the oracle says, and how rows and rules are laid out never shows in the answer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.detection import (
    EventSource,
    RuleSet,
    compile_rules,
    evaluation,
    load_rules,
    matching,
    numbered,
    scanning,
)
from burgrave.engines.detection.oracle import naive_fields

Event = dict[str, str | None]

SOURCE = EventSource(channel="Microsoft-Windows-Sysmon/Operational", event_id="1")
AUDIT = EventSource(channel="Security", event_id="4688")
FIELDS = ("Image", "ParentImage", "User", "EventID", "CommandLine")
COLUMNS = (*FIELDS[:3], "CommandLine", "NewProcessName", "ParentProcessName", "SubjectUserName", "_raw")
ALPHABET = "aAbBkK\u212a\u00df\u1e9e\u017fsS\\*?/- .\u00e9\u00c9\U0001f600\n19"
PATTERNS = (
    "a",
    "a.b",
    "^a",
    "b$",
    "(ab|k)s",
    "[^a]b",
    "a+b{2,}",
    "(?i)aB",
    "\\w-\\W",
    "a*",
    "(a|b*)c?",
    "\\.k",
    "s?aa",
)

texts = st.text(ALPHABET, max_size=6)
values = st.one_of(texts, st.integers(-2, 20), st.booleans(), st.none(), st.sampled_from(["*", "a*b", "?", "*a?", ""]))
modified = st.one_of(
    st.tuples(st.sampled_from(["", "|cased", "|neq"]), st.one_of(values, st.lists(values, max_size=3))),
    st.tuples(
        st.sampled_from(
            [
                "|contains",
                "|startswith",
                "|endswith",
                "|contains|cased",
                "|startswith|cased",
                "|windash",
                "|contains|neq",
            ]
        ),
        st.one_of(texts, st.lists(texts, min_size=1, max_size=4)),
    ),
    st.tuples(st.sampled_from(["|contains|all", "|contains|windash|all"]), st.lists(texts, min_size=2, max_size=3)),
    st.tuples(st.sampled_from(["|re", "|re|i", "|re|s", "|re|m"]), st.sampled_from(PATTERNS)),
    st.tuples(st.sampled_from(["|fieldref", "|fieldref|contains"]), st.sampled_from(FIELDS)),
    st.tuples(st.just("|exists"), st.booleans()),
    st.tuples(st.sampled_from(["|lt", "|lte", "|gt", "|gte"]), st.integers(-2, 20)),
    st.tuples(st.just("|cidr"), st.sampled_from(["1.0.0.0/8", "1.1.1.0/24", "::1/128"])),
)


@st.composite
def maps(draw: st.DrawFn) -> dict[str, Any]:
    items = draw(st.lists(st.tuples(st.sampled_from(FIELDS), modified), min_size=1, max_size=3))
    return {name + modifiers: value for name, (modifiers, value) in items}


keywords = st.text("abk1s-", min_size=1, max_size=3)
selections = st.one_of(
    maps(),
    st.lists(maps(), min_size=1, max_size=3),
    st.lists(keywords, min_size=1, max_size=3),
    st.fixed_dictionaries({"|all": st.lists(keywords, min_size=2, max_size=3)}),
)
conditions = st.recursive(
    st.sampled_from(["s1", "s2", "s3", "1 of s*", "all of s*", "1 of them"]),
    lambda inner: st.one_of(
        inner.map(lambda part: f"not ({part})"),
        st.tuples(inner, st.sampled_from(["and", "or", "and not"]), inner).map(lambda each: f"({' '.join(each)})"),
    ),
    max_leaves=5,
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    return yaml.safe_dump(
        {
            "title": draw(st.text("abc", max_size=3)),
            "logsource": {"product": "windows", "category": "process_creation"},
            "detection": {
                **{name: draw(selections) for name in ("s1", "s2", "s3")},
                "condition": draw(conditions),
            },
        }
    )


field_texts = st.one_of(texts, st.sampled_from(["true", "5", "1.1.1.1", "a-b", " -k", "aab", "abs"]))
events = st.dictionaries(st.sampled_from(COLUMNS), st.one_of(st.none(), field_texts), max_size=6)
sources = st.sampled_from([SOURCE, AUDIT])


def loaded(written: list[str]) -> RuleSet:
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(written):
            marked = f"{text}id: 00000000-0000-0000-0000-{number:012d}\n"
            Path(folder, f"{number:03d}.yml").write_text(marked, encoding="utf-8")
        return load_rules([Path(folder)])


def table_of(rows: list[Event]) -> Any:
    names = sorted({name for row in rows for name in row})
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return pa.table(columns) if columns else pa.table({"_row": pa.array(["x"] * len(rows), pa.string())})


def answers(ruleset: RuleSet, rows: list[Event], source: EventSource) -> list[tuple[int, str, dict[str, str]]]:
    found = compile_rules(ruleset).match(table_of(rows), source=source)
    return [(match.row, match.rule.id, match.fields) for match in found]


def expected(ruleset: RuleSet, rows: list[Event], source: EventSource) -> list[tuple[int, str, dict[str, str]]]:
    return [
        (place, rule.id, fields)
        for place, row in enumerate(rows)
        for rule in ruleset.rules
        if (fields := naive_fields(rule, row, source=source)) is not None
    ]


@pytest.fixture(params=["row by row", "by number", "hyperscan", "plain"], autouse=True)
def _one_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_FIRST_REVISION", 1)
    if request.param == "by number":
        monkeypatch.setattr(numbered, "WORTH_LOADING", -1)
        monkeypatch.setattr(numbered, "ROOM", 2)
    elif request.param != "row by row":
        monkeypatch.setattr(matching, "FEW_ROWS", 0)
        monkeypatch.setattr(matching, "FEW_ENCODED_ROWS", 0)
        monkeypatch.setattr(evaluation, "_FEW_CANDIDATES", 0)
    if request.param == "plain":
        monkeypatch.setattr(scanning, "_hyperscan", None)
        monkeypatch.setattr(evaluation, "_MANY_CODES", 0)
    else:
        pytest.importorskip("hyperscan", reason="hyperscan has no wheel for this processor")
        monkeypatch.setattr(scanning, "_WORK_OF_PREPARING", 0)


slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@slow
@given(st.lists(rules(), min_size=1, max_size=4), st.lists(events, min_size=1, max_size=6), sources)
def test_the_engine_says_what_the_oracle_says(written: list[str], rows: list[Event], source: EventSource) -> None:
    ruleset = loaded(written)
    assert answers(ruleset, rows, source) == expected(ruleset, rows, source)


@slow
@given(st.lists(rules(), min_size=1, max_size=4), st.lists(events, min_size=2, max_size=8), st.data())
def test_no_answer_depends_on_batches_their_order_or_other_rules(
    written: list[str], rows: list[Event], data: st.DataObject
) -> None:
    ruleset = loaded(written)
    whole = {(row, rule_id): fields for row, rule_id, fields in answers(ruleset, rows, SOURCE)}

    order = data.draw(st.permutations(range(len(rows))))
    cut = data.draw(st.integers(1, len(rows) - 1))
    kept = data.draw(st.sets(st.sampled_from(ruleset.rules))) if ruleset.rules else set()
    subset = RuleSet(rules=tuple(rule for rule in ruleset.rules if rule in kept))
    engine = compile_rules(subset)
    parts = {}
    for part in (order[:cut], order[cut:]):
        for match in engine.match(table_of([rows[place] for place in part]), source=SOURCE):
            parts[part[match.row], match.rule.id] = match.fields
    ids = {rule.id for rule in subset.rules}
    assert parts == {key: fields for key, fields in whole.items() if key[1] in ids}
