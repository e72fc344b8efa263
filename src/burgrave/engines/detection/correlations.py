"""A document with a ``correlation`` part, read into a CorrelationRule; its references are looked up in ``resolving``.

Nothing is passed over: a key that Sigma does not know is refused, because a misspelt ``group-by`` would make one group
of everything. What pySigma cannot say (a range of two comparisons, a fraction as percentile) is read here; what a
correlation shares with rules (title, level, tags …) is read by pySigma.
"""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError

from burgrave.engines.detection.correlation_terms import (
    NUMBER_TYPES,
    OPERATORS,
    TEMPORAL_TYPES,
    Alias,
    Bound,
    CorrelationRule,
    CorrelationType,
)
from burgrave.engines.detection.errors import RuleRefused
from burgrave.engines.detection.patterns import POLICY
from burgrave.engines.detection.presence import names_in, parse_presence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from burgrave.engines.detection.correlation_terms import Presence
    from burgrave.engines.detection.documents import Document
    from burgrave.engines.detection.terms import RuleLimits

_HERE: Final = "correlation"
_KEYS: Final = ("type", "rules", "group-by", "timespan", "condition", "aliases", "generate")
_MOST_NAMES: Final = 100
_MOST_DAYS: Final = 366
_UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_TIMESPAN: Final = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)
_PERCENT: Final = 100
_SHAPE_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)
# What pySigma is shown in place of the correlation itself, so that it reads the rest.
_STAND_IN: Final = {"type": "event_count", "rules": ["x"], "timespan": "1m", "condition": {"gte": 1}}


def read_correlation(path: Path, data: bytes, document: Document, limits: RuleLimits) -> CorrelationRule:
    """The correlation of the document. Raises RuleRefused with the keys of what is wrong."""
    body = document.body or {}
    part = body[_HERE]
    if not isinstance(part, dict):
        raise RuleRefused("the correlation is not a map of its parts", where=(_HERE,))
    for key in part:
        if key not in _KEYS:
            raise RuleRefused(
                f"a correlation has no part {key!r}; its parts are {', '.join(_KEYS)}", where=(_HERE, str(key))
            )
    kind = _type(part)
    rules, presence = _rules(part, kind, limits)
    condition = part.get("condition")
    bounds = () if presence is not None else _bounds(condition, kind, len(rules))
    parsed = _shared(body)
    digest = hashlib.sha256(data).hexdigest()
    return CorrelationRule(
        id=str(parsed.id) if parsed.id else f"sha256:{digest}:{document.number}",
        name=parsed.name or "",
        title=parsed.title,
        level=parsed.level.name.lower() if parsed.level else "",
        status=parsed.status.name.lower() if parsed.status else "",
        author=parsed.author or "",
        license=parsed.license or "",
        description=parsed.description or "",
        tags=tuple(str(tag) for tag in parsed.tags),
        references=tuple(str(reference) for reference in parsed.references or ()),
        falsepositives=tuple(str(case) for case in parsed.falsepositives or ()),
        path=path,
        line=document.line,
        document=document.number,
        sha256=digest,
        yaml=data,
        type=kind,
        rules=rules,
        generate=_generate(body, part),
        timespan_seconds=_timespan(part),
        group_by=_names(part.get("group-by"), ("group-by",)),
        aliases=_aliases(part.get("aliases"), rules),
        bounds=bounds,
        fields=_fields(condition, kind),
        percentile=_percentile(condition, kind),
        presence=presence,
    )


def _shared(body: Mapping[str, Any]) -> SigmaCorrelationRule:
    if not isinstance(body.get("title", ""), str):
        raise RuleRefused("the title is not text", where=("title",))
    try:
        parsed = SigmaCorrelationRule.from_dict({**body, _HERE: _STAND_IN}, collect_errors=True, policy=POLICY)
    except SigmaError as refusal:
        raise RuleRefused(_sentence(refusal)) from refusal
    except _SHAPE_ERRORS as refusal:
        raise RuleRefused(f"the correlation is not shaped as Sigma asks: {refusal}") from refusal
    if parsed.errors:
        raise RuleRefused("; ".join(map(_sentence, parsed.errors)))
    return parsed


def _sentence(error: SigmaError) -> str:
    return " ".join(str(error.args[0] if error.args else error).split())


def _type(part: Mapping[str, Any]) -> CorrelationType:
    stated = part.get("type")
    if stated not in list(CorrelationType):
        known = ", ".join(CorrelationType)
        raise RuleRefused(f"the correlation type {stated!r} is not known; known are {known}", where=(_HERE, "type"))
    return CorrelationType(stated)


def _rules(
    part: Mapping[str, Any], kind: CorrelationType, limits: RuleLimits
) -> tuple[tuple[str, ...], Presence | None]:
    """The rules that are named, and for a condition in words the tree over their places."""
    condition = part.get("condition")
    named = _names(part.get("rules"), ("rules",))
    if not isinstance(condition, str):
        if not named:
            raise RuleRefused("the correlation names no rule in `rules`", where=(_HERE, "rules"))
        return named, None
    if kind not in TEMPORAL_TYPES:
        raise RuleRefused(
            f"a condition in words is for temporal and temporal_ordered; {kind} compares a number, as in `gte: 5`",
            where=(_HERE, "condition"),
        )
    try:
        spoken = names_in(condition, limits)
        rules = named or spoken
        if set(rules) != set(spoken):
            odd = sorted(set(rules) ^ set(spoken))
            raise RuleRefused(f"`rules` and the condition do not name the same rules: {', '.join(odd)}")
        return rules, parse_presence(condition, rules, limits)
    except RuleRefused as refusal:
        raise RuleRefused(refusal.sentence, where=(_HERE, "condition")) from refusal


