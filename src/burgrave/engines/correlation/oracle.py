"""The slow, obvious evaluator: for each correlation, group and time everything is looked at anew.

It reads each correlation's YAML by itself and shares with the engine neither windows nor measures nor conditions, only
the frozen words (Hit, CorrelationRule). Tests hold the engine to its answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

import yaml
from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from burgrave.engines.correlation.terms import Hit
    from burgrave.engines.detection import CorrelationRule


@dataclass(frozen=True)
class NaiveFinding:
    rule: str
    group: tuple[str, ...]
    began_at: datetime
    ended_at: datetime
    events: frozenset[str]


@dataclass(frozen=True)
class _Seen:
    """A hit as one correlation sees it. ``values`` are under the names of the rule that made it."""

    reference: str
    at: datetime
    event: str
    values: Mapping[str, str]
    events: frozenset[str]


def naive_findings(rules: Sequence[CorrelationRule], hits: Iterable[Hit]) -> set[NaiveFinding]:
    """Everything that the correlations find in these hits; hits without a time take part in nothing."""
    by_rule: dict[str, list[_Seen]] = {}
    for hit in hits:
        if hit.at is not None:
            by_rule.setdefault(hit.rule, []).append(_Seen("", hit.at, hit.event, hit.values, frozenset({hit.event})))
    found: set[NaiveFinding] = set()
    rest = list(rules)
    while rest:
        rule = next(each for each in rest if not {other.id for other in rest} & set(each.members))
        rest.remove(rule)
        own, handed_up = _one(rule, by_rule)
        found |= own
        by_rule[rule.id] = handed_up
    return found


def naive_on_time(hits: Sequence[Hit], lateness: timedelta) -> list[Hit]:
    """The hits before which none came that is younger by more than the lateness."""
    return [
        hit
        for place, hit in enumerate(hits)
        if hit.at is not None and all(each.at is None or each.at - lateness <= hit.at for each in hits[:place])
    ]


def _one(rule: CorrelationRule, by_rule: Mapping[str, list[_Seen]]) -> tuple[set[NaiveFinding], list[_Seen]]:
    section: dict[str, Any] = list(yaml.safe_load_all(rule.yaml))[rule.document]["correlation"]
    names = _listed(section.get("rules")) or _words(section["condition"])
    seen = [
        _Seen(name, each.at, each.event, each.values, each.events)
        for name, key in zip(names, rule.members, strict=True)
        for each in by_rule.get(key, [])
    ]
    group_by = _listed(section.get("group-by"))
    groups: dict[tuple[str, ...], list[_Seen]] = {}
    for each in seen:
        values = [_value(section, each, name) for name in group_by]
        if None not in values and _counts(section, each):
            groups.setdefault(tuple(str(value).lower() for value in values), []).append(each)
    span = _seconds(section["timespan"])
    found: set[NaiveFinding] = set()
    above: list[_Seen] = []
    for key, members in groups.items():
        last: datetime | None = None
        for at in sorted({each.at for each in members}):
            window = [each for each in members if at - span <= each.at <= at]
            if (last is not None and at <= last + span) or not _holds(section, names, window):
                continue
            last = at
            events = frozenset().union(*(each.events for each in window))
            found.add(NaiveFinding(rule.id, key, min(each.at for each in window), at, events))
            above += _handed_up(section, rule.id, key, at, window, events)
    return found, above


def _handed_up(  # noqa: PLR0917 - everything that a finding is
    section: dict[str, Any], rule: str, key: tuple[str, ...], at: datetime, window: list[_Seen], events: frozenset[str]
) -> list[_Seen]:
    """One hit for each event of the window, with its values under every name that an alias or the event has."""
    found = []
    for each in window:
        values = dict(each.values)
        for alias in section.get("aliases", {}):
            value = _value(section, each, alias)
            if value is not None:
                values[alias] = value
            else:
                values.pop(alias, None)
        found.append(_Seen("", at, f"{rule} {key} {at}", values, events))
    return found


def _value(section: dict[str, Any], seen: _Seen, name: str) -> str | None:
    alias = section.get("aliases", {}).get(name)
    source = name if alias is None else alias.get(seen.reference)
    return None if source is None else seen.values.get(source)


def _counts(section: dict[str, Any], seen: _Seen) -> bool:
    """Whether the hit has what is counted."""
    if section["type"].startswith("temporal") or section["type"] == "event_count":
        return True
    values = [_value(section, seen, name) for name in _listed(section["condition"]["field"])]
    if section["type"] == "value_count":
        return None not in values
    return _number(values[0]) is not None


def _number(text: str | None) -> Fraction | None:
    if text is None or any(character not in "+-.0123456789 " for character in text):
        return None
    try:
        return Fraction(text)
    except ValueError:
        return None


def _holds(section: dict[str, Any], names: Sequence[str], window: list[_Seen]) -> bool:
    condition = section.get("condition", {"gte": len(names)})
    if isinstance(condition, str):
        parsed = SigmaExtendedCorrelationCondition(condition).parsed
        if section["type"] == "temporal":
            return _present(parsed, {each.reference for each in window})
        return _in_order(parsed, window, datetime.min.replace(tzinfo=window[0].at.tzinfo)) is not None
    measured = _measured(section, names, window)
    compare = {
        "gt": measured.__gt__, "gte": measured.__ge__, "lt": measured.__lt__, "lte": measured.__le__,
        "eq": measured.__eq__, "neq": measured.__ne__,
    }  # fmt: skip
    return all(compare[word](Fraction(str(condition[word]))) for word in compare if word in condition)


def _measured(section: dict[str, Any], names: Sequence[str], window: list[_Seen]) -> Fraction:  # noqa: PLR0911 - one line for each type
    kind = section["type"]
    if kind == "event_count":
        return Fraction(len({each.event for each in window}))
    if kind == "temporal":
        return Fraction(len({each.reference for each in window}))
    if kind == "temporal_ordered":
        return Fraction(max(size for size in range(len(names) + 1) for some in combinations(names, size)
                            if _follow(some, window)))  # fmt: skip
    fields = _listed(section["condition"]["field"])
    if kind == "value_count":
        return Fraction(len({tuple(str(_value(section, each, name)).lower() for name in fields) for each in window}))
    pairs = {(each.event, _number(_value(section, each, fields[0]))) for each in window}
    numbers = sorted(number for _, number in pairs if number is not None)
    if kind == "value_sum":
        return sum(numbers, Fraction(0))
    if kind == "value_avg":
        return sum(numbers, Fraction(0)) / len(numbers)
    if kind == "value_median":
        return (numbers[(len(numbers) - 1) // 2] + numbers[len(numbers) // 2]) / 2
    percentile = Fraction(str(section["condition"]["percentile"]))
    return next(each for each in numbers if sum(other <= each for other in numbers) * 100 >= percentile * len(numbers))


def _follow(names: Sequence[str], window: list[_Seen]) -> bool:
    """Whether each of the rules has an event that is not before the one taken for the rule before it."""
    since = None
    for name in names:
        times = [each.at for each in window if each.reference == name and (since is None or each.at >= since)]
        if not times:
            return False
        since = min(times)
    return True


def _present(node: Any, references: set[str]) -> bool:
    if isinstance(node, SigmaRuleReference):
        return node.reference in references
    parts = [_present(part, references) for part in node.args]
    if isinstance(node, CorrelationConditionNOT):
        return not parts[0]
    return all(parts) if isinstance(node, CorrelationConditionAND) else any(parts)


def _in_order(node: Any, window: list[_Seen], since: datetime) -> datetime | None:
    if isinstance(node, SigmaRuleReference):
        return min((each.at for each in window if each.reference == node.reference and each.at >= since), default=None)
    if isinstance(node, CorrelationConditionNOT):
        return None if _present(node.args[0], {each.reference for each in window}) else since
    if isinstance(node, CorrelationConditionOR):
        return min((end for part in node.args if (end := _in_order(part, window, since)) is not None), default=None)
    for part in node.args:
        end = _in_order(part, window, since)
        if end is None:
            return None
        since = end
    return since


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _words(condition: str) -> list[str]:
    return SigmaExtendedCorrelationCondition(condition).get_referenced_rules()


def _seconds(text: str) -> timedelta:
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})
