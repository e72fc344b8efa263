"""The engine: a batch of events of one source in, matches out."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
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
_FIRST_REVISION = 4_000  # rows of one source, after which its plan is made anew if an anchor was louder than guessed
_NEXT_REVISION = 16  # times as many rows as at the last one
_SURPRISE = 4.0  # times the guess
_LOUD = 0.01  # shares below it cost nothing


class _Planned:
    """A source's plan, and how often its anchors held so far."""

    def __init__(self, plan: Plan, costs: Costs) -> None:
        self.plan = plan
        self.costs = costs
        self.rows = 0
        self.hits: Counter[Test] = Counter()
        self.revise_at = _FIRST_REVISION

    def count(self, rows: int, evaluation: Evaluation) -> None:
        self.rows += rows
        self.hits.update(evaluation.anchor_rows)

    def surprises(self) -> dict[Test, float]:
        """The shares of rows of the anchors that are much louder than they were taken for."""
        shares = {test: hits / self.rows for test, hits in self.hits.items()}
        return {test: share for test, share in shares.items() if share > max(_LOUD, _SURPRISE * self.costs.share(test))}


class Engine:
    """All rules of a rule set, ready to be matched. Safe to share between threads: one batch is matched at a time."""

    def __init__(self, ruleset: RuleSet, *, profile: Mapping[Test, float] | None = None) -> None:
        self.rules = ruleset.rules
        self._by_source = RulesBySource(ruleset.rules)
        self._profile = dict(profile or {})
        self._plans: OrderedDict[EventSource, _Planned] = OrderedDict()
        self._lock = threading.Lock()

    def match(self, table: Any, *, source: EventSource) -> list[Match]:
        """Every rule that holds for every row, by row and then in the order of the rule set.

        ``table`` is an Arrow table of text columns, one per field, null where an event has no such field. All rows are
        of ``source``: where it names a channel, an event id or a provider, these are the events' Channel, EventID and
        Provider_Name. Raises ForeignRows for rows of another source and UnreadableBatch for other column types.
        """
        with self._lock:
            planned = self._plan(source)
            plan = planned.plan
            if not plan.rules or not table.num_rows:
                return []
            fields = Fields(table, plan.constants)
            evaluation = Evaluation(plan, fields)
            found: list[tuple[int, int, Match]] = []
            for place, rows in evaluation.hits():
                live = plan.rules[place]
                found.extend((row, place, _match(live, row, fields, evaluation)) for row in rows.tolist())
            planned.count(table.num_rows, evaluation)
            found.sort(key=lambda each: each[:2])
            return [match for _, _, match in found]

    def _plan(self, source: EventSource) -> _Planned:
        key = EventSource(
            channel=source.channel,
            event_id=source.event_id,
            provider=source.provider,
            product=fold(source.product),
            category=fold(source.category),
            service=fold(source.service),
        )
        planned = self._plans.get(key)
        if planned is None:
            costs = Costs(self._profile)
            planned = self._plans[key] = _Planned(make_plan(self._by_source, key, costs), costs)
            if len(self._plans) > _PLANS_KEPT:
                self._plans.popitem(last=False)
        elif planned.rows >= planned.revise_at:
            self._revise(key, planned)
        self._plans.move_to_end(key)
        return planned

    def _revise(self, source: EventSource, planned: _Planned) -> None:
        """Make the plan anew with what was learned, which changes its speed and no answer."""
        surprises = planned.surprises()
        if surprises:
            planned.costs.learn(surprises)
            planned.plan = make_plan(self._by_source, source, planned.costs)
        planned.revise_at = planned.rows * _NEXT_REVISION
        planned.rows = 0
        planned.hits.clear()


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
