"""The engine: a batch of events of one source in, matches out."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from burgrave.engines.detection.columns import Fields, has_dictionaries
from burgrave.engines.detection.costs import Costs
from burgrave.engines.detection.evaluation import Evaluation
from burgrave.engines.detection.expressions import tests
from burgrave.engines.detection.few import FewRows
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.literals import literals_of
from burgrave.engines.detection.memory import Budget, Memory
from burgrave.engines.detection.numbered import ROWS_OF_A_BATCH, Numbers, numbers_for
from burgrave.engines.detection.planning import RulesBySource, constants_of, live_rules, make_plan
from burgrave.engines.detection.resolving import needed_fields
from burgrave.engines.detection.seeking import FieldSeeker
from burgrave.engines.detection.terms import EventSource, Match, RuleSet
from burgrave.engines.detection.texts import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from burgrave.engines.detection.expressions import Test
    from burgrave.engines.detection.planning import LiveRule, Plan
    from burgrave.engines.detection.terms import Rule

_PLANS_KEPT = 1024
_FIRST_REVISION = 32_000  # rows of one source, with which its plan is made from what a sample of them shows; that
# takes 20 ms to half a second, and fewer rows would not bring it back
_NEXT_REVISION = 16  # times as many rows as at the last one
_SAMPLE = 4_000
FEW_ROWS = 2_000
"""So few rows are asked one by one sooner than as columns."""

FEW_ENCODED_ROWS = 200
"""So few where the columns have dictionaries already."""

REMEMBERED_BYTES = 96 * 1024 * 1024
"""About so much is remembered of texts; then it is forgotten, and begins anew."""


@dataclass(slots=True)
class _Planned:
    """A source's rules and their plan, and when that is made anew."""

    rules: tuple[LiveRule, ...]
    costs: Costs
    plan: Plan | None = None
    memory: Memory | None = None
    numbers: Numbers | None = None
    rows: int = 0
    revise_at: int = 0


class Engine:
    """All rules of a rule set, ready to be matched. Safe to share between threads: one batch is matched at a time."""

    def __init__(self, ruleset: RuleSet, *, profile: Mapping[Test, float] | None = None) -> None:
        self.rules = ruleset.rules
        self._by_source = RulesBySource(ruleset.rules)
        self._needed = needed_fields(ruleset.correlations)
        self._profile = dict(profile or {})
        self._plans: OrderedDict[EventSource, _Planned] = OrderedDict()
        self._budget = Budget()
        self._lock = threading.Lock()

    def match(self, table: Any, *, source: EventSource) -> list[Match]:
        """Every rule that holds for every row, by row and then in the order of the rule set.

        ``table`` is an Arrow table of text columns, one per field, null where an event has no such field. All rows are
        of ``source``: where it names a channel, an event id or a provider, these are the events' Channel, EventID and
        Provider_Name. Raises ForeignRows for rows of another source and UnreadableBatch for other column types.
        """
        with self._lock:
            plan, batch = self._begin(table, source)
            found: list[Match] = []
            for place, rows in sorted(batch.hits() if plan.rules else (), key=itemgetter(0)):
                live = plan.rules[place]
                reported = batch.fields(place, rows)
                values = _values_of(live, self._needed.get(live.rule.id, ()), rows, batch)
                found.extend(
                    Match(rule=live.rule, row=row, fields=each, values=handed)
                    for row, each, handed in zip(rows.tolist(), reported, values, strict=True)
                )
        found.sort(key=attrgetter("row"))
        return found

    def hits(self, table: Any, *, source: EventSource) -> list[tuple[Rule, NDArray[np.int64]]]:
        """Every rule that holds somewhere, in the order of the rule set, with its rows, ascending.

        The same answers as ``match``, without the fields that matched.
        """
        with self._lock:
            plan, batch = self._begin(table, source)
            found = dict(batch.hits()) if plan.rules else {}
        return [(plan.rules[place].rule, found[place]) for place in sorted(found)]

    def anchors(self, source: EventSource) -> tuple[Test, ...]:
        """The tests that are sought in all events of the source, as things stand."""
        with self._lock:
            planned = self._planned(source)
            return tuple(planned.plan.anchored) if planned.plan is not None else ()

    def _begin(self, table: Any, source: EventSource) -> tuple[Plan, FewRows | Evaluation]:
        planned = self._planned(source)
        plan = _revised(planned, table, source)
        if not _is_few(table):
            return plan, Evaluation(plan, Fields(table, plan.constants))
        if self._budget.spent > REMEMBERED_BYTES:
            self._forget()
        if planned.memory is None:
            planned.memory = Memory(plan.anchored, plan.constants, self._budget)
        self._budget.rows += table.num_rows + ROWS_OF_A_BATCH
        if planned.numbers is None:
            planned.numbers = numbers_for(plan, planned.memory, self._budget)
        return plan, FewRows(plan, planned.memory, table, planned.numbers)

    def _forget(self) -> None:
        for each in self._plans.values():
            if each.memory is not None:
                each.memory.forget()
            if each.numbers is not None:
                each.numbers.forget()
        self._budget.spent = 0

    def _planned(self, source: EventSource) -> _Planned:
        key = _folded(source)
        planned = self._plans.get(key)
        if planned is None:
            rules = live_rules(self._by_source, key)
            planned = self._plans[key] = _Planned(rules, Costs(self._profile), revise_at=_FIRST_REVISION)
            if len(self._plans) > _PLANS_KEPT:
                self._plans.popitem(last=False)
        self._plans.move_to_end(key)
        return planned


