from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.detection import EventSource, RuleLimits, RuleSet, load_rules
from burgrave.engines.detection.oracle import naive_match

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Load = Callable[..., RuleSet]

HEAD = "title: T\nlogsource: {product: windows, category: process_creation}\n"
GOOD = HEAD + "detection:\n  s: {Image: a}\n  condition: s\n"


def only_fault(ruleset: RuleSet) -> tuple[int, int | None, str]:
    assert not ruleset.rules
    (fault,) = ruleset.faults
    return fault.line, fault.char, fault.sentence


def test_a_rule_carries_what_a_match_must_show(load: Load) -> None:
    text = (
        "title: Shells\nid: 5AF54681-df95-4c26-854f-2565e13cfab0\nstatus: stable\nlevel: critical\n"
        "description: Because.\nauthor: Ada, Bob\nlicense: DRL-1.1\nreferences: [one]\ntags: [attack.t1059.001]\n"
        "falsepositives: [Administrators]\ndate: 2024-01-02\n"
        "logsource: {product: windows, service: security}\ndetection: {s: {EventID: 1}, condition: s}\n"
    )
    (rule,) = load(text).rules
    assert rule.id == "5af54681-df95-4c26-854f-2565e13cfab0"
    assert (rule.title, rule.status, rule.level, rule.author) == ("Shells", "stable", "critical", "Ada, Bob")
    assert (rule.license, rule.description, rule.references) == ("DRL-1.1", "Because.", ("one",))
    assert (rule.tags, rule.falsepositives) == (("attack.t1059.001",), ("Administrators",))
    assert str(rule.logsource) == "windows/*/security"
    assert (rule.path.name, rule.line, rule.document) == ("0.yml", 1, 0)
    assert rule.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert rule.yaml == text.encode()


def test_a_rule_without_an_id_is_named_by_its_text(load: Load) -> None:
    (rule,) = load(GOOD).rules
    assert rule.id == f"sha256:{hashlib.sha256(GOOD.encode()).hexdigest()}:0"


