"""Asking a plan's sought tests of all distinct texts of a batch at once."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate
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
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from burgrave.engines.detection.columns import Column, Fields
    from burgrave.engines.detection.texts import Text

_ANYWHERE, _AT_START, _AT_END = 0, 1, 2
_PLACES = {Kind.STARTS: _AT_START, Kind.ENDS: _AT_END}


class FieldSeeker:
    """Tests of one field, arranged by how they are sought."""

    def __init__(self, tests: Iterable[Test]) -> None:
        self._equal: defaultdict[str, list[Test]] = defaultdict(list)
        self._asked: list[Test] = []
        self._unsure: set[Test] = set()
        by_literal: defaultdict[tuple[str, int], list[Test]] = defaultdict(list)
        for test in tests:
            literals = literals_of(test)
            whole = is_whole(test)
            if test.kind is Kind.EQUALS and whole:
                self._equal[test.operand[0]].append(test)
            elif literals:
                place = _PLACES.get(test.kind, _ANYWHERE) if whole else _ANYWHERE
                for literal in literals:
                    by_literal[literal, place].append(test)
                if not whole:
                    self._unsure.add(test)
            else:
                self._asked.append(test)
        self._wanted = pa.array(list(self._equal), pa.string())
        self._equals = list(self._equal.values())
        self._sought = [(literal.encode(), place, tuple(alike)) for (literal, place), alike in by_literal.items()]
        self._literals = list(dict.fromkeys(literal for literal, _, _ in self._sought))
        self._scanner: LiteralScanner | None = scanner(self._literals) if self._literals else None
        self._lengths = np.array([len(literal) for literal in self._literals], np.int64)
        numbers = {sought: number for number, sought in enumerate(self._literals)}
        table = np.full((len(self._literals), 3), -1, np.int64)
        for number, (sought, place, _) in enumerate(self._sought):
            table[numbers[sought], place] = number
        self.counts: NDArray[np.int64] | None = None
        self._by_place = [table[:, place] for place in range(3)]
        self._predicates: dict[Test, Callable[[str, str], bool]] = {}

    def count(self) -> None:
        """From now on every occurrence of what is sought is counted."""
        self.counts = np.zeros(len(self._literals), np.int64)

    def occurrences(self) -> dict[Test, int]:
        """How often the texts of each test were found so far, wherever they stood, since ``count``."""
        found: defaultdict[Test, int] = defaultdict(int)
        if self.counts is not None:
            by_literal = dict(zip(self._literals, self.counts.tolist(), strict=True))
            for literal, _, alike in self._sought:
                for test in alike:
                    found[test] += by_literal[literal]
        return found

    def seek(self, column: Column) -> dict[Test, NDArray[np.int64]]:
        """For each test that holds for a text of the column the codes of those texts, each once."""
        found = self.suspect(column)
        for test in self._unsure & found.keys():
            found[test] = _confirmed(test, column, found[test])
            if not len(found[test]):
                del found[test]
        for test in self._asked:
            codes = _confirmed(test, column, _possible(test, column))
            if len(codes):
                found[test] = codes
        return found

    def seek_few(self, texts: Sequence[Text]) -> Iterator[tuple[Test, int]]:
        """As ``seek``, of few texts: each test with the place of a text that it holds for, maybe more than once."""
        folded = [text.folded for text in texts]
        if self._equal:
            for code, text in enumerate(folded):
                for test in self._equal.get(text, ()):
                    yield test, code
        if self._scanner is not None:
            for test, code in self._literals_in(folded, self._scanner):
                if test not in self._unsure or self._holds(test, texts[code]):
                    yield test, code
        for test in self._asked:
            for code, each in enumerate(texts):
                if self._holds(test, each):
                    yield test, code

    def _holds(self, test: Test, text: Text) -> bool:
        ask = self._predicates.get(test)
        if ask is None:
            ask = self._predicates[test] = predicate(test)
        return ask(text.plain, text.folded)

    def _literals_in(self, folded: Sequence[str], seeker: LiteralScanner) -> Iterator[tuple[Test, int]]:
        together = "".join(folded)
        data = together.encode()
        literals, stops = seeker.scan(np.frombuffer(data, np.uint8))
        if not len(literals):
            return
        sizes = map(len, folded) if len(data) == len(together) else (len(text.encode()) for text in folded)
        offsets = np.array([0, *accumulate(sizes)], np.int64)
        for key in self._held(offsets, literals, stops).tolist():
            number, code = divmod(key, len(offsets))
            for test in self._sought[number][2]:
                yield test, code

    def suspect(self, column: Column) -> dict[Test, NDArray[np.int64]]:
        """As ``seek``, without asking again where only a part of the test was sought, and without what is not."""
        found: dict[Test, NDArray[np.int64]] = {}
        if len(column.values):
            self._seek_equal(column, found)
            if self._scanner is not None:
                self._seek_literals(column, self._scanner, found)
        return found

    def _seek_equal(self, column: Column, found: dict[Test, NDArray[np.int64]]) -> None:
        if not self._equals:
            return
        places = pc.index_in(column.folded, value_set=self._wanted)
        if places.null_count == len(places):
            return
        at = places.fill_null(-1).to_numpy(zero_copy_only=False)
        codes = np.flatnonzero(at >= 0)
        at = at[codes]
        order = np.argsort(at, kind="stable")
        for place, held in _groups(at[order], codes[order]):
            for test in self._equals[place]:
                found[test] = held

    def _seek_literals(self, column: Column, seeker: LiteralScanner, found: dict[Test, NDArray[np.int64]]) -> None:
        offsets, data = buffers(column.folded)
        base = offsets[0]
        if offsets[-1] == base:
            return
        literals, stops = seeker.scan(data[base : offsets[-1]])
        if not len(literals):
            return
        if self.counts is not None:
            self.counts += np.bincount(literals, minlength=len(self._literals))
        keys = _distinct(np.sort(self._held(offsets, literals, stops + base)))
        for number, held in _groups(keys // len(offsets), keys % len(offsets)):
            for test in self._sought[number][2]:
                found[test] = np.union1d(found[test], held) if test in found else held

    def _held(
        self, offsets: NDArray[np.int64], literals: NDArray[np.int64], stops: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Which occurrences stand inside of one text, where they are to stand there: ``number * len(offsets) + code``.

        ``number`` is a place in what is sought, ``code`` one of the texts that begin at ``offsets``.
        """
        codes = np.searchsorted(offsets, stops, side="left") - 1
        starts = stops - self._lengths[literals]
        begins = offsets[codes]
        inside = starts >= begins  # a literal that begins in the text before is in neither
        parts = []
        for place, fits in (
            (_ANYWHERE, inside),
            (_AT_START, starts == begins),
            (_AT_END, inside & (stops == offsets[codes + 1])),
        ):
            numbers = self._by_place[place][literals]
            chosen = fits & (numbers >= 0)
            parts.append(numbers[chosen] * np.int64(len(offsets)) + codes[chosen])
        return np.concatenate(parts)


