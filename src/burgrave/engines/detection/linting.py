"""What is odd about rules that load: remarks, each with a code and a place. What does not load is a fault already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import yaml

from burgrave.engines.detection.correlation_terms import TEMPORAL_TYPES, CorrelationRule
from burgrave.engines.detection.documents import place_of
from burgrave.engines.detection.expressions import And, Node, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from burgrave.engines.detection.terms import Rule, RuleSet

CODES: Final = {
    "fault": "the rule is not run",
    "filter": "a filter is odd",
    "no-level": "no level is stated",
    "no-author": "no author is stated, whom every match has to name",
    "no-id": "no id is stated, so the rule has a new identity whenever its file changes",
    "no-falsepositives": "a rule of level high or critical names no false positives",
    "unknown-tag": "a tag is of no namespace that Sigma knows",
    "deprecated": "the status says that the rule is not to be used any more",
    "lone-all": "`all` stands on one value, where it changes nothing",
    "unused-selection": "the condition does not name a selection",
    "unmapped": "no known channel carries the log source",
    "removed-by-filter": "a filter leaves out everything that the rule describes",
    "always": "the condition of a correlation holds at the first event",
    "never": "the condition of a correlation can never hold",
    "unused-alias": "nothing groups by or counts an alias",
}
_NAMESPACES: Final = frozenset({"attack", "car", "cve", "d3fend", "detection", "stp", "tlp"})
_WORD: Final = re.compile(r"[\w*-]+", re.ASCII)
_GRAVE: Final = frozenset({"high", "critical"})
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd. ``line`` and ``char`` count from 1."""

    code: str
    path: Path
    line: int
    char: int | None
    sentence: str

    @property
    def is_fault(self) -> bool:
        return self.code == "fault"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.char or 1}: {self.code}: {self.sentence}"


def lint(ruleset: RuleSet, *, unfiltered: RuleSet) -> list[Remark]:
    """Every fault and remark, by path and place. ``unfiltered`` are the same rules without their filters."""
    found = [Remark("fault", each.path, each.line, each.char, each.sentence) for each in ruleset.faults]
    found += [Remark("filter", each.path, each.line, each.char, each.sentence) for each in ruleset.remarks]
    plain = {rule.id: rule for rule in unfiltered.rules}
    unmapped = {rule.id for rule in ruleset.unmapped}
    for rule in ruleset.rules:
        body = _body(rule)
        said = [*_of_both(rule, body), *_of_rule(rule, body, is_unmapped=rule.id in unmapped)]
        said += _of_filters(rule, plain[rule.id])
        found += [_placed(rule, *each) for each in said]
    for each in ruleset.correlations:
        found += [_placed(each, *said) for said in (*_of_both(each, _body(each)), *_of_correlation(each))]
    return sorted(found, key=lambda each: (str(each.path), each.line, each.char or 0, each.code))


def _placed(rule: Rule | CorrelationRule, code: str, keys: Keys, sentence: str) -> Remark:
    line, char = place_of(rule.yaml, document=rule.document, keys=keys)
    return Remark(code, rule.path, line, char, sentence)


def _body(rule: Rule | CorrelationRule) -> dict[str, Any]:
    """The document as it stands; it has loaded, so it is a bounded map."""
    documents = list(yaml.load_all(rule.yaml.decode("utf-8-sig"), Loader=yaml.CSafeLoader))
    body: dict[str, Any] = documents[rule.document]
    return body


def _of_both(rule: Rule | CorrelationRule, body: Mapping[str, Any]) -> Iterator[tuple[str, Keys, str]]:
    if not rule.level:
        yield "no-level", (), "the rule states no level; it counts as informational"
    if not rule.author:
        yield "no-author", (), "the rule states no author, whom every match has to name"
    if rule.id.startswith("sha256:"):
        yield "no-id", (), "the rule states no id; write a UUID, so that it stays the same rule when it changes"
    if rule.level in _GRAVE and not rule.falsepositives:
        yield "no-falsepositives", ("level",), f"the level is {rule.level} and no `falsepositives` are named"
    if rule.status in {"deprecated", "unsupported"}:
        yield "deprecated", ("status",), f"the status is {rule.status}; take the rule out or replace it"
    listed = body.get("tags")
    for place, tag in enumerate(listed if isinstance(listed, list) else ()):
        if str(tag).partition(".")[0].lower() not in _NAMESPACES:
            known = ", ".join(sorted(_NAMESPACES))
            yield "unknown-tag", ("tags", place), f"the tag {tag!r} is of no known namespace; known are {known}"