def _is_few(table: Any) -> bool:
    count = table.num_rows
    return 0 < count <= FEW_ENCODED_ROWS or (FEW_ENCODED_ROWS < count <= FEW_ROWS and not has_dictionaries(table))


@lru_cache(maxsize=2 * _PLANS_KEPT)
def _folded(source: EventSource) -> EventSource:
    """The source as it is looked up: log sources are the same in any letter case."""
    return replace(source, product=fold(source.product), category=fold(source.category), service=fold(source.service))


def _revised(planned: _Planned, table: Any, source: EventSource) -> Plan:
    """The source's plan, made anew where a batch shows enough; that changes its speed and no answer."""
    planned.rows += table.num_rows
    if planned.rows >= planned.revise_at and planned.rules and table.num_rows:
        planned.costs.learn(*measured(planned.rules, table, constants_of(source)))
        planned.plan = planned.memory = planned.numbers = None
        planned.revise_at = planned.rows * _NEXT_REVISION
    if planned.plan is None:
        planned.plan = make_plan(planned.rules, source, planned.costs)
    return planned.plan


def measured(
    rules: tuple[LiveRule, ...], table: Any, constants: Mapping[str, str]
) -> tuple[dict[Test, float], dict[Test, float], dict[str, float]]:
    """What a sample of the table's rows says of the rules' tests, as ``Costs.learn`` takes it."""
    count = table.num_rows
    if count > _SAMPLE:
        table = table.take(pa.array(np.linspace(0, count - 1, _SAMPLE).astype(np.int64)))
        count = _SAMPLE
    fields = Fields(table, constants)
    asked: defaultdict[str | None, dict[Test, None]] = defaultdict(dict)
    for live in rules:
        for test, _ in () if live.node is None else tests(live.node, positive=True):
            if literals_of(test):
                asked[test.field][test] = None
    rows: dict[Test, float] = {}
    found: dict[Test, float] = {}
    distinct: dict[str, float] = {}
    for name, alike in asked.items():
        seeker = FieldSeeker(alike)
        seeker.count()
        rows.update(dict.fromkeys(alike, 0.0))
        for column_name in fields.searchable() if name is None else (name,):
            column = fields.column(column_name)
            distinct[column_name] = column.absent / count
            weights = np.bincount(column.codes, minlength=column.absent + 1)
            for test, codes in seeker.suspect(column).items():
                rows[test] += float(weights[codes].sum()) / count
        found.update((test, each / count) for test, each in seeker.occurrences().items() if each)
    return rows, found, distinct


def compile_rules(ruleset: RuleSet, *, profile: Mapping[Test, float] | None = None) -> Engine:
    """An engine for the rules. A profile (shares of texts for which tests hold) makes it faster, never different."""
    return Engine(ruleset, profile=profile)


def _values_of(
    live: LiveRule, names: tuple[str, ...], rows: NDArray[np.int64], batch: FewRows | Evaluation
) -> list[dict[str, str]]:
    """For each of the rows the fields that correlations need of the rule, under the names that the rule would use."""
    found: list[dict[str, str]] = [{} for _ in range(len(rows))]
    for name in names:
        column = batch.columns[live.target.view.resolve(name)]
        for values, row in zip(found, rows.tolist(), strict=True):
            text = column[row]
            if text is not ABSENT:
                values[name] = text.plain
    return found
