"""One batch against one plan: anchors over distinct texts, then candidates in full, each question asked once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, assert_never

import numpy as np
import pyarrow as pa

from burgrave.engines.detection.expressions import Kind
from burgrave.engines.detection.planning import Branch, Inverse, Leaf, Step
from burgrave.engines.detection.predicates import same
from burgrave.engines.detection.seeking import Sought

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from burgrave.engines.detection.columns import Column, Fields
    from burgrave.engines.detection.expressions import Test
    from burgrave.engines.detection.planning import Plan

_MANY_CODES = 40
_FEW_ROWS = 40  # so few are asked one by one sooner than sorted


class Evaluation:
    """Answers for one batch; forgets them with it."""

    def __init__(self, plan: Plan, fields: Fields) -> None:
        self._plan = plan
        self._fields = fields
        self._known: dict[tuple[int, str], dict[int, bool]] = {}
        self._pairs: dict[int, dict[tuple[int, int], bool]] = {}
        self.sought = Sought(plan, fields)
        self.anchor_rows: dict[Test, int] = {}

    def hits(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """For each rule of the plan that holds somewhere: its place, and the rows in ascending order."""
        everything = np.arange(self._fields.rows)
        for place in self._plan.unanchored:
            step = self._plan.rules[place].step
            rows = everything if step is None else everything[self.holds(step, everything)]
            if len(rows):
                yield place, rows
        candidates: defaultdict[int, list[NDArray[np.int64]]] = defaultdict(list)
        for test, rows in self.sought.rows():
            self.anchor_rows[test] = len(rows)
            for place in self._plan.anchored[test]:
                candidates[place].append(rows)
        for place, parts in candidates.items():
            step = self._plan.rules[place].step
            rows = np.unique(np.concatenate(parts))
            if step is not None:
                rows = rows[self.holds(step, rows)]
            if len(rows):
                yield place, rows

    def holds(self, step: Step, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each of the rows, whether the step holds."""
        match step:
            case Leaf():
                return self._leaf(step, rows)
            case Inverse(part):
                return ~self.holds(part, rows)
            case Branch(every=every, parts=parts):
                result = np.full(len(rows), every)
                for part in parts:
                    undecided = np.flatnonzero(result if every else ~result)
                    if not len(undecided):
                        break
                    result[undecided] = self.holds(part, rows[undecided])
                return result
            case _:
                assert_never(step)

    def holding(self, leaf: Leaf, rows: NDArray[np.int64]) -> list[str]:
        """The names of the fields for which the leaf holds in any of the rows."""
        if leaf.field is not None:
            return [leaf.field] if self._leaf(leaf, rows).any() else []
        return [
            name
            for name in self._fields.searchable()
            if self._column(leaf, self._fields.column(name), name, rows).any()
        ]

    def _leaf(self, leaf: Leaf, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        if leaf.field is None:
            result = np.zeros(len(rows), bool)
            for name in self._fields.searchable():
                undecided = np.flatnonzero(~result)
                if not len(undecided):
                    break
                result[undecided] = self._column(leaf, self._fields.column(name), name, rows[undecided])
            return result
        column = self._fields.column(leaf.field)
        first = leaf.tests[0]
        if first.kind is Kind.ABSENT:
            absent: NDArray[np.bool_] = column.codes[rows] == column.absent
            return absent
        if first.kind is Kind.SAME_AS:
            return self._pair(leaf, first, column, rows)
        return self._column(leaf, column, leaf.field, rows)

    def _column(self, leaf: Leaf, column: Column, name: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        known = self._known.get((id(leaf), name))
        if known is None:
            known = self._known[id(leaf), name] = {column.absent: False}
        if len(rows) <= _FEW_ROWS:
            codes, places = column.codes[rows], None
        else:
            codes, places = np.unique(column.codes[rows], return_inverse=True)
        if leaf.together is not None and len(codes) > _MANY_CODES:
            self._ask_together(leaf, column, name, codes)
        answers = np.empty(len(codes), bool)
        ask: Callable[[int], bool] | None = None
        for place, code in enumerate(codes.tolist()):
            answer = known.get(code)
            if answer is None:
                if ask is None:
                    ask = self._question(leaf, column, name, leaf.ask)
                answer = known[code] = ask(code)
            answers[place] = answer
        result: NDArray[np.bool_] = answers if places is None else answers[places]
        return result

    def _ask_together(self, leaf: Leaf, column: Column, name: str, codes: NDArray[np.int64]) -> None:
        """Decide the leaf for all codes that are not known, its patterns in one call for each."""
        known = self._known[id(leaf), name]
        unknown = np.array([code for code in codes.tolist() if code not in known], np.int64)
        if leaf.together is None or len(unknown) <= _MANY_CODES:
            return
        places = pa.array(unknown)
        found = leaf.together.holds(column.values.take(places), column.folded.take(places))
        if found is None:
            return
        known.update(dict.fromkeys(unknown[found].tolist(), True))
        ask = self._question(leaf, column, name, leaf.apart)
        known.update((code, ask(code)) for code in unknown[~found].tolist())

    def _question(
        self, leaf: Leaf, column: Column, name: str, rest: Callable[[str, str], bool] | None
    ) -> Callable[[int], bool]:
        """Whether one of the leaf's anchors, which are looked up, or the rest of its tests holds for a code."""
        found: set[int] = set()
        for test in leaf.sought:
            found.update(self.sought.codes(test, name).tolist())

        def ask(code: int) -> bool:
            return code in found or (rest is not None and rest(*column.text(code)))

        return ask

    def _pair(self, leaf: Leaf, test: Test, column: Column, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        relation, other_name = test.operand
        other = self._fields.column(other_name)
        known = self._pairs.setdefault(id(leaf), {})
        result = np.empty(len(rows), bool)
        pairs = zip(column.codes[rows].tolist(), other.codes[rows].tolist(), strict=True)
        for place, (code, other_code) in enumerate(pairs):
            answer = known.get((code, other_code))
            if answer is None:
                answer = known[code, other_code] = (
                    code != column.absent
                    and other_code != other.absent
                    and same(relation, column.text(code)[1], other.text(other_code)[1])
                )
            result[place] = answer
        return result
