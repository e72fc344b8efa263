"""Sigma filters: for which rules they are, what they leave, and what is odd about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from burgrave.engines.detection import (
    EventSource,
    FilterUse,
    RuleSet,
    compile_rules,
    join_filters,
    load_rules,
    load_texts,
)
from burgrave.engines.detection.oracle import naive_fields

from .conftest import table_of

SOURCE = EventSource(channel="Microsoft-Windows-Sysmon/Operational", event_id="1")
ID = "5af54681-df95-4c26-854f-2565e13cfab0"
RULE = f"""\
title: R
id: {ID}
name: runs_tool
logsource: {{product: windows, category: process_creation}}
detection: {{s: {{Image|endswith: \\tool.exe}}, condition: s}}
"""
EVENTS: list[dict[str, str | None]] = [
    {"Image": "C:\\tool.exe", "User": "ann"},
    {"Image": "C:\\tool.exe", "User": "SVC-Backup"},
    {"Image": "C:\\tool.exe"},
    {"Image": "C:\\other.exe", "User": "svc-backup"},
]
ALL = [0, 1, 2]


def filtered(
    rules: str = "any",
    condition: str = "not allowed",
    logsource: str = "{product: Windows, category: process_creation}",
    selections: str = "allowed: {User: svc-backup}",
) -> str:
    return f"title: F\nlogsource: {logsource}\nfilter:\n  rules: {rules}\n  {selections}\n  condition: {condition}\n"


def loaded(folder: Path, *texts: str, use: FilterUse = FilterUse.APPLIED, kept_in: Path | None = None) -> RuleSet:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_text(text, encoding="utf-8")
    return load_rules([folder], filters=use, kept_in=kept_in)


def matched(ruleset: RuleSet) -> list[int]:
    """The rows for which the one rule holds; the oracle says the same, with the same fields."""
    (rule,) = ruleset.rules
    found = compile_rules(ruleset).match(table_of(EVENTS), source=SOURCE)
    expected = {row: naive_fields(rule, event, source=SOURCE) for row, event in enumerate(EVENTS)}
    assert {match.row: match.fields for match in found} == {
        row: fields for row, fields in expected.items() if fields is not None
    }
    return [match.row for match in found]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (filtered(), [0, 2]),
        (filtered(rules="[]"), [0, 2]),
        (filtered(rules=f"[{ID}]"), [0, 2]),
        (filtered(rules="runs_tool"), [0, 2]),
        (filtered(rules="[another, runs_tool]"), [0, 2]),
        (filtered(rules="[another]"), ALL),
        (filtered(logsource="{product: windows}"), [0, 2]),
        (filtered(logsource="{category: process_creation}"), [0, 2]),
        (filtered(logsource="{product: linux}"), ALL),
        (filtered(logsource="{product: windows, service: security}"), ALL),
        (filtered(condition="allowed"), [1]),
        (filtered(condition="not 1 of them"), [0, 2]),
        (filtered(condition="not 1 of a*", selections="a1: {User: ann}\n  a2: {User: svc*}"), [2]),
        (filtered(condition="not none", selections="none: {User: null}"), [0, 1]),
    ],
)
def test_a_filter_is_joined_to_its_rules_by_and(tmp_path: Path, text: str, rows: list[int]) -> None:
    ruleset = loaded(tmp_path, RULE, text)
    assert not ruleset.faults
    assert matched(ruleset) == rows


def test_several_filters_leave_what_all_of_them_leave(tmp_path: Path) -> None:
    ruleset = loaded(tmp_path, filtered(), RULE, filtered(selections="allowed: {User: ann}"))
    assert matched(ruleset) == [2]
    assert [each.path.name for each in ruleset.rules[0].filters] == ["0.yml", "2.yml"]
    assert not ruleset.remarks


def test_a_rule_and_its_filter_may_stand_in_one_file(tmp_path: Path) -> None:
    assert matched(loaded(tmp_path, f"{RULE}---\n{filtered()}")) == [0, 2]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (filtered(condition="allowed"), "no `not`: its rules now match only events that it describes"),
        (filtered(rules="[another, runs_tool]"), "names the rule 'another', and no rule"),
        (filtered(logsource="{product: linux}"), "log source linux/*/*, and none was loaded"),
        (filtered(rules="runs_tool", logsource="{product: linux}"), "names the rule 'runs_tool', and no rule"),
    ],
)
def test_what_is_odd_about_a_filter_is_said_with_its_place(tmp_path: Path, text: str, remark: str) -> None:
    ruleset = loaded(tmp_path, RULE, text)
    (found,) = ruleset.remarks
    assert remark in found.sentence
    assert str(found).startswith(f"{tmp_path / '1.yml'}:1: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (filtered(condition="[a, b]"), "condition must be a string"),
        (filtered(condition="not missing"), "missing"),
        (filtered(rules="{a: b}"), "'any', a rule ID/name, or a list"),
        (filtered().replace("  rules: any\n", ""), "must have a 'rules' field"),
        (
            filtered().replace("logsource: {product: Windows, category: process_creation}\n", ""),
            "must have a log source",
        ),
        ("title: F\nlogsource: {product: windows}\nfilter: 5\n", "not a map"),
        (filtered(selections="allowed: {User|re: '(?=a)'}"), "invalid perl operator"),
        (filtered(selections="allowed: {User|expand: '%names%'}"), "placeholder"),
        (filtered(condition="not (" * 50 + "allowed" + ")" * 50), "levels"),
    ],
)
def test_a_filter_that_cannot_be_applied_is_a_fault_and_its_rules_run(tmp_path: Path, text: str, sentence: str) -> None:
    ruleset = loaded(tmp_path, RULE, text)
    (fault,) = ruleset.faults
    assert sentence in fault.sentence
    assert str(fault).startswith(f"{tmp_path / '1.yml'}:")
    assert matched(ruleset) == ALL


def test_filters_are_refused_unless_they_are_asked_for(tmp_path: Path) -> None:
    ruleset = loaded(tmp_path, RULE, filtered(), use=FilterUse.REFUSED)
    assert [str(fault) for fault in ruleset.faults] == [
        f"{tmp_path / '1.yml'}:3:1: filters are not applied here; write the exception into the rule itself"
    ]
    assert matched(ruleset) == ALL


def test_kept_filters_are_the_same(tmp_path: Path) -> None:
    folder, kept = tmp_path / "rules", tmp_path / "kept"
    texts = (RULE, filtered(), filtered(rules="[another]"))
    plain = loaded(folder, *texts)
    for _ in range(2):
        again = loaded(folder, *texts, kept_in=kept)
        assert again == plain
        assert [rule.expression for rule in again.rules] == [rule.expression for rule in plain.rules]
        assert matched(again) == [0, 2]
    assert matched(loaded(folder, *texts, use=FilterUse.REFUSED, kept_in=kept)) == ALL


def test_texts_that_stand_in_no_file_are_loaded_under_the_path_that_is_given(tmp_path: Path) -> None:
    texts = [(Path("b/rule.yml"), RULE.encode()), (Path("a/broken.yml"), b"title: [")]
    for _ in range(2):
        found = load_texts(texts, kept_in=tmp_path / "kept")
        assert [(rule.id, str(rule.path)) for rule in found.rules] == [(ID, "b/rule.yml")]
        assert [str(fault.path) for fault in found.faults] == ["a/broken.yml"]


def test_filters_that_were_set_aside_are_joined_later_and_do_the_same(tmp_path: Path) -> None:
    apart = load_texts([(Path("f.yml"), filtered().encode())], filters=FilterUse.APART)
    assert (apart.rules, apart.faults, [each.title for each in apart.filters]) == ((), (), ["F"])
    rules = load_texts([(Path("r.yml"), RULE.encode())])
    assert matched(rules) == ALL
    joined = join_filters(rules, apart.filters)
    assert matched(joined) == [0, 2]
    assert matched(loaded(tmp_path / "together", RULE, filtered())) == [0, 2]
    (remark,) = join_filters(
        rules, load_texts([(Path("f.yml"), filtered(rules="[nowhere]").encode())], filters=FilterUse.APART).filters
    ).remarks
    assert "names the rule 'nowhere'" in remark.sentence
