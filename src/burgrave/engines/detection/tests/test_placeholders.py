"""Placeholders: a rule with values put in matches as the rule with its values written out."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from burgrave.engines.detection import (
    EventSource,
    FilterUse,
    RuleLimits,
    RuleSet,
    compile_rules,
    load_many,
    load_texts,
    placeholders,
)
from burgrave.engines.detection.placeholders import ordered

pytestmark = pytest.mark.engine_only
HOSTS = {"%Admins_Workstations%": ("ws-1", "ws-2"), "odd": ("a*b", "c.d"), "none": (), "big": ("99999",)}
SOURCE = EventSource(category="any")
EVENTS = ["ws-1", "WS-2", "ws-3", "a*b", "axb", "xc.dx", "xcydx", "ws-1 ws-1", "ws-1 ws-2", ""]


def loaded(item: str, *, kept_in: Path | None = None, given: dict[str, tuple[str, ...]] | None = None) -> RuleSet:
    text = f"title: T\nlogsource: {{category: any}}\ndetection:\n  s:\n    {item}\n  condition: s\n"
    limits = RuleLimits(placeholders=ordered(HOSTS if given is None else given))
    return load_texts([(Path("a.yml"), text.encode())], limits=limits, kept_in=kept_in)


def found(ruleset: RuleSet) -> list[str]:
    table = pa.table({"H": pa.array(EVENTS, pa.string())})
    return [EVENTS[match.row] for match in compile_rules(ruleset).match(table, source=SOURCE)]


@pytest.mark.parametrize(
    ("item", "written"),
    [
        ("H|expand: '%Admins_Workstations%'", "H: [ws-1, ws-2]"),
        ("H|contains|expand: '%Admins_Workstations%'", "H|contains: [ws-1, ws-2]"),
        ("H|expand|endswith: '%Admins_Workstations%'", "H|endswith: [ws-1, ws-2]"),
        ("H|contains|all|expand: ['%Admins_Workstations%', '-2']", "H|re: '(?i)ws-[12].*-2|ws-2'"),
        ("H|expand: '%odd%'", "H: ['a\\*b', 'c.d']"),
        ("H|re|expand: '^x?%odd%x?$'", "H|re: '^x?(a\\*b|c\\.d)x?$'"),
        ("H|expand: '%Admins_Workstations% %Admins_Workstations%'", "H: ['ws-1 ws-1', 'ws-2 ws-2']"),
        ("H|expand: ['%odd%', 'ws-3']", "H: ['a\\*b', 'c.d', 'ws-3']"),
        ("H|windash|contains|expand: '-%Admins_Workstations%'", "H|contains: ['-ws-1', '/ws-1', '-ws-2']"),
        ("H|cased|expand: '%Admins_Workstations%'", "H|cased: [ws-1, ws-2]"),
    ],
)
def test_a_placeholder_stands_for_any_of_its_values_as_plain_text(item: str, written: str) -> None:
    filled = loaded(item)
    assert filled.faults == ()
    assert found(filled) == found(loaded(written))


def test_a_placeholder_that_stands_under_another_map_and_in_keywords_is_filled() -> None:
    assert found(loaded("- H|expand: '%odd%'\n    - H: ws-3")) == ["ws-3", "a*b"]
    text = "title: T\nlogsource: {category: any}\ndetection:\n  s:\n    '|expand': '%odd%'\n  condition: s\n"
    limits = RuleLimits(placeholders=ordered(HOSTS))
    assert found(load_texts([(Path("k.yml"), text.encode())], limits=limits)) == ["a*b", "xc.dx"]


@pytest.mark.parametrize(
    "item",
    ["H|expand: '%none%'", "H|expand: '%unknown%'", "H|expand: '%odd% %unknown%'", "H|re|expand: '%unknown%'"],
)
def test_a_placeholder_without_values_is_a_fault_with_its_place(item: str) -> None:
    (fault,) = loaded(item).faults
    assert (str(fault.path), fault.line, "give it some" in fault.sentence) == ("a.yml", 3, True)


def test_more_combinations_than_a_text_may_become_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placeholders, "MOST_VALUES", 3)
    (fault,) = loaded("H|expand: '%Admins_Workstations%%odd%'").faults
    assert "%Admins_Workstations%, %odd% together have 4 values; one text becomes 3 at most" in fault.sentence


def test_an_expression_that_the_values_break_is_refused() -> None:
    (fault,) = loaded("H|re|expand: 'a{1,%big%}'").faults
    assert "with the values of its placeholders" in fault.sentence


def test_a_filter_and_many_files_are_filled_as_well() -> None:
    rule = (
        "title: T\nid: 5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a52\nlogsource: {category: any}\n"
        "detection:\n  s: {H: '*'}\n  condition: s\n"
    )
    text = (
        "title: F\nlogsource: {category: any}\nfilter:\n  rules: [5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a52]\n"
        "  e: {H|expand: '%Admins_Workstations%'}\n  condition: not e\n"
    )
    limits = RuleLimits(placeholders=ordered(HOSTS))
    texts = [(Path("a.yml"), rule.encode()), (Path("f.yml"), text.encode())]
    ruleset = load_texts(texts, limits=limits, filters=FilterUse.APPLIED)
    assert "ws-1" not in found(ruleset)
    assert "ws-3" in found(ruleset)
    held = rule.replace("{H: '*'}", "{H|expand: '%odd%'}")
    assert found(load_many([(Path("a.yml"), held.encode())], limits=limits)) == ["a*b"]


def test_what_is_kept_of_files_without_placeholders_stays_good_when_values_change(tmp_path: Path) -> None:
    for given in (HOSTS, {"odd": ("z",)}):
        loaded("H: ws-1", kept_in=tmp_path, given=given)
    assert len(list(tmp_path.glob("*.rules"))) == 1
    assert found(loaded("H|expand: '%odd%'", kept_in=tmp_path)) == ["a*b"]
    assert found(loaded("H|expand: '%odd%'", kept_in=tmp_path, given={"odd": ("ws-3",)})) == ["ws-3"]


def test_values_come_in_order_and_once_and_names_are_checked() -> None:
    assert ordered({"%b%": ("2", "1", "2"), "b": ("0",), "a": ()}) == (("a", ()), ("b", ("0", "1", "2")))
    for name in ("", "a%b", "a\\b", "x" * 201):
        with pytest.raises(ValueError, match="1 to 200 characters"):
            ordered({name: ()})
