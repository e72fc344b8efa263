"""A correlation's own part as plain JSON, and back; any other shape raises one of the errors of wrong shapes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from burgrave.engines.detection.correlation_terms import (
    OPERATORS,
    Alias,
    Bound,
    CorrelationType,
    Every,
    Lacking,
    Present,
    Some,
)

if TYPE_CHECKING:
    from burgrave.engines.detection.correlation_terms import CorrelationRule, Presence

_DEEPEST = 200


def written_section(rule: CorrelationRule) -> dict[str, Any]:
    """What the correlation asks, without what it shares with rules and without what its references lead to."""
    return {
        "type": rule.type.value,
        "rules": list(rule.rules),
        "generate": rule.generate,
        "seconds": rule.timespan_seconds,
        "group_by": list(rule.group_by),
        "aliases": [[each.name, list(map(list, each.fields))] for each in rule.aliases],
        "bounds": [[each.operator, str(each.number)] for each in rule.bounds],
        "fields": list(rule.fields),
        "percentile": None if rule.percentile is None else str(rule.percentile),
        "presence": None if rule.presence is None else _written(rule.presence),
    }


def restored_section(written: dict[str, Any]) -> dict[str, Any]:
    """The arguments of CorrelationRule. Raises ValueError, TypeError, KeyError or IndexError for other shapes."""
    rules = _texts(written["rules"])
    seconds, generate = written["seconds"], written["generate"]
    if type(seconds) is not int or seconds <= 0 or type(generate) is not bool:
        raise ValueError("a correlation's timespan or `generate` is damaged")
    percentile, presence = written["percentile"], written["presence"]
    return {
        "type": CorrelationType(written["type"]),
        "rules": rules,
        "generate": generate,
        "timespan_seconds": seconds,
        "group_by": _texts(written["group_by"]),
        "aliases": tuple(Alias(_text(name), tuple(map(_pair, fields))) for name, fields in written["aliases"]),
        "bounds": tuple(_bound(*each) for each in written["bounds"]),
        "fields": _texts(written["fields"]),
        "percentile": None if percentile is None else Fraction(_text(percentile)),
        "presence": None if presence is None else _restored(presence, len(rules), 0),
    }


def _written(node: Presence) -> Any:
    match node:
        case Present(member):
            return member
        case Lacking(part):
            return ["not", _written(part)]
        case Every(parts):
            return ["and", *map(_written, parts)]
        case Some(parts):
            return ["or", *map(_written, parts)]


def _restored(written: Any, members: int, depth: int) -> Presence:
    if type(written) is int and 0 <= written < members:
        return Present(written)
    if depth > _DEEPEST:
        raise ValueError("a correlation's condition nests too deeply")
    word, *parts = written
    nodes = tuple(_restored(part, members, depth + 1) for part in parts)
    if word == "not" and len(nodes) == 1:
        return Lacking(nodes[0])
    if word not in {"and", "or"}:
        raise ValueError(f"a correlation's condition has {word!r}")
    return Every(nodes) if word == "and" else Some(nodes)


def _bound(operator: str, number: str) -> Bound:
    if operator not in OPERATORS:
        raise ValueError(f"a correlation compares by {operator!r}")
    return Bound(operator, Fraction(_text(number)))


def _pair(pair: list[str]) -> tuple[str, str]:
    one, other = pair
    return _text(one), _text(other)


def _texts(values: list[str]) -> tuple[str, ...]:
    return tuple(map(_text, values))


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError(f"expected text, got {value!r}")
    return value