def _names(value: object, where: tuple[str, ...]) -> tuple[str, ...]:
    """A text or a list of texts, each once."""
    listed = [value] if isinstance(value, str) else ([] if value is None else value)
    if not isinstance(listed, list) or not all(isinstance(each, str) and each for each in listed):
        raise RuleRefused(f"`{where[-1]}` is neither a text nor a list of texts", where=(_HERE, *where))
    if len(listed) > _MOST_NAMES:
        raise RuleRefused(f"`{where[-1]}` has more than {_MOST_NAMES} entries", where=(_HERE, *where))
    for place, each in enumerate(listed):
        if each in listed[:place]:
            raise RuleRefused(f"`{where[-1]}` names {each!r} twice", where=(_HERE, *where))
    return tuple(listed)


def _generate(body: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    stated = part.get("generate", body.get("generate", False))
    if not isinstance(stated, bool):
        where = (_HERE, "generate") if "generate" in part else ("generate",)
        raise RuleRefused(f"`generate` is {stated!r}; it is true or false", where=where)
    return stated


def _timespan(part: Mapping[str, Any]) -> int:
    stated = part.get("timespan")
    where = (_HERE, "timespan")
    if stated is None:
        raise RuleRefused("the correlation has no timespan, such as 5m", where=where)
    found = _TIMESPAN.fullmatch(stated) if isinstance(stated, str) else None
    if found is None:
        raise RuleRefused(f"the timespan {stated!r} is not a whole number with s, m, h, d or w behind it", where=where)
    seconds = int(found[1]) * _UNIT_SECONDS[found[2]]
    if not 0 < seconds <= _MOST_DAYS * _UNIT_SECONDS["d"]:
        raise RuleRefused(f"the timespan {stated!r} is not between 1s and {_MOST_DAYS}d", where=where)
    return seconds


def _aliases(value: object, rules: tuple[str, ...]) -> tuple[Alias, ...]:
    if value is None:
        return ()
    if not isinstance(value, dict):
        raise RuleRefused("`aliases` is not a map", where=(_HERE, "aliases"))
    if len(value) > _MOST_NAMES:
        raise RuleRefused(f"`aliases` has more than {_MOST_NAMES} entries", where=(_HERE, "aliases"))
    found: list[Alias] = []
    for name, fields in value.items():
        where = (_HERE, "aliases", str(name))
        if not isinstance(name, str) or not isinstance(fields, dict):
            raise RuleRefused(f"the alias {name!r} is not a map from rules to fields", where=where)
        for rule, field_name in fields.items():
            if not isinstance(field_name, str) or not field_name:
                raise RuleRefused(f"the alias {name!r} names no field for {rule!r}", where=(*where, str(rule)))
            if not isinstance(rule, str) or rule not in rules:
                raise RuleRefused(
                    f"the alias {name!r} speaks of {rule!r}, which `rules` does not name", where=(*where, str(rule))
                )
        found.append(Alias(name, tuple(fields.items())))
    return tuple(found)


def _bounds(condition: object, kind: CorrelationType, count: int) -> tuple[Bound, ...]:
    where = (_HERE, "condition")
    if condition is None and kind in TEMPORAL_TYPES:
        return (Bound("gte", Fraction(count)),)
    if not isinstance(condition, dict):
        raise RuleRefused(f"the correlation type {kind} needs a condition, such as `gte: 5`", where=where)
    known = {*OPERATORS, *_extra_keys(kind)}
    for key in condition:
        if key not in known:
            raise RuleRefused(
                f"the condition of {kind} has no part {key!r}; it may have {', '.join(sorted(known))}",
                where=(*where, str(key)),
            )
    bounds = tuple(Bound(each, _number(condition[each], each)) for each in OPERATORS if each in condition)
    if not bounds:
        raise RuleRefused(
            f"the condition compares with nothing; use one or more of {', '.join(OPERATORS)}", where=where
        )
    return bounds


def _extra_keys(kind: CorrelationType) -> tuple[str, ...]:
    if kind is CorrelationType.VALUE_PERCENTILE:
        return ("field", "percentile")
    return ("field",) if kind is CorrelationType.VALUE_COUNT or kind in NUMBER_TYPES else ()


def _number(value: object, key: str) -> Fraction:
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return Fraction(str(value))
    raise RuleRefused(f"`{key}` is {value!r}; expected a number", where=(_HERE, "condition", key))


def _fields(condition: object, kind: CorrelationType) -> tuple[str, ...]:
    if "field" not in _extra_keys(kind):
        return ()
    stated = condition.get("field") if isinstance(condition, dict) else None
    fields = _names(stated, ("condition", "field"))
    if not fields:
        raise RuleRefused(f"the condition of {kind} names no `field`", where=(_HERE, "condition"))
    if len(fields) > 1 and kind in NUMBER_TYPES:
        raise RuleRefused(
            f"{kind} is of one field; only value_count takes several", where=(_HERE, "condition", "field")
        )
    return fields


def _percentile(condition: object, kind: CorrelationType) -> Fraction | None:
    if kind is not CorrelationType.VALUE_PERCENTILE:
        return None
    stated = condition.get("percentile") if isinstance(condition, dict) else None
    if stated is None:
        raise RuleRefused("value_percentile needs a `percentile` from 0 to 100", where=(_HERE, "condition"))
    percentile = _number(stated, "percentile")
    if not 0 <= percentile <= _PERCENT:
        raise RuleRefused(f"the percentile {stated} is not from 0 to 100", where=(_HERE, "condition", "percentile"))
    return percentile
