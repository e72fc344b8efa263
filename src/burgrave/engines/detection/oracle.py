"""The slow, obvious evaluator: one event, every rule, straight from pySigma's condition tree.

It shares with the engine neither expressions nor plans nor scanning; only the tables of log sources and views, which
are data. Tests hold the engine to its answers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import re2
import yaml
from sigma.collection import SigmaCollection
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.filters import SigmaFilter
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from burgrave.engines.detection.logsources import target_of

if TYPE_CHECKING:
    from sigma.types import SigmaType

    from burgrave.engines.detection.terms import EventSource, Rule, RuleSet
    from burgrave.engines.detection.views import View

Event = Mapping[str, str | None]
_DECIMAL_DIGITS = frozenset("0123456789")
_LONGEST_NUMBER = 100
_IPV4 = 4


def naive_match(ruleset: RuleSet, event: Event, *, source: EventSource) -> set[str]:
    """The ids of all rules that hold for one event. ``event`` maps field names to text; None is absent."""
    return {rule.id for rule in ruleset.rules if naive_fields(rule, event, source=source) is not None}


def naive_fields(rule: Rule, event: Event, *, source: EventSource) -> dict[str, str] | None:
    """The matched fields of one rule for one event (see ``Match.fields``), or None when it does not hold."""
    target = target_of(rule.logsource, source)
    if target is None:
        return None
    seen = {name: value for name, value in event.items() if value is not None}
    named = {"Channel": source.channel, "EventID": source.event_id, "Provider_Name": source.provider}
    seen |= {name: value for name, value in named.items() if value}
    reading = _Reading(seen, target.view)
    if target.only is not None and not any(
        test.operand[0] == _fold(seen.get(str(test.field), "\0"))
        for test in getattr(target.only, "parts", [target.only])
    ):
        return None
    conditions = _parse(rule.yaml, rule.document)
    filters = [condition for each in rule.filters for condition in _parse_filter(each.yaml, each.document)]
    if not any(_holds(condition, reading) for condition in conditions):
        return None
    if not all(_holds(condition, reading) for condition in filters):
        return None
    for condition in (*conditions, *filters):
        _collect(condition, reading, negated=False)
    if target.only is not None:
        reading.matched |= {"OperationType"}
    return {name: seen[name] for name in sorted(reading.matched)}


class _Reading:
    """One event as a rule's view shows it, and the columns of the tests that held."""

    def __init__(self, seen: dict[str, str], view: View) -> None:
        self.seen = seen
        self.view = view
        self.matched: set[str] = set()

    def value(self, name: str) -> str | None:
        derivation = self.view.derived.get(name)
        if derivation is not None:
            return derivation.compute(*(self.seen.get(column) for column in derivation.columns))
        return self.seen.get(self.view.columns.get(name, name))

    def note(self, name: str) -> None:
        derivation = self.view.derived.get(name)
        columns = derivation.columns if derivation is not None else (self.view.columns.get(name, name),)
        self.matched |= {column for column in columns if column in self.seen}

    def searchable(self) -> dict[str, str]:
        return {name: value for name, value in self.seen.items() if not name.startswith("_")}


@lru_cache(maxsize=10_000)
def _parse(data: bytes, document: int) -> list[Any]:
    """The rule's conditions as pySigma gives them."""
    bodies = list(yaml.load_all(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader))[: document + 1]
    with_actions = any(body and "action" in body for body in bodies)
    kept = [body for body in bodies if body and not {"correlation", "filter"} & body.keys()]
    collection = SigmaCollection.from_dicts(
        kept if with_actions else [bodies[-1]], resolve_references=False, collect_filters=True
    )
    rule = collection.rules[-1]
    return [condition.parsed for condition in rule.detection.parsed_condition]  # type: ignore[union-attr]  # no correlation


@lru_cache(maxsize=1_000)
def _parse_filter(data: bytes, document: int) -> list[Any]:
    """The one condition of a filter as pySigma gives it."""
    body = list(yaml.load_all(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader))[document]
    return [condition.parsed for condition in SigmaFilter.from_dict(body).filter.parsed_condition]


def _holds(condition: Any, reading: _Reading) -> bool:
    kind = type(condition)
    if kind is ConditionFieldEqualsValueExpression:
        return _field_holds(condition.field, condition.value, reading)
    if kind is ConditionAND:
        return all(_holds(part, reading) for part in condition.args)
    if kind is ConditionOR:
        return any(_holds(part, reading) for part in condition.args)
    if kind is ConditionNOT:
        return not _holds(condition.args[0], reading)
    if kind is ConditionValueExpression:
        return any(_keyword_holds(condition.value, text) for text in reading.searchable().values())
    raise TypeError(f"{kind.__name__} is no Sigma condition")


def _collect(condition: Any, reading: _Reading, *, negated: bool) -> None:
    kind = type(condition)
    if kind is ConditionNOT:
        _collect(condition.args[0], reading, negated=not negated)
    elif kind is ConditionAND or kind is ConditionOR:
        for part in condition.args:
            _collect(part, reading, negated=negated)
    elif negated:
        return
    elif kind is ConditionFieldEqualsValueExpression:
        if _field_holds(condition.field, condition.value, reading):
            reading.note(condition.field)
    else:
        texts = reading.searchable().items()
        reading.matched |= {name for name, text in texts if _keyword_holds(condition.value, text)}


def _field_holds(name: str, value: SigmaType, reading: _Reading) -> bool:
    kind = type(value)
    text = reading.value(name)
    if kind is SigmaExpansion:
        return any(_field_holds(name, each, reading) for each in value.values)  # type: ignore[attr-defined]  # by its kind
    if kind is SigmaNull:
        return text is None
    if kind is SigmaExists:
        return (text is not None) is bool(value)
    if text is None:
        return False
    if isinstance(value, SigmaFieldReference):
        other = reading.value(value.field)
        return other is not None and _related(_fold(text), _fold(other), value)
    return _VALUE_HOLDS[kind](value, text)


