"""Asking a plan's anchors of all distinct texts of a batch at once."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from burgrave.engines.detection.columns import buffers
from burgrave.engines.detection.expressions import Kind, Test
from burgrave.engines.detection.literals import is_whole, literals_of
from burgrave.engines.detection.predicates import predicate
from burgrave.engines.detection.scanning import LiteralScanner, scanner
from burgrave.engines.detection.together import matches, same_everywhere

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from burgrave.engines.detection.columns import Column, Fields
    from burgrave.engines.detection.planning import Plan

_NONE: NDArray[np.int64] = np.empty(0, np.int64)


class FieldSeeker:
    """The anchors of one field, arranged by how they are sought."""

    def __init__(self, tests: Iterable[Test]) -> None:
        self._equal: defaultdict[str, list[Test]] = defaultdict(list)
        self._asked: list[Test] = []
        by_literal: defaultdict[str, list[Test]] = defaultdict(list)
        for test in tests:
            literals = literals_of(test)
            if test.kind is Kind.EQUALS and not test.cased:
                self._equal[test.operand[0]].append(test)
            elif literals:
                for literal in literals:
                    by_literal[literal].append(test)
            else:
                self._asked.append(test)
        self._literals = [(literal.encode(), tuple(sought)) for literal, sought in by_literal.items()]
        self._scanner: LiteralScanner | None = None
        if self._literals:
            self._scanner = scanner([literal for literal, _ in self._literals])
        self._lengths = np.array([len(literal) for literal, _ in self._literals], np.int64)

    def seek(self, column: Column) -> dict[Test, NDArray[np.int64]]:
        """For each anchor the codes, ascending, for whose texts it holds."""
        found: defaultdict[Test, list[NDArray[np.int64]]] = defaultdict(list)
        if not len(column.values):
            return {}
        self._seek_equal(column, found)
        if self._scanner is not None:
            self._seek_literals(column, self._scanner, found)
        for test in self._asked:
            codes = _confirmed(test, column, _possible(test, column))
            if len(codes):
                found[test].append(codes)
        return {
            test: parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts)) for test, parts in found.items()
        }

    def _seek_equal(self, column: Column, found: defaultdict[Test, list[NDArray[np.int64]]]) -> None:
        if not self._equal:
            return
        wanted = list(self._equal)
        places = pc.index_in(column.folded, value_set=pa.array(wanted, pa.string()))
        if places.null_count == len(places):
            return
        at = places.fill_null(-1).to_numpy(zero_copy_only=False)
        for place in np.unique(at[at >= 0]).tolist():
            for test in self._equal[wanted[place]]:
                found[test].append(np.flatnonzero(at == place))

    def _seek_literals(
        self, column: Column, seeker: LiteralScanner, found: defaultdict[Test, list[NDArray[np.int64]]]
    ) -> None:
        offsets, data = buffers(column.folded)
        base = offsets[0]
        if offsets[-1] == base:
            return
        literals, stops = seeker.scan(data[base : offsets[-1]])
        if not len(literals):
            return
        stops = stops + base
        codes = np.searchsorted(offsets, stops, side="left") - 1
        starts = stops - self._lengths[literals]
        order = np.lexsort((codes, literals))
        order = order[(starts >= offsets[codes])[order]]  # a literal that begins in the text before is in neither
        literals, codes, starts, stops = literals[order], codes[order], starts[order], stops[order]
        at_start, at_end = starts == offsets[codes], stops == offsets[codes + 1]
        bounds = np.flatnonzero(np.diff(literals, prepend=-1))
        for begin, end in zip(bounds.tolist(), [*bounds.tolist()[1:], len(literals)], strict=True):
            for test in self._literals[int(literals[begin])][1]:
                chosen = codes[begin:end]
                if test.kind is Kind.STARTS:
                    chosen = chosen[at_start[begin:end]]
                elif test.kind is Kind.ENDS:
                    chosen = chosen[at_end[begin:end]]
                chosen = _distinct(chosen)
                if not is_whole(test):
                    chosen = _confirmed(test, column, chosen)
                if len(chosen):
                    found[test].append(chosen)


def _possible(test: Test, column: Column) -> NDArray[np.int64]:
    """The codes for which the test may hold: all, or for most expressions those that Arrow's RE2 finds in one go."""
    found = None
    if test.kind is Kind.REGEX and same_everywhere(test.operand[0]):
        found = matches(column.values, test.operand[0])
    return np.arange(len(column.values)) if found is None else np.flatnonzero(found)


def _distinct(ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def _confirmed(test: Test, column: Column, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    holds = predicate(test)
    return np.array([code for code in codes.tolist() if holds(*column.text(code))], np.int64)


class Seekers:
    """A plan's anchors by field; keywords are sought in every field."""

    def __init__(self, plan: Plan) -> None:
        by_field: defaultdict[str | None, list[Test]] = defaultdict(list)
        for test in plan.anchored:
            by_field[test.field].append(test)
        self.by_field = {name: FieldSeeker(tests) for name, tests in by_field.items()}


@lru_cache(maxsize=2048)
def _seekers(plan: Plan) -> Seekers:
    return Seekers(plan)


class Sought:
    """The anchors' answers for one batch."""

    def __init__(self, plan: Plan, fields: Fields) -> None:
        self._plan = plan
        self._fields = fields
        self._codes: dict[tuple[Test, str], NDArray[np.int64]] = {}
        for name, seeker in _seekers(plan).by_field.items():
            for column_name in fields.searchable() if name is None else (name,):
                for test, codes in seeker.seek(fields.column(column_name)).items():
                    self._codes[test, column_name] = codes

    def codes(self, anchor: Test, name: str) -> NDArray[np.int64]:
        """The codes of a column for which an anchor holds."""
        return self._codes.get((anchor, name), _NONE)

    def rows(self) -> Iterator[tuple[Test, NDArray[np.int64]]]:
        """Each anchor that holds somewhere, with rows; a keyword may come once per field."""
        for (test, name), codes in self._codes.items():
            yield test, self._fields.column(name).rows_of(codes)
