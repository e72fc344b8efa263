"""One batch against one plan: anchors over distinct texts, then candidates in full, each question asked once."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice, repeat
from typing import TYPE_CHECKING, assert_never

import numpy as np
import pyarrow as pa

from burgrave.engines.detection.columns import distinct
from burgrave.engines.detection.expressions import Kind
from burgrave.engines.detection.planning import columns_of
from burgrave.engines.detection.predicates import same
from burgrave.engines.detection.seeking import Sought
from burgrave.engines.detection.steps import Branch, Inverse, Leaf, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from burgrave.engines.detection.columns import Column, Fields
    from burgrave.engines.detection.expressions import Test
    from burgrave.engines.detection.planning import Plan

Texts = dict[str, "NDArray[np.object_] | Iterable[str]"]
"""By name the texts of some rows, one for each; or as many as are taken."""

_FEW_CANDIDATES = 6  # so few rows are asked one by one
_MANY_CODES = 40  # so many are asked together where they can be
_UNKNOWN, _NO, _YES = -1, 0, 1


class Evaluation:
    """Answers for one batch; forgets them with it."""

    def __init__(self, plan: Plan, fields: Fields) -> None:
        self._plan = plan
        self._fields = fields
        self._known: dict[tuple[int, str], NDArray[np.int8]] = {}
        self._pairs: dict[int, dict[tuple[int, int], bool]] = {}
        self._seen: Sought | None = None

    @property
    def columns(self) -> Mapping[str, Column]:
        """The batch's fields by name."""
        return self._fields.columns

    @property
    def _sought(self) -> Sought:
        if self._seen is None:
            plan, fields = self._plan, self._fields
            self._seen = Sought(plan.seekers, plan.to_seek_in(fields.table, fields.searchable), fields)
        return self._seen

    def hits(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """For each rule of the plan that holds somewhere: its place, and the rows in ascending order."""
        everything = np.arange(self._fields.rows)
        for place in self._plan.unanchored:
            yield from self._asked(place, everything)
        candidates: defaultdict[int, list[NDArray[np.int64]]] = defaultdict(list)
        for test, rows in self._sought.rows(self._plan.anchored):
            if len(rows):
                for place in self._plan.anchored[test]:
                    candidates[place].append(rows)
        for place, parts in candidates.items():
            yield from self._asked(place, distinct(parts, self._fields.rows))

    def _asked(self, place: int, rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        if len(rows) <= _FEW_CANDIDATES:
            yield from self._one_by_one(place, rows.tolist())
            return
        step = self._plan.step(place)
        if step is not None:
            rows = rows[self.holds(step, rows)]
        if len(rows):
            yield place, rows

    def _one_by_one(self, place: int, rows: Iterable[int]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        ask = self._plan.asker(place)
        held = [row for row in rows if ask(self._fields, row)]
        if held:
            yield place, np.array(held, np.int64)

    def holds(self, step: Step, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each of the rows, whether the step holds."""
        match step:
            case Leaf():
                return self._leaf(step, rows)
            case Inverse(part):
                return ~self.holds(part, rows)
            case Branch(every=True, parts=parts):
                return self._every(parts, rows)
            case Branch(parts=parts):
                result = self.holds(parts[0], rows)
                for part in parts[1:]:
                    undecided = np.flatnonzero(~result)
                    if not len(undecided):
                        break
                    result[undecided] = self.holds(part, rows[undecided])
                return result
            case _:
                assert_never(step)

    def _every(self, parts: tuple[Step, ...], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        left = rows
        places: NDArray[np.int64] | None = None
        for part in parts:
            held = self.holds(part, left)
            places = np.flatnonzero(held) if places is None else places[held]
            if not len(places):
                break
            left = rows[places]
        result = np.zeros(len(rows), bool)
        result[places] = True
        return result

    def fields(self, place: int, rows: NDArray[np.int64]) -> list[dict[str, str]]:
        """For each of the rows the fields that a match of the rule there reports, in alphabetical order."""
        leaves, known = self._plan.report(place)
        held: dict[str, NDArray[np.bool_]] = {}
        for leaf in leaves:
            for name, holds in self._holding(leaf, rows):
                if holds.any():
                    for column in columns_of(name):
                        held[column] = held[column] | holds if column in held else holds
        texts: Texts = {}
        some: dict[str, NDArray[np.bool_]] = {}
        for name in sorted(held.keys() | known.keys()):
            if name in known:
                texts[name] = repeat(known[name])
                continue
            cells = self.columns[name]
            codes = cells.codes[rows]
            there = held[name] & (codes != cells.absent)
            texts[name] = cells.plain(codes)
            if not there.all():
                some[name] = there
        return _named(texts, some, len(rows)) if some else _all_named(texts, len(rows))

    def _holding(self, leaf: Leaf, rows: NDArray[np.int64]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """The names of the leaf's fields, and for each of the rows whether it holds there."""
        if leaf.field is not None:
            yield leaf.field, self._leaf(leaf, rows)
            return
        for name in self._fields.searchable():
            yield name, self._column(leaf, self._fields.column(name), name, rows)

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
        if leaf.kind is Kind.ABSENT:
            absent: NDArray[np.bool_] = column.codes[rows] == column.absent
            return absent
        if leaf.kind is Kind.SAME_AS:
            return self._pair(leaf, leaf.tests[0], column, rows)
        return self._column(leaf, column, leaf.field, rows)

    def _column(self, leaf: Leaf, column: Column, name: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        codes = column.codes[rows]
        if leaf.kind is Kind.EXISTS:
            there: NDArray[np.bool_] = codes != column.absent
            return there
        known = self._known.get((id(leaf), name))
        if known is None:
            known = self._known[id(leaf), name] = self._begin(leaf, column, name)
        answers = known[codes]
        if leaf.rest:
            unknown = codes[answers == _UNKNOWN]
            if len(unknown):
                self._ask(leaf, column, known, unknown)
                answers = known[codes]
        result: NDArray[np.bool_] = answers == _YES
        return result

    def _begin(self, leaf: Leaf, column: Column, name: str) -> NDArray[np.int8]:
        """What is known of each code before a text is looked at: what was sought, and that none holds for no text."""
        known = np.full(column.absent + 1, _UNKNOWN if leaf.rest else _NO, np.int8)
        for test in leaf.sought:
            codes = self._sought.codes(test, name)
            if codes is not None:
                known[codes] = _YES
        known[column.absent] = _NO
        return known

    def _ask(self, leaf: Leaf, column: Column, known: NDArray[np.int8], codes: NDArray[np.int64]) -> None:
        """Decide the leaf for codes that are not known; some may stand there more than once."""
        unknown = distinct([codes], column.absent)
        ask: Callable[[str, str], bool] | None = leaf.ask
        if len(unknown) > _MANY_CODES and leaf.together:
            places = pa.array(unknown)
            found = leaf.together.holds(column.values.take(places), column.folded.take(places))
            if found is not None:
                known[unknown] = found
                unknown, ask = unknown[~found], leaf.apart
        if ask is not None:
            plain, folded = column.texts(unknown)
            known[unknown] = [ask(*pair) for pair in zip(plain, folded, strict=True)]

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
                    and same(relation, column.text(code).folded, other.text(other_code).folded)
                )
            result[place] = answer
        return result


def _named(texts: Texts, some: Mapping[str, NDArray[np.bool_]], count: int) -> list[dict[str, str]]:
    """Each row's texts under their names, those among ``some`` only where they hold."""
    alike = np.zeros(count, np.int64)  # rows with the same number have the same names
    for there in some.values():
        alike = np.unique(2 * alike + there, return_inverse=True)[1]
    found: list[dict[str, str]] = [{}] * count
    for number in range(alike.max() + 1):
        rows = np.flatnonzero(alike == number)
        part: Texts = {
            name: each[rows] if isinstance(each, np.ndarray) else each
            for name, each in texts.items()
            if name not in some or some[name][rows[0]]
        }
        for row, fields in zip(rows.tolist(), _all_named(part, len(rows)), strict=True):
            found[row] = fields
    return found


def _all_named(texts: Texts, count: int) -> list[dict[str, str]]:
    if not texts:
        return [{} for _ in range(count)]
    columns = (each.tolist() if isinstance(each, np.ndarray) else each for each in texts.values())
    return [dict(zip(texts, row, strict=True)) for row in islice(zip(*columns, strict=False), count)]