def test_files_are_found_below_folders_once_and_in_order(tmp_path: Path) -> None:
    for name, field in (("b/2.yml", "B"), ("b/1.YAML", "A"), ("a.yml", "C"), ("note.txt", "D")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(GOOD.replace("Image", field), encoding="utf-8")
    ruleset = load_rules([tmp_path, tmp_path / "a.yml", tmp_path / "b"])
    assert [rule.path.name for rule in ruleset.rules] == ["a.yml", "1.YAML", "2.yml"]
    assert not ruleset.faults


def test_a_path_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert "no such file" in only_fault(load_rules([tmp_path / "none"]))[2]


def test_one_bad_rule_does_not_keep_the_others_from_loading(load: Load) -> None:
    ruleset = load(GOOD, "title: [", GOOD.replace("Image", "User"))
    assert len(ruleset.rules) == 2
    assert str(ruleset.faults[0]).endswith("valid YAML: did not find expected node content")


@pytest.mark.parametrize(
    ("text", "line", "char", "sentence"),
    [
        ("", 1, None, "holds no rule"),
        ("---\n---\n", 1, None, "holds no rule"),
        ("action: global\ntitle: a\n---\naction: reset\n", 1, None, "holds no rule"),
        ("- a\n- b\n", 1, None, "not a map"),
        ("\n\njust text\n", 3, None, "not a map"),
        ("a: b: c\n", 1, 5, "not valid YAML"),
        ("title: a\ntitle: b\n", 2, 1, "'title' stands twice"),
        ("a: &x 1\nb:\n  <<: {c: 1}\n", 3, 3, "merge key"),
        ("a: !!python/object:os.system x\n", 1, 4, "not valid YAML"),
        ("a: *nobody\n", 1, 4, "not valid YAML"),
        ("? [a]\n: b\n", 1, 3, "not valid YAML"),
        ("a: 2024-99-99\n", 1, None, "cannot be read"),
        ("a: " + "9" * 5000 + "\n", 1, None, "cannot be read"),
        ("a: \x07\n", 1, None, "not valid YAML"),
        (HEAD, 1, 1, "no detection"),
        (HEAD + "detection: []\n", 3, 1, "no detection"),
        (HEAD + "detection:\n  condition: s\n", 3, 1, "No detections"),
        (HEAD + "detection:\n  s: {A: b}\n", 3, 1, "at least one condition"),
        (HEAD + "detection:\n  s: {A: b}\n  condition: [[a]]\n", 5, 3, "not text"),
        (HEAD + "detection:\n  s: {A: b}\n  condition: s and\n", 5, 3, "Expected"),
        (HEAD + "detection:\n  s: {A: b}\n  condition: s and t\n", 5, 3, "'t' not defined"),
        (HEAD + "detection:\n  s: {A: b}\n  condition: 1 of t*\n", 5, 3, "doesn't match any"),
        (HEAD + "detection:\n  s: {A: b}\n  condition: s | count() > 5\n", 5, 3, "pipe syntax"),
        (HEAD + "detection:\n  s:\n    A: b\n    B|nonsense: c\n  condition: s\n", 6, 5, "Unknown modifier 'nonsense'"),
        (HEAD + "detection:\n  s:\n    - A: b\n    - B|re: '('\n  condition: s\n", 6, 7, "missing )"),
        (HEAD + "detection:\n  s: {A|re: '(?=a)'}\n  condition: s\n", 4, 7, "invalid perl operator"),
        (HEAD + "detection:\n  s: {A|re: '(a)\\1'}\n  condition: s\n", 4, 7, "invalid escape sequence"),
        (HEAD + "detection:\n  s: {A|re: 'a{2000}'}\n  condition: s\n", 4, 7, "repetition size"),
        (HEAD + "detection:\n  s: {A|lt: x}\n  condition: s\n", 4, 7, "incompatible"),
        (HEAD + "detection:\n  s: {A|cidr: 1.2.3.4/40}\n  condition: s\n", 4, 7, "Invalid CIDR"),
        (HEAD + "detection:\n  s: {A|contains|all: x}\n  t: {1: 2}\n  condition: s\n", 3, 1, "key 1 "),
        (HEAD + "detection:\n  s: {A|contains|expand: '%admins%'}\n  condition: s\n", 3, 1, "placeholder %admins%"),
        (HEAD + "detection:\n  s: {'|cidr': 10.0.0.0/8}\n  condition: s\n", 3, 1, "needs a field"),
        (HEAD + "detection:\n  s: {A: b}\n  timeframe: 5m\n  condition: s\n", 5, 3, "timeframe"),
        (HEAD + "detection:\n  s: {A: {B: c}}\n  condition: s\n", 4, 7, "Unsupported type"),
        (HEAD + "level: loud\ndetection:\n  s: {A: b}\n  condition: s\n", 3, 1, "not a valid Sigma rule level"),
        ("title: T\ndetection:\n  s: {A: b}\n  condition: s\n", 1, 1, "must have a log source"),
        ("title: T\nlogsource: 5\ndetection:\n  s: {A: b}\n  condition: s\n", 2, 1, "valid YAML map"),
        ("title: T\nlogsource: {product: [a]}\ndetection:\n  s: {A: b}\n  condition: s\n", 2, 1, "must be string"),
        ("title: 5\nlogsource: {product: a}\ndetection:\n  s: {A: b}\n  condition: s\n", 1, 1, "title is not text"),
        ("title: C\ncorrelation: {type: event_count}\n", 2, 1, "names no rule in `rules`"),
        (
            "title: F\nlogsource: {product: a}\nfilter: {rules: any, s: {A: b}, condition: not s}\n",
            3,
            1,
            "filters are not applied here",
        ),
        ("title: F\naction: explode\n", 2, 1, "the action 'explode' is not known"),
    ],
)
def test_a_bad_file_is_a_fault_with_its_place(
    load: Load, text: str, line: int, char: int | None, sentence: str
) -> None:
    found = only_fault(load(text))
    assert sentence in found[2]
    assert "\n" not in found[2]
    assert found[:2] == (line, char)


def test_a_file_that_is_not_utf_8_is_a_fault_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"title: a\nb: \xff\n")
    assert only_fault(load_rules([tmp_path])) == (2, None, "the file is not UTF-8 text")


def test_documents_of_one_file_are_rules_of_their_own(load: Load) -> None:
    ruleset = load(f"{GOOD}---\ntitle: C\ncorrelation: {{}}\n---\n{GOOD.replace('Image', 'User')}")
    assert [(rule.line, rule.document) for rule in ruleset.rules] == [(1, 0), (10, 2)]
    assert [(fault.line, fault.char) for fault in ruleset.faults] == [(8, 1)]


def test_the_second_rule_with_an_id_is_a_fault(load: Load) -> None:
    marked = f"id: 5af54681-df95-4c26-854f-2565e13cfab0\n{GOOD}"
    ruleset = load(marked, marked.replace("Image", "User"))
    assert len(ruleset.rules) == 1
    assert "is already that of" in ruleset.faults[0].sentence


def test_global_and_repeated_parts_are_merged(load: Load) -> None:
    ruleset = load(
        "action: global\ntitle: G\nlogsource: {product: windows, category: process_creation}\n"
        "---\ndetection:\n  s: {Image: a}\n  condition: s\n"
        "---\naction: repeat\ndetection:\n  s: {Image: b}\n"
        "---\naction: reset\n"
        "---\n" + GOOD.replace("Image", "User")
    )
    assert not ruleset.faults
    assert [(rule.title, rule.document) for rule in ruleset.rules] == [("G", 1), ("G", 2), ("T", 4)]
    source = EventSource(channel="Microsoft-Windows-Sysmon/Operational", event_id="1")
    ids = [naive_match(ruleset, {name: text}, source=source) for name, text in (("Image", "a"), ("Image", "b"))]
    assert ids == [{ruleset.rules[0].id}, {ruleset.rules[1].id}]


