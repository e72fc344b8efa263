"""Thousands of rule texts in parts that are kept apart, so that a change of one renews a part and not all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from burgrave.engines.detection.loading import fault_of_twin, load_texts
from burgrave.engines.detection.terms import CorrelationUse, RuleLimits, RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from burgrave.engines.detection.correlation_terms import CorrelationRule
    from burgrave.engines.detection.terms import Rule, RuleFault

PARTS = 16
_LIMITS = RuleLimits()


def load_many(
    texts: Iterable[tuple[Path, bytes]],
    *,
    limits: RuleLimits = _LIMITS,
    correlations: CorrelationUse = CorrelationUse.REFUSED,
    kept_in: Path | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> RuleSet:
    """The rules of these texts as ``load_texts`` gives them, ordered by path and place, filters refused.

    Correlations are refused or kept apart: what they refer to may stand in another part. ``tell`` hears after each
    part how many texts of how many are loaded.
    """
    parts: list[list[tuple[Path, bytes]]] = [[] for _ in range(PARTS)]
    for path, data in texts:
        parts[hashlib.sha256(data).digest()[0] % PARTS].append((path, data))
    done, total = 0, sum(map(len, parts))
    loaded: list[RuleSet] = []
    for part in parts:
        if part:
            loaded.append(load_texts(part, limits=limits, correlations=correlations, kept_in=kept_in))
            done += len(part)
            if tell is not None:
                tell(done, total)
    rules: dict[str, Rule] = {}
    correlated: dict[str, CorrelationRule] = {}
    faults: list[RuleFault] = [fault for each in loaded for fault in each.faults]
    for rule in sorted(
        (rule for each in loaded for rule in each.rules), key=lambda each: (str(each.path), each.document)
    ):
        if rule.id in rules:
            faults.append(fault_of_twin(rule, rules[rule.id]))
        else:
            rules[rule.id] = rule
    told = [correlation for each in loaded for correlation in each.correlations]
    for correlation in sorted(told, key=lambda each: (str(each.path), each.document)):
        twin = rules.get(correlation.id) or correlated.get(correlation.id)
        if twin is None:
            correlated[correlation.id] = correlation
        else:
            faults.append(fault_of_twin(correlation, twin))
    faults.sort(key=lambda fault: (str(fault.path), fault.line))
    unmapped = {(rule.sha256, rule.document, rule.id) for each in loaded for rule in each.unmapped}
    return RuleSet(
        rules=tuple(rules.values()),
        faults=tuple(faults),
        correlations=tuple(correlated.values()),
        unmapped=tuple(rule for rule in rules.values() if (rule.sha256, rule.document, rule.id) in unmapped),
    )
