"""Rules with exceptions that are counted: what each filter leaves out of the matches of its rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from burgrave.engines.detection.filters import applied
from burgrave.engines.detection.matching import compile_rules
from burgrave.engines.detection.terms import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from burgrave.engines.detection.terms import EventSource, Filter, Match, Rule


@dataclass(slots=True)
class Excepted:
    """For the path of each filter: how many matches of its rules it left out, of how many there were without it."""

    left_out: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    of: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))


class ExceptingEngine:
    """Matches as an engine does whose rules have the filters joined to them, and counts what each filter leaves out.

    Filters are asked of the events alone that one of their rules matched; rules without filters cost nothing more.
    Several filters of a rule each count what they would have left out by themselves.
    """

    def __init__(self, ruleset: RuleSet, filters: Iterable[Filter]) -> None:
        joined, self.remarks = applied(ruleset.rules, filters)
        self.rules = ruleset.rules
        self._engine = compile_rules(ruleset)
        self._filters: Mapping[str, tuple[tuple[str, Rule], ...]] = {
            rule.id: tuple((str(each.path), _probe(plain, each, number)) for number, each in enumerate(rule.filters))
            for plain, rule in zip(ruleset.rules, joined, strict=True)
            if rule.filters
        }
        probes = tuple(probe for each in self._filters.values() for _path, probe in each)
        self._probing = compile_rules(RuleSet(rules=probes)) if probes else None

    def match(self, table: Any, *, source: EventSource, excepted: Excepted | None = None) -> list[Match]:
        """As ``Engine.match``; what filters leave out is added to ``excepted``."""
        found = self._engine.match(table, source=source)
        rows = sorted({match.row for match in found if match.rule.id in self._filters})
        if self._probing is None or not rows:
            return found
        some = table.take(pa.array(rows))
        stays = {
            (rule.id, rows[place])
            for rule, places in self._probing.hits(some, source=source)
            for place in places.tolist()
        }
        counted = excepted or Excepted()
        return [match for match in found if self._stays(match, stays, counted)]

    def _stays(self, match: Match, stays: set[tuple[str, int]], excepted: Excepted) -> bool:
        held = True
        for path, probe in self._filters.get(match.rule.id, ()):
            excepted.of[path] += 1
            if (probe.id, match.row) not in stays:
                excepted.left_out[path] += 1
                held = False
        return held


def _probe(rule: Rule, each: Filter, number: int) -> Rule:
    """A rule that holds for the events of the other that its filter keeps."""
    return replace(rule, id=f"{rule.id} {number}", expression=each.expression, filters=())
