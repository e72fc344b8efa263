"""A rule set handed to another process: the same plain JSON as in the cache, exactly as the rule set stands.

Filters are joined, references looked up, and what is silent is said: nothing is parsed or decided again where it
arrives. Nothing in the bytes can run code; whoever hands them over proves that they are whole.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from burgrave.engines.detection import cache
from burgrave.engines.detection.correlation_terms import CorrelationRule
from burgrave.engines.detection.errors import DetectionError
from burgrave.engines.detection.terms import Rule, RuleSet

_NOWHERE: Final = Path("handed over")


class RulesDamaged(DetectionError):
    """What was handed over is not shaped as a rule set is written here."""


def written_ruleset(ruleset: RuleSet) -> bytes:
    """What an engine and a correlator need of the rules and correlations, in their order; their files stay here."""
    outcomes: list[cache.Outcome] = [*ruleset.rules, *ruleset.correlations]
    body = cache.written(outcomes, {each.path: 0 for each in outcomes})
    members = [list(each.members) for each in ruleset.correlations]
    return orjson.dumps([members, sorted(ruleset.silent)]) + b"\n" + body


def restored_ruleset(data: bytes) -> RuleSet:
    """The rule set that was written. ``path``, ``yaml`` and the texts of filters are not in it.

    Raises RulesDamaged.
    """
    head, _, body = data.partition(b"\n")
    try:
        members, silent = orjson.loads(head)
        outcomes = cache.restored(body, [(_NOWHERE, b"")])
        rules = tuple(each for each in outcomes if isinstance(each, Rule))
        correlations = [each for each in outcomes if isinstance(each, CorrelationRule)]
        found = tuple(replace(each, members=_texts(ids)) for each, ids in zip(correlations, members, strict=True))
        return RuleSet(rules=rules, correlations=found, silent=frozenset(_texts(silent)))
    except cache.DAMAGED as refusal:
        raise RulesDamaged(f"the rules that were handed over are not shaped as a rule set: {refusal}") from refusal


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(type(each) is str for each in values):
        raise TypeError("expected a list of texts")
    return tuple(values)
