"""What the rule engine says of rules that cannot run is said in the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from burgrave.engines import detection
from burgrave.incidents.terms.faults import MOST_CHARS, fault_said
from burgrave.web.errors import Said
from burgrave.web.templatetags.web import spoken

HEAD = "title: One\nid: 6b2f0f3e-6d1e-4a3c-9a55-1f0a4c1b7e01\nlevel: low\nlogsource: {product: windows}\n"
CORRELATION = "title: Many\nid: 6b2f0f3e-6d1e-4a3c-9a55-1f0a4c1b7e02\nlevel: low\ncorrelation: "


def selecting(selection: str, condition: str = "selection") -> str:
    return f"{HEAD}detection:\n  selection: {selection}\n  condition: {condition}\n"


FAULTY = {
    "no YAML": "title: [",
    "a list": "- title: One",
    "nothing": "# only a remark\n",
    "a key twice": "title: One\ntitle: Two\n",
    "no detection": HEAD,
    "no log source": selecting("{A: b}").replace("logsource: {product: windows}\n", ""),
    "no title": selecting("{A: b}").replace("title: One\n", ""),
    "an unknown level": selecting("{A: b}").replace("level: low", "level: rough"),
    "a level and an expression": selecting("{'A|re': '(a'}").replace("level: low", "level: rough"),
    "an expression that RE2 refuses": selecting("{'A|re': 'a(?=b)'}"),
    "an unknown modifier": selecting("{'A|begins': b}"),
    "a modifier that does not fit": selecting("{'A|cidr': 3}"),
    "no address": selecting("{'A|cidr': '1.2.3.4/99'}"),
    "an unknown selection": selecting("{A: b}", "selection and other"),
    "a selector of nothing": selecting("{A: b}", "1 of filter_*"),
    "a pipe": selecting("{A: b}", "selection | count() > 5"),
    "a timeframe": selecting("{A: b}").replace("detection:", "detection:\n  timeframe: 5m"),
    "an unset placeholder": selecting("{'A|expand': '%admins%'}"),
    "a condition that is no text": selecting("{A: b}", "5"),
    "a correlation of no rules": CORRELATION + "{type: event_count, timespan: 5m, condition: {gte: 5}}",
    "a correlation of no type": CORRELATION + "{type: many, rules: [a], timespan: 5m, condition: {gte: 5}}",
    "a correlation of no time": CORRELATION + "{type: event_count, rules: [a], condition: {gte: 5}}",
    "a correlation of an odd time": CORRELATION
    + "{type: event_count, rules: [a], timespan: soon, condition: {gte: 5}}",
    "a correlation of no number": CORRELATION + "{type: event_count, rules: [a], timespan: 5m}",
    "a correlation of no field": CORRELATION + "{type: value_count, rules: [a], timespan: 5m, condition: {gte: 5}}",
    "a correlation of too much": CORRELATION
    + "{type: event_count, rules: [a], timespan: 5m, condition: {gte: 5}, more: 1}",
}


@pytest.mark.parametrize("text", FAULTY.values(), ids=FAULTY)
def test_why_a_rule_cannot_run_is_said_in_other_languages(text: str, tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(text)
    (fault,) = detection.load_rules([tmp_path]).faults
    said = fault_said(fault.sentence)
    assert isinstance(said, Said), fault.sentence
    assert said == fault.sentence
    assert spoken(said) == fault.sentence
    with translation.override("zh-hans"):
        assert any(char >= "\u4e00" for char in spoken(said)), spoken(said)


def test_two_faults_of_one_rule_are_both_said() -> None:
    kept = "'rough' is not a valid Sigma rule level; Unknown modifier 'begins'"
    with translation.override("zh-hans"):
        assert spoken(fault_said(kept)) == "'rough' 不是有效的 Sigma 规则级别；未知的修饰符 'begins'"


def test_a_reason_within_a_fault_is_said_too() -> None:
    kept = "the rule is not shaped as Sigma asks: Detection is empty"
    with translation.override("zh-hans"):
        assert spoken(fault_said(kept)) == "规则的结构不符合 Sigma 的要求：detection 为空"


@pytest.mark.parametrize("kept", ["", "whatever else", "whatever; else", "Detection is empty; " + "x" * MOST_CHARS])
def test_what_is_not_known_stays_as_it_is(kept: str) -> None:
    assert type(fault_said(kept)) is str
    assert fault_said(kept) == kept
