"""Placeholders: names in rules, such as ``%Admins_Workstations%``, for values that only an installation knows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import Placeholder, SigmaExpansion, SigmaRegularExpression, SigmaString, SpecialChars

from burgrave.engines.detection.errors import RuleRefused
from burgrave.engines.detection.patterns import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sigma.rule import SigmaDetections
    from sigma.types import SigmaType

    from burgrave.engines.detection.cache import Files
    from burgrave.engines.detection.terms import RuleLimits

Values = tuple[tuple[str, tuple[str, ...]], ...]
MOST_VALUES: Final = 10_000
"""Values that one text of a rule may become."""
_WILDCARDS: Final = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
_NAME: Final = re.compile(r"%?([^%\\\x00-\x1f]{1,200})%?")


def ordered(given: Mapping[str, tuple[str, ...]]) -> Values:
    """The values by name without its percent signs, both in order and once. Raises ValueError for other names."""
    found: dict[str, set[str]] = {}
    for name, values in given.items():
        plain = _NAME.fullmatch(name)
        if plain is None:
            raise ValueError(f"the name of a placeholder is 1 to 200 characters without % and \\, got {name[:80]!r}")
        found.setdefault(plain[1], set()).update(values)
    return tuple((name, tuple(sorted(values))) for name, values in sorted(found.items()))


def limits_for(read: Files, limits: RuleLimits) -> RuleLimits:
    """The limits without values where no file can ask for any, so that what is kept of these files stays good."""
    if limits.placeholders and not any(b"expand" in data for _, data in read):
        return replace(limits, placeholders=())
    return limits


def fill(detections: SigmaDetections, values: Values) -> None:
    """Each text with placeholders is any of the texts with their values, as plain text; those without values stay.

    Raises RuleRefused where that is too many.
    """
    known = {name: texts for name, texts in values if texts}
    if not known:
        return
    try:
        for detection in detections.detections.values():
            _fill(detection, known)
    except SigmaError as refusal:
        sentence = f"with the values of its placeholders a regular expression cannot be read: {refusal}"
        raise RuleRefused(" ".join(sentence.split()), where=("detection",)) from refusal


def _fill(detection: SigmaDetection, known: Mapping[str, tuple[str, ...]]) -> None:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetectionItem):
            item.value = [_filled(value, known) for value in item.value]
        else:
            _fill(item, known)


def _filled(value: SigmaType, known: Mapping[str, tuple[str, ...]]) -> SigmaType:
    """A text becomes an expansion, any one of which suffices, also where ``all`` asks for every value of a list."""
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_filled(each, known) for each in value.values])
    if isinstance(value, SigmaString) and _can_fill(value, known):
        return SigmaExpansion(list(_texts(value, known)))
    if isinstance(value, SigmaRegularExpression) and _can_fill(value.regexp, known):
        escaped = {name: tuple(map(quoted, texts)) for name, texts in known.items()}
        return SigmaExpansion(
            [
                SigmaRegularExpression(_pattern(each), flags=set(value.flags), policy=value.policy)
                for each in _texts(value.regexp, escaped)
            ]
        )
    return value


def _pattern(value: SigmaString) -> str:
    return "".join(_WILDCARDS[part] if isinstance(part, SpecialChars) else str(part) for part in value.s)


def _can_fill(value: SigmaString, known: Mapping[str, tuple[str, ...]]) -> bool:
    names = [part.name for part in value.s if isinstance(part, Placeholder)]
    return bool(names) and all(name in known for name in names)


def _texts(value: SigmaString, known: Mapping[str, tuple[str, ...]]) -> Iterator[SigmaString]:
    """The text with every combination of its placeholders' values; where one stands twice it has one value."""
    names = list(dict.fromkeys(part.name for part in value.s if isinstance(part, Placeholder)))
    count = 1
    for name in names:
        count *= len(known[name])
    if count > MOST_VALUES:
        raise RuleRefused(
            f"the placeholders {', '.join(f'%{name}%' for name in names)} together have {count:,} values; "
            f"one text becomes {MOST_VALUES:,} at most",
            where=("detection",),
        )
    chosen: list[dict[str, str]] = [{}]
    for name in names:
        chosen = [{**each, name: text} for each in chosen for text in known[name]]
    for each in chosen:
        filled = type(value)()
        filled.s = [each[part.name] if isinstance(part, Placeholder) else part for part in value.s]
        yield filled