def _related(text: str, other: str, value: SigmaFieldReference) -> bool:
    if value.starts_with and value.ends_with:
        return other in text
    if value.starts_with:
        return text[: len(other)] == other
    if value.ends_with:
        return len(text) >= len(other) and text[len(text) - len(other) :] == other
    return text == other


def _keyword_holds(value: SigmaType, text: str) -> bool:
    if isinstance(value, SigmaExpansion):
        return any(_keyword_holds(each, text) for each in value.values)
    if isinstance(value, SigmaString):
        return _like(value, text, anywhere=True)
    if isinstance(value, SigmaNumber):
        return str(value.number) in text
    if isinstance(value, SigmaBool):
        return str(value.boolean).lower() in _fold(text)
    return _VALUE_HOLDS[type(value)](value, text)


def _characters(value: SigmaString, text: str) -> str:
    return text if isinstance(value, SigmaCasedString) else _fold(text)


def _like(value: SigmaString, text: str, *, anywhere: bool = False) -> bool:
    """Wildcard matching: piece by piece between the ``*``, each at the first place behind the one before."""
    pieces = _pieces(tuple(value.s), isinstance(value, SigmaCasedString))
    if anywhere:
        pieces = ("", *pieces, "")
    seen = _characters(value, text)
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return len(seen) == len(first) and _stands_at(first, seen, 0)
    at, end = len(first), len(seen) - len(last)
    if at > end or not _stands_at(first, seen, 0) or not _stands_at(last, seen, end):
        return False
    for piece in pieces[1:-1]:
        places = (place for place in range(at, end - len(piece) + 1) if _stands_at(piece, seen, place))
        found = seen.find(piece, at, end) if isinstance(piece, str) else next(places, -1)
        if found < 0:
            return False
        at = found + len(piece)
    return True


Piece = str | tuple[str | None, ...]


@lru_cache(maxsize=200_000)
def _pieces(parts: tuple[Any, ...], cased: bool) -> tuple[Piece, ...]:  # noqa: FBT001 - lru_cache takes it by place
    """What stands between the ``*``: texts, or characters with None for each ``?``."""
    pieces: list[list[str | None]] = [[]]
    for part in parts:
        if part is SpecialChars.WILDCARD_MULTI:
            pieces.append([])
        elif part is SpecialChars.WILDCARD_SINGLE:
            pieces[-1].append(None)
        else:
            pieces[-1].extend(part if cased else _fold(part))
    return tuple(tuple(piece) if None in piece else "".join(map(str, piece)) for piece in pieces)


def _stands_at(piece: Piece, text: str, at: int) -> bool:
    if isinstance(piece, str):
        return text.startswith(piece, at)
    return all(wanted is None or text[at + place] == wanted for place, wanted in enumerate(piece))


@lru_cache(maxsize=10_000)
def _fold(text: str) -> str:
    folded = []
    for character in text:
        full, lower = character.casefold(), character.lower()
        folded.append(full if len(full) == 1 else lower if len(lower) == 1 else character)
    return "".join(folded)


@lru_cache(maxsize=10_000)
def _regex(pattern: str, flags: frozenset[SigmaRegularExpressionFlag]) -> Any:
    letters = {"IGNORECASE": "i", "MULTILINE": "m", "DOTALL": "s"}
    inline = "".join(letters[flag.name] for flag in flags)
    return re2.compile(f"(?{inline}:{pattern})" if inline else pattern)


def _number(text: str) -> Fraction | None:
    digits = text.strip()
    unsigned = digits[1:] if digits[:1] in {"+", "-"} else digits
    whole, point, fraction = unsigned.partition(".")
    if not whole or not set(whole + fraction) <= _DECIMAL_DIGITS or bool(point) != bool(fraction):
        return None
    return Fraction(digits) if max(len(whole), len(fraction)) <= _LONGEST_NUMBER else None


def _compares(number: Fraction | None, value: SigmaCompareExpression) -> bool:
    if number is None:
        return False
    bound = Fraction(str(value.number.number))
    return {
        "LT": number < bound,
        "LTE": number <= bound,
        "GT": number > bound,
        "GTE": number >= bound,
        "NEQ": number != bound,
    }[value.op.name]


def _inside(text: str, value: SigmaCIDRExpression) -> bool:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    network = ipaddress.ip_network(value.cidr)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped and network.version == _IPV4:
        address = address.ipv4_mapped
    return address.version == network.version and address in network


def _part_of(text: str, part: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    week = moment.isocalendar()[1]
    return {
        "MINUTE": moment.minute,
        "HOUR": moment.hour,
        "DAY": moment.day,
        "WEEK": week,
        "MONTH": moment.month,
        "YEAR": moment.year,
    }[part]


_VALUE_HOLDS: dict[type, Callable[[Any, str], bool]] = {
    SigmaString: _like,
    SigmaCasedString: _like,
    SigmaTimestampPart: lambda value, text: _part_of(text, value.timestamp_part.name) == value.number,
    SigmaNumber: lambda value, text: _number(text) == Fraction(str(value.number)),
    SigmaBool: lambda value, text: _fold(text) == str(value.boolean).lower(),
    SigmaRegularExpression: lambda value, text: (
        _regex(str(value.regexp), frozenset(value.flags)).search(text) is not None
    ),
    SigmaCIDRExpression: lambda value, text: _inside(text, value),
    SigmaCompareExpression: lambda value, text: _compares(_number(text), value),
}
