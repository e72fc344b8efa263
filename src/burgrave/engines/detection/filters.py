"""Sigma filters: documents that say, for rules of others, which of their matches count.

A filter's condition is joined to each of its rules by ``and``, as pySigma does: events match that the rule and the
filter's condition describe. So a filter that leaves events out needs a ``not`` of its own; one without is applied as it
stands, and a remark says what it does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter

from burgrave.engines.detection.errors import RuleRefused
from burgrave.engines.detection.expressions import And, join, tests
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.patterns import POLICY
from burgrave.engines.detection.terms import Filter, LogSource, Rule, RuleFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SHAPE_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)


def parse_filter(body: Mapping[str, Any]) -> SigmaFilter:
    """The filter as pySigma reads it. Raises RuleRefused."""
    try:
        parsed = SigmaFilter.from_dict(dict(body), collect_errors=True, policy=POLICY)
    except SigmaError as refusal:
        raise RuleRefused(_sentence(refusal), where=("filter",)) from refusal
    except _SHAPE_ERRORS as refusal:
        raise RuleRefused(f"the filter is not shaped as Sigma asks: {refusal}", where=("filter",)) from refusal
    if parsed.errors:
        raise RuleRefused("; ".join(map(_sentence, parsed.errors)), where=("filter",))
    return parsed


def references(parsed: SigmaFilter) -> tuple[str, ...]:
    """The ids and names of the filter's rules; none when it is for all of its log source."""
    wanted = parsed.filter.rules
    return () if isinstance(wanted, str) else tuple(str(each.reference) for each in wanted)


def applied(rules: Sequence[Rule], filters: Iterable[Filter]) -> tuple[list[Rule], list[RuleFault]]:
    """The rules with their filters joined to them, in their order, and what is odd about the filters."""
    found = list(rules)
    remarks: list[RuleFault] = []
    for each in filters:
        places = [place for place, rule in enumerate(found) if _is_for(each, rule)]
        for place in places:
            rule = found[place]
            expression = join(And, [rule.expression, each.expression])
            found[place] = replace(rule, expression=expression, filters=(*rule.filters, each))
        remarks.extend(
            RuleFault(path=each.path, line=each.line, char=None, sentence=sentence)
            for sentence in _oddities(each, [found[place] for place in places])
        )
    return found, remarks


def _is_for(one: Filter, rule: Rule) -> bool:
    if one.rules and not {rule.id, rule.name} & set(one.rules):
        return False
    return _covers(one.logsource, rule.logsource)


def _covers(wider: LogSource, source: LogSource) -> bool:
    pairs = (
        (wider.product, source.product),
        (wider.category, source.category),
        (wider.service, source.service),
    )
    return all(not wanted or fold(wanted) == fold(given) for wanted, given in pairs)


def _oddities(one: Filter, rules: Sequence[Rule]) -> Iterable[str]:
    known = {name for rule in rules for name in (rule.id, rule.name)}
    for name in one.rules:
        if name not in known:
            yield f"the filter names the rule {name!r}, and no rule with this id or name and log source was loaded"
    if not one.rules and not rules:
        yield f"the filter is for all rules of the log source {one.logsource}, and none was loaded"
    if all(positive for _, positive in tests(one.expression, positive=True)):
        yield (
            "the filter's condition has no `not`: its rules now match only events that it describes; "
            "to leave these events out, write `not` before the selection"
        )


def _sentence(error: SigmaError) -> str:
    return " ".join(str(error.args[0] if error.args else error).split())
