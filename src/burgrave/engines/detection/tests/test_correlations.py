"""Correlation documents: what is read from them, what is refused and where, what they ask of the rules' events."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from burgrave.engines.detection import (
    CorrelationUse,
    EventSource,
    RuleSet,
    chosen_rules,
    compile_rules,
    load_rules,
    needed_fields,
)
from burgrave.engines.detection.correlation_terms import Alias, Bound, CorrelationType, Every, Lacking, Present, Some
from burgrave.engines.detection.resolving import upwards

from .conftest import table_of

ID = "5af54681-df95-4c26-854f-2565e13cfab0"
A = f"title: A\nid: {ID}\nname: a\nlogsource: {{product: linux}}\ndetection: {{s: {{x: '1'}}, condition: s}}\n"
B = A.replace("title: A", "title: B").replace("name: a", "name: b").replace(ID, ID[:-1] + "1")
COUNT = "type: event_count\n  rules: a\n  timespan: 5m\n  condition: {gte: 3}"


def correlation(section: str = COUNT, *, head: str = "title: C\nname: c\n") -> str:
    return f"{head}correlation:\n  {section}\n"


def loaded(folder: Path, *texts: str, kept_in: Path | None = None) -> RuleSet:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_text(text, encoding="utf-8")
    return load_rules([folder], correlations=CorrelationUse.APPLIED, kept_in=kept_in)


def test_everything_of_a_correlation_is_read(tmp_path: Path) -> None:
    section = (
        f"type: value_percentile\n  rules: [{ID.upper()}, b]\n  group-by: [who, Computer]\n  timespan: 90m\n"
        "  generate: true\n"
        f"  aliases: {{who: {{{ID.upper()}: User, b: Account}}}}\n"
        "  condition: {field: size, percentile: 99.5, gt: 1, lte: 2.5}"
    )
    head = "title: C\nname: c\nlevel: high\nauthor: Ada\nlicense: MIT\nstatus: test\ntags: [attack.t1110]\n"
    ruleset = loaded(tmp_path, A, B, correlation(section, head=head))
    assert not ruleset.faults
    (rule,) = ruleset.correlations
    assert (rule.title, rule.level, rule.author, rule.license, rule.tags) == (
        "C",
        "high",
        "Ada",
        "MIT",
        ("attack.t1110",),
    )
    assert rule.id == f"sha256:{rule.sha256}:0"
    assert (rule.type, rule.timespan_seconds, rule.generate) == (CorrelationType.VALUE_PERCENTILE, 5_400, True)
    assert rule.members == (ID, ID[:-1] + "1")
    assert rule.group_by == ("who", "Computer")
    assert rule.aliases == (Alias("who", ((ID, "User"), (ID[:-1] + "1", "Account"))),)
    assert rule.bounds == (Bound("gt", Fraction(1)), Bound("lte", Fraction(5, 2)))
    assert (rule.fields, rule.percentile) == (("size",), Fraction(199, 2))
    assert ruleset.silent == frozenset()


def test_a_temporal_correlation_asks_for_all_of_its_rules(tmp_path: Path) -> None:
    ruleset = loaded(tmp_path, A, B, correlation("type: temporal\n  rules: [a, b]\n  timespan: 1w"))
    (rule,) = ruleset.correlations
    assert rule.bounds == (Bound("gte", Fraction(2)),)
    assert rule.timespan_seconds == 604_800
    assert ruleset.silent == {ID, ID[:-1] + "1"}


def test_a_condition_in_words_names_its_rules(tmp_path: Path) -> None:
    section = "type: temporal_ordered\n  timespan: 1m\n  condition: b and (a or not b)"
    (rule,) = loaded(tmp_path, A, B, correlation(section)).correlations
    assert rule.rules == ("b", "a")
    assert rule.presence == Every((Present(0), Some((Present(1), Lacking(Present(0))))))
    assert rule.bounds == ()


def test_generate_is_read_at_either_place_and_one_no_is_enough(tmp_path: Path) -> None:
    loud = correlation(head="title: C\ngenerate: true\n")
    assert loaded(tmp_path, A, loud).silent == frozenset()
    assert loaded(tmp_path, A, loud, correlation(head="title: D\n")).silent == {ID}


def test_correlations_are_refused_unless_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "0.yml").write_text(f"{A}---\n{correlation()}")
    ruleset = load_rules([tmp_path])
    assert [str(fault) for fault in ruleset.faults] == [
        f"{tmp_path / '0.yml'}:9:1: correlation rules are not run here: they speak of several events"
    ]
    assert (len(ruleset.rules), ruleset.correlations, ruleset.silent) == (1, (), frozenset())


def section(**changed: str | None) -> str:
    parts = {"type": "event_count", "rules": "a", "timespan": "5m", "condition": "{gte: 3}"} | {
        name.replace("_", "-"): value for name, value in changed.items()
    }
    return correlation("\n  ".join(f"{name}: {value}" for name, value in parts.items() if value is not None))


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("title: C\ncorrelation: 5\n", 2, "not a map of its parts"),
        (section(type="count"), 4, "the correlation type 'count' is not known"),
        (section(type="[a]"), 4, "is not known; known are event_count"),
        (section(rules=None), 3, "names no rule"),
        (section(rules="[]"), 5, "names no rule"),
        (section(rules="{a: b}"), 5, "neither a text nor a list"),
        (section(rules="[a, a]"), 5, "names 'a' twice"),
        (section(rules=f"[a, {ID}]"), 5, f"'{ID}' is a rule that is already named"),
        (section(rules=f"[{', '.join(f'r{n}' for n in range(101))}]"), 5, "more than 100"),
        (section(rules="missing"), 5, "no rule with the name or id 'missing' was loaded"),
        (section(rules="c"), 5, "refers to itself"),
        (section(group_by="5"), 8, "neither a text nor a list"),
        (section(group_by=None).replace("  type", "  group_by: u\n  type"), 4, "has no part 'group_by'"),
        (section(timespan=None), 3, "has no timespan"),
        (section(timespan="5"), 6, "the timespan 5 is not a whole number with"),
        (section(timespan="0m"), 6, "not between 1s and 366d"),
        (section(timespan="53w"), 6, "not between 1s and 366d"),
        (section(timespan="1M"), 6, "not a whole number with s, m, h, d or w"),
        (section(condition=None), 3, "event_count needs a condition"),
        (section(condition="a and b"), 7, "a condition in words is for temporal"),
        (section(condition="{gte: many}"), 7, "`gte` is 'many'; expected a number"),
        (section(condition="{gte: true}"), 7, "`gte` is True"),
        (section(condition="{gte: .inf}"), 7, "`gte` is inf"),
        (section(condition="{}"), 7, "compares with nothing"),
        (section(condition="{gte: 1, field: x}"), 7, "the condition of event_count has no part 'field'"),
        (section(type="value_count"), 7, "names no `field`"),
        (section(type="value_sum", condition="{gte: 1, field: [x, y]}"), 7, "of one field"),
        (section(type="value_sum", condition="{gte: 1, field: x, percentile: 5}"), 7, "no part 'percentile'"),
        (section(type="value_percentile", condition="{gte: 1, field: x}"), 7, "needs a `percentile`"),
        (section(type="value_percentile", condition="{gte: 1, field: x, percentile: 101}"), 7, "not from 0 to 100"),
        (section(generate="maybe"), 8, "`generate` is 'maybe'"),
        (correlation(head="title: C\ngenerate: 1\n"), 2, "`generate` is 1"),
        (section(aliases="5"), 8, "`aliases` is not a map"),
        (section(aliases="{u: 5}"), 8, "not a map from rules to fields"),
        (section(aliases="{u: {a: 5}}"), 8, "names no field for 'a'"),
        (section(aliases="{u: {b: x}}"), 8, "speaks of 'b'"),
        (section(aliases=f"{{{', '.join(f'u{n}: {{a: x}}' for n in range(101))}}}"), 8, "more than 100"),
        (section(aliases="{u: {}}", group_by="u"), 8, "the alias 'u' names no field for the rule 'a'"),
        (correlation(head="title: [x]\n"), 1, "the title is not text"),
        (correlation(head="title: C\nlevel: loud\n"), 1, "not a valid Sigma rule level"),
        (correlation(head="title: C\nrelated: 5\n"), 1, "elated"),
    ],
)
def test_a_bad_correlation_is_a_fault_with_its_place(tmp_path: Path, text: str, line: int, sentence: str) -> None:
    ruleset = loaded(tmp_path, A, text)
    (fault,) = ruleset.faults
    assert sentence in fault.sentence
    assert (fault.path, fault.line) == (tmp_path / "1.yml", line)
    assert (len(ruleset.rules), ruleset.correlations, ruleset.silent) == (1, (), frozenset())


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("a and", "its end where the name of a rule"),
        ("a b", "goes on with 'b'"),
        ("(a or b", "not closed"),
        ("a and )", "')' where the name of a rule"),
        ("a and or b", "'or' where the name"),
        ("a & b", "holds '&'"),
        ("a and c", "not name the same rules: b, c"),
        ("not " * 41 + "a", "40 levels"),
        ("", "its end where"),
    ],
)
def test_a_bad_condition_in_words_is_a_fault(tmp_path: Path, condition: str, sentence: str) -> None:
    text = section(type="temporal", rules="[a, b]" if condition and "41" not in condition else None,
                   condition=f"'{condition}'")  # fmt: skip
    ruleset = loaded(tmp_path, A, B, text)
    (fault,) = ruleset.faults
    assert sentence in fault.sentence or "not name the same rules" in fault.sentence
    assert not ruleset.correlations


def test_what_refers_to_a_refused_correlation_is_refused_as_well(tmp_path: Path) -> None:
    circle = [
        correlation(COUNT.replace("rules: a", f"rules: {other}"), head=f"title: C\nname: {name}\n")
        for name, other in (("p", "q"), ("q", "p"), ("r", "q"), ("s", "r"))
    ]
    ruleset = loaded(tmp_path, A, *circle)
    assert [fault.sentence for fault in ruleset.faults] == [
        "the correlation refers to itself, by way of its rules",
        "the correlation refers to itself, by way of its rules",
        "the correlation 'q' that it refers to is not run",
        "the correlation 'r' that it refers to is not run",
    ]


def test_a_name_that_two_rules_have_is_no_reference(tmp_path: Path) -> None:
    (fault,) = loaded(tmp_path, A, B.replace("name: b", "name: a"), correlation()).faults
    assert "2 rules have the name 'a'; refer to one of them by id" in fault.sentence


def test_a_correlation_with_the_id_of_a_rule_is_a_fault(tmp_path: Path) -> None:
    (fault,) = loaded(tmp_path, A, correlation(head=f"title: C\nid: {ID}\n")).faults
    assert "is already that of" in fault.sentence


def test_correlations_in_a_circle_cannot_be_put_in_order(tmp_path: Path) -> None:
    (rule,) = loaded(tmp_path, A, correlation(head=f"title: C\nid: {ID[:-1]}9\n")).correlations
    with pytest.raises(ValueError, match="in a circle"):
        upwards([type(rule)(**{name: getattr(rule, name) for name in rule.__slots__} | {"members": (rule.id,)})])


def test_kept_correlations_are_the_same(tmp_path: Path) -> None:
    texts = [
        A,
        B,
        section(type="value_percentile", condition="{gte: 0.1, field: x, percentile: 9.5}", group_by="u",
                aliases="{u: {a: y}}"),
        section(type="temporal", rules=None, condition="a or not b and b").replace("name: c", "name: d"),
    ]  # fmt: skip
    folder, kept = tmp_path / "rules", tmp_path / "kept"
    plain = loaded(folder, *texts)
    assert len(plain.correlations) == 2
    for _ in range(2):
        assert loaded(folder, *texts, kept_in=kept) == plain
    assert len(list(kept.iterdir())) == 1


def test_matches_hand_over_what_correlations_ask_under_the_names_of_the_rule(tmp_path: Path) -> None:
    """Image is NewProcessName in the audit's event, User is made of two fields; c1 asks c0 for Host."""
    process = (
        f"title: P\nid: {ID}\nname: p\nlogsource: {{product: windows, category: process_creation}}\n"
        "detection: {s: {Image|endswith: x.exe}, condition: s}\n"
    )
    inner = "type: event_count\n  rules: p\n  group-by: [User, Image]\n  timespan: 1m\n  condition: {gte: 1}"
    outer = "type: event_count\n  rules: c\n  group-by: Host\n  timespan: 1m\n  condition: {gte: 1}"
    ruleset = loaded(tmp_path, process, correlation(inner), correlation(outer, head="title: D\n"))
    assert needed_fields(ruleset.correlations) == {
        ID: ("Host", "Image", "User"),
        ruleset.correlations[0].id: ("Host",),
    }
    source = EventSource(channel="Security", event_id="4688")
    events: list[dict[str, str | None]] = [
        {"NewProcessName": "C:\\x.exe", "SubjectUserName": "ann", "SubjectDomainName": "D", "Host": "h"},
        {"NewProcessName": "C:\\x.exe", "Image": "other"},
    ]
    matches = compile_rules(ruleset).match(table_of(events), source=source)
    assert [match.values for match in matches] == [
        {"Host": "h", "Image": "C:\\x.exe", "User": "D\\ann"},
        {"Image": "C:\\x.exe"},
    ]
    plain = load_rules([tmp_path / "0.yml"])
    assert [match.values for match in compile_rules(plain).match(table_of(events), source=source)] == [{}, {}]


def test_what_a_chosen_correlation_refers_to_stays_silent_through_the_whole_chain(tmp_path: Path) -> None:
    """d refers to c and says generate, c refers to a; only d and b are chosen."""
    above = correlation(COUNT.replace("rules: a", "rules: c\n  generate: true"), head="title: D\nname: d\n")
    ruleset = loaded(tmp_path, A, B, correlation(), above, correlation(head="title: E\nname: e\n"))
    chosen = chosen_rules(ruleset, lambda each: each.name in {"b", "d"})
    assert [rule.name for rule in chosen.rules] == ["a", "b"]
    assert [rule.name for rule in chosen.correlations] == ["c", "d"]
    assert chosen.silent == {ID, ruleset.correlations[0].id}
    none = chosen_rules(ruleset, lambda each: each.name == "b")
    assert ([rule.name for rule in none.rules], none.correlations, none.silent) == (["b"], (), frozenset())
