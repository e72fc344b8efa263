"""The engine: a batch of events of one source in, matches out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from burgrave.engines.detection.columns import Fields
from burgrave.engines.detection.costs import Costs
from burgrave.engines.detection.evaluation import Evaluation
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.planning import RulesBySource, columns_of, make_plan
from burgrave.engines.detection.terms import EventSource, Match, RuleSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from burgrave.engines.detection.expressions import Test
    from burgrave.engines.detection.planning import LiveRule, Plan

_PLANS_KEPT = 1024


class Engine:
    """All rules of a rule set, ready to be matched. Safe to share between threads: one batch is matched at a time."""

    def __init__(self, ruleset: RuleSet, *, profile: Mapping[Test, float] | None = None) -> None:
        self.rules = ruleset.rules
        self._by_source = RulesBySource(ruleset.rules)
        self._costs = Costs(profile)
        self._plans: OrderedDict[EventSource, Plan] = OrderedDict()
        self._lock = threading.Lock()

    def match(self, table: Any, *, source: EventSource) -> list[Match]:
        """Every rule that holds for every row, by row and then in the order of the rule set.

        ``table`` is an Arrow table of text columns, one per field, null where an event has no such field. All rows are
        of ``source``: where it names a channel, an event id or a provider, these are the events' Channel, EventID and
        Provider_Name. Raises ForeignRows for rows of another source and UnreadableBatch for other column types.
        """
        with self._lock:
            plan = self._plan(source)
            if not plan.rules or not table.num_rows:
                return []
            fields = Fields(table, plan.constants)
            evaluation = Evaluation(plan, fields)
            found: list[tuple[int, int, Match]] = []
            for place, rows in evaluation.hits():
                live = plan.rules[place]
                found.extend((row, place, _match(live, row, fields, evaluation)) for row in rows.tolist())
            found.sort(key=lambda each: each[:2])
            return [match for _, _, match in found]

    def _plan(self, source: EventSource) -> Plan:
        key = EventSource(
            channel=source.channel,
            event_id=source.event_id,
            provider=source.provider,
            product=fold(source.product),
            category=fold(source.category),
            service=fold(source.service),
        )
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = make_plan(self._by_source, key, self._costs)
            if len(self._plans) > _PLANS_KEPT:
                self._plans.popitem(last=False)
        else:
            self._plans.move_to_end(key)
        return plan


def compile_rules(ruleset: RuleSet, *, profile: Mapping[Test, float] | None = None) -> Engine:
    """An engine for the rules. A profile (shares of texts for which tests hold) makes it faster, never different."""
    return Engine(ruleset, profile=profile)


def _match(live: LiveRule, row: int, fields: Fields, evaluation: Evaluation) -> Match:
    found: dict[str, str] = dict(live.known_fields)
    only: NDArray[np.int64] = np.array([row], np.int64)
    for leaf in live.positives:
        for name in evaluation.holding(leaf, only):
            for column in columns_of(name):
                value = fields.value(column, row)
                if value is not None:
                    found[column] = value
    return Match(rule=live.rule, row=row, fields=dict(sorted(found.items())))