def _groups(ordered: NDArray[np.int64], of: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The parts of ``of`` where ``ordered`` has the same number, with that number."""
    bounds = np.flatnonzero(np.diff(ordered, prepend=-1))
    stops = np.append(bounds[1:], len(ordered))[: len(bounds)].tolist()
    for begin, stop, number in zip(bounds.tolist(), stops, ordered[bounds].tolist(), strict=True):
        yield number, of[begin:stop]


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
    plain, folded = column.texts(codes)
    return codes[[holds(*pair) for pair in zip(plain, folded, strict=True)]] if len(codes) else codes


class Seekers:
    """What a plan seeks, by field; keywords are sought in every field."""

    def __init__(self, sought: Mapping[str | None, Iterable[Test]]) -> None:
        self.by_field = {name: FieldSeeker(tests) for name, tests in sought.items()}


class Sought:
    """The answers of what is sought for one batch: at once where there are anchors, elsewhere when first asked for."""

    def __init__(self, seekers: Seekers, at_once: Iterable[tuple[str | None, str]], fields: Fields) -> None:
        self._seekers = seekers
        self._fields = fields
        self._found: dict[tuple[str | None, str], dict[Test, NDArray[np.int64]]] = {}
        for name, column_name in at_once:
            self._seek(name, column_name)

    def codes(self, test: Test, name: str) -> NDArray[np.int64] | None:
        """The codes of a column for which a test that is sought holds; None when there are none."""
        found = self._found.get((test.field, name))
        if found is None:
            found = self._seek(test.field, name)
        return found.get(test)

    def rows(self, anchors: Mapping[Test, object]) -> Iterator[tuple[Test, NDArray[np.int64]]]:
        """Each anchor that holds somewhere, with its rows; a keyword may come once per field."""
        for (_, name), found in list(self._found.items()):
            held = {test: codes for test, codes in found.items() if test in anchors}
            if held:
                yield from self._fields.column(name).rows_of(held)

    def _seek(self, name: str | None, column_name: str) -> dict[Test, NDArray[np.int64]]:
        found = self._found[name, column_name] = self._seekers.by_field[name].seek(self._fields.column(column_name))
        return found