@pytest.mark.parametrize(
    ("limits", "text", "sentence"),
    [
        (RuleLimits(file_bytes=50), GOOD, "a rule file may have 50"),
        (RuleLimits(depth=3), "a: [[[[b]]]]", "more than 3 levels"),
        (RuleLimits(nodes=5), GOOD, "more than 5 values"),
        (RuleLimits(aliases=1), "a: &x 1\nb: [*x, *x]", "more than 1 aliases"),
        (RuleLimits(documents=1), f"{GOOD}---\n{GOOD}", "more than 1 documents"),
        (RuleLimits(condition_chars=5), GOOD.replace("condition: s", "condition: s or s"), "more than 5 characters"),
        (RuleLimits(condition_nesting=1), GOOD.replace("condition: s", "condition: ((s))"), "or 1 levels"),
        (RuleLimits(regex_chars=3), GOOD.replace("Image: a", "Image|re: abcd"), "more than 3 characters"),
        (RuleLimits(tests=6), GOOD.replace("Image: a", "Image: [a, b, c, d, e, f, g]"), "more than 6 values"),
        (RuleLimits(tests=12), GOOD.replace("Image: a", "Image|windash: ['-a', '-b', '-c']"), "more than 12 tests"),
    ],
)
def test_limits(tmp_path: Path, limits: RuleLimits, text: str, sentence: str) -> None:
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    assert sentence in load_rules([tmp_path], limits=limits).faults[0].sentence


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "{a: " * 50_000,
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{n}: &b{n} [{','.join(['*a'] * 9)}]\n" for n in range(9)),
        "a: &a {b: *a}\n",
        HEAD + "detection: &d\n  s: {A: *d}\n  condition: s\n",
        HEAD
        + "x0: &x0 [a,b,c,d,e,f,g,h,i,j]\n"
        + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9))
        + "detection:\n  s: *x8\n  condition: s\n",
        HEAD + "detection:\n  s: {A: b}\n  condition: " + "(" * 3000 + "s\n",
        HEAD + "detection:\n  s: {A: b}\n  condition: " + "not " * 900 + "s\n",
        HEAD + "detection:\n  s: {A: b}\n  condition: " + "1 of " * 700 + "s\n",
        HEAD + "detection:\n  s: [" + "a, " * 9_000 + "]\n  condition: " + "s or " * 700 + "s\n",
        HEAD + "detection:\n  s: {A|re: '((a{100}){100}){100}'}\n  condition: s\n",
        HEAD + "detection:\n  s: {A|windash: '" + "-a " * 50 + "'}\n  condition: s\n",
    ],
    ids=[
        "flow depth",
        "sequence depth",
        "key depth",
        "map depth",
        "aliases",
        "loop",
        "loop in detection",
        "billion laughs",
        "parentheses",
        "nots",
        "selectors",
        "repeated selections",
        "regex size",
        "dashes",
    ],
)
def test_a_hostile_file_is_refused_quickly(load: Load, text: str) -> None:
    ruleset = load(text)
    assert not ruleset.rules
    assert len(ruleset.faults) == 1


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_to_a_rule_gives_rules_or_faults(tmp_path: Path, data: st.DataObject) -> None:
    text = bytearray(GOOD.replace("Image: a", "Image|contains|all: ['a', \"b\"]").encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 12)))
        text[start:stop] = data.draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b"&a ", b"*a", b"- ", b"|", b"\n "]))
        )
    (tmp_path / "a.yml").write_bytes(bytes(text))
    ruleset = load_rules([tmp_path])
    assert ruleset.rules or ruleset.faults


shapes = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "title",
                "id",
                "tags",
                "level",
                "status",
                "author",
                "date",
                "related",
                "references",
                "fields",
                "license",
                "scope",
                "taxonomy",
                "name",
                "description",
                "falsepositives",
                "action",
            ]
        ),
        shapes,
    ),
    shapes,
    st.one_of(shapes, st.dictionaries(st.sampled_from(["s", "A|re", "A|contains|all", "condition"]), shapes)),
)
def test_any_shape_of_a_rule_gives_rules_or_faults(
    tmp_path: Path, head: dict[str, object], logsource: object, detection: object
) -> None:
    body = {"title": "T", "logsource": logsource, "detection": detection, **head}
    (tmp_path / "a.yml").write_text(yaml.safe_dump(body), encoding="utf-8")
    ruleset = load_rules([tmp_path])
    assert ruleset.rules or ruleset.faults


@pytest.mark.parametrize("modifiers", ["expand", "contains|expand", "re|expand"])
def test_a_placeholder_without_a_value_is_a_fault(load: Load, modifiers: str) -> None:
    text = f"{HEAD}detection:\n  s: {{A|{modifiers}: 'a%x%b'}}\n  condition: s\n"
    assert "placeholder" in only_fault(load(text))[2]


def test_a_file_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.yml").symlink_to(tmp_path / "a.yml")
    assert "cannot be read" in only_fault(load_rules([tmp_path]))[2]
