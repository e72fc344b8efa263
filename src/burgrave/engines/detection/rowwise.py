"""Asking a rule of one row at a time, in plain Python: for few rows that costs less than preparing whole columns.

The meaning is that of ``predicates``; ``Evaluation`` asks the same of many rows at once. What a leaf says of a text is
kept with the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, assert_never

from burgrave.engines.detection.expressions import Kind
from burgrave.engines.detection.predicates import any_of, same
from burgrave.engines.detection.steps import Branch, Inverse, Leaf, Step
from burgrave.engines.detection.texts import ABSENT, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Rows(Protocol):
    def __getitem__(self, row: int, /) -> Text: ...


class Cells(Protocol):
    """The fields of a batch, asked row by row. ``answers`` counts what was kept with texts."""

    answers: int

    @property
    def columns(self) -> Mapping[str, Rows]:
        """For the name of any field its texts by row, ABSENT where a row has no such field."""

    def searchable(self) -> Sequence[str]:
        """The fields that a keyword looks into."""


Ask = Callable[[Cells, int], bool]
Naming = Callable[[Cells, int], Iterable[str]]


def always(_cells: Cells, _row: int) -> bool:
    """A rule that every event of its kind fulfils."""
    return True


def row_asker(step: Step) -> Ask:
    """A function of a batch and the 0-based number of a row: whether the step holds there."""
    match step:
        case Leaf():
            return _leaf(step)
        case Inverse(part):
            asked = row_asker(part)
            return lambda cells, row: not asked(cells, row)
        case Branch(every=True, parts=parts):
            return _every(tuple(map(row_asker, parts)))
        case Branch(parts=parts):
            return _some(tuple(map(row_asker, parts)))
        case _:
            assert_never(step)


def naming(leaf: Leaf) -> Naming:
    """A function of a batch and the number of a row: the fields of the row for which the leaf holds."""
    if leaf.field is None:
        ask_text = _text(leaf)
        return lambda cells, row: [name for name in cells.searchable() if ask_text(cells, cells.columns[name][row])]
    ask, names = _leaf(leaf), (leaf.field,)
    return lambda cells, row: names if ask(cells, row) else ()


def _text(leaf: Leaf) -> Callable[[Cells, Text], bool]:
    """A function of a batch and one of its texts: whether a test of the leaf holds for the text; never for ABSENT."""
    ask = any_of(leaf.tests)

    def holds(cells: Cells, text: Text) -> bool:
        if text is ABSENT:
            return False
        answer = text.answers.get(leaf)
        if answer is None:
            answer = text.answers[leaf] = ask(text.plain, text.folded)
            cells.answers += 1
        return answer

    return holds


def _every(asks: tuple[Ask, ...]) -> Ask:
    def holds(cells: Cells, row: int) -> bool:
        for ask in asks:  # noqa: SIM110 - twice as fast as all() over a generator
            if not ask(cells, row):
                return False
        return True

    return holds


def _some(asks: tuple[Ask, ...]) -> Ask:
    def holds(cells: Cells, row: int) -> bool:
        for ask in asks:  # noqa: SIM110 - twice as fast as any() over a generator
            if ask(cells, row):
                return True
        return False

    return holds


def _leaf(leaf: Leaf) -> Ask:
    name = leaf.field
    if name is None:
        return _keyword(leaf)
    if leaf.kind is Kind.ABSENT:
        return lambda cells, row: cells.columns[name][row] is ABSENT
    if leaf.kind is Kind.EXISTS:
        return lambda cells, row: cells.columns[name][row] is not ABSENT
    if leaf.kind is Kind.SAME_AS:
        return _same_as(name, *leaf.tests[0].operand)
    ask = any_of(leaf.tests)

    def holds(cells: Cells, row: int) -> bool:
        text = cells.columns[name][row]
        answer = text.answers.get(leaf)
        if answer is None:
            if text is ABSENT:  # nothing is ever kept with it
                return False
            answer = text.answers[leaf] = ask(text.plain, text.folded)
            cells.answers += 1
        return answer

    return holds


def _keyword(leaf: Leaf) -> Ask:
    ask = _text(leaf)
    return lambda cells, row: any(ask(cells, cells.columns[name][row]) for name in cells.searchable())


def _same_as(name: str, relation: str, other_name: str) -> Ask:
    def holds(cells: Cells, row: int) -> bool:
        text, other = cells.columns[name][row], cells.columns[other_name][row]
        return text is not ABSENT and other is not ABSENT and same(relation, text.folded, other.folded)

    return holds