def _of_rule(rule: Rule, body: Mapping[str, Any], *, is_unmapped: bool) -> Iterator[tuple[str, Keys, str]]:
    if is_unmapped:
        yield "unmapped", ("logsource",), f"no known channel carries the log source {rule.logsource}; the rule is deaf"
    detection = body.get("detection")
    if not isinstance(detection, Mapping):
        return  # it came by an action of an earlier document
    conditions = detection.get("condition", [])
    text = " ".join(conditions) if isinstance(conditions, list) else str(conditions)
    words = set(_WORD.findall(text))
    for name, selection in detection.items():
        if name == "condition":
            continue
        if not _is_named(name, words):
            yield "unused-selection", ("detection", name), f"the condition does not name the selection {name!r}"
        yield from _lone_all(selection, ("detection", name))


def _is_named(name: str, words: set[str]) -> bool:
    if "them" in words and not name.startswith("_"):
        return True
    return any(fnmatchcase(name, word) for word in words if "*" in word) or name in words


def _lone_all(selection: object, keys: Keys) -> Iterator[tuple[str, Keys, str]]:
    if isinstance(selection, list):
        for place, each in enumerate(selection):
            yield from _lone_all(each, (*keys, place))
    if not isinstance(selection, Mapping):
        return
    for name, value in selection.items():
        modifiers = str(name).split("|")[1:]
        if "all" in modifiers and (not isinstance(value, list) or len(value) == 1):
            yield "lone-all", (*keys, name), f"`{name}` has one value, for which `all` changes nothing"


def _of_filters(rule: Rule, plain: Rule) -> Iterator[tuple[str, Keys, str]]:
    for each in rule.filters:
        if isinstance(each.expression, Not) and follows(plain.expression, each.expression.part):
            yield (
                "removed-by-filter",
                (),
                f"the filter {each.path}:{each.line} leaves out everything that the rule describes",
            )


def follows(given: Node, wanted: Node) -> bool:
    """Whether one expression holds wherever the other does, as far as their shapes show it."""
    if given == wanted:
        return True
    if isinstance(wanted, And):
        return all(follows(given, part) for part in wanted.parts)
    if isinstance(given, Or):
        return all(follows(part, wanted) for part in given.parts)
    if isinstance(wanted, Or) and any(follows(given, part) for part in wanted.parts):
        return True
    return isinstance(given, And) and any(follows(part, wanted) for part in given.parts)


def _of_correlation(rule: CorrelationRule) -> Iterator[tuple[str, Keys, str]]:
    keys: Keys = ("correlation", "condition")
    if rule.type in TEMPORAL_TYPES and rule.bounds:
        possible = range(1, len(rule.members) + 1)
        if not any(all(bound.holds(count) for bound in rule.bounds) for count in possible):
            yield "never", keys, f"the condition can never hold: the correlation has {len(rule.members)} rules"
    elif rule.bounds and rule.type in {"event_count", "value_count"}:
        if all(bound.holds(1) for bound in rule.bounds):
            yield "always", keys, "the condition holds at the first event already; it is asked whenever one comes"
        elif all(bound.operator in {"lt", "lte"} for bound in rule.bounds):
            yield "never", keys, "the condition can never hold: it is asked when an event comes, and then there is one"
    used = {*rule.group_by, *rule.fields}
    for alias in rule.aliases:
        if alias.name not in used:
            yield (
                "unused-alias",
                ("correlation", "aliases", alias.name),
                f"nothing groups by or counts the alias {alias.name!r}, unless a correlation above asks for it",
            )
