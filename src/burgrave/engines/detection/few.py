"""One batch of few rows against one plan, row by row: only rules with an anchor in a row are asked, and of that row."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from burgrave.engines.detection.columns import Made, encode, must_agree, repeated, without_dictionaries
from burgrave.engines.detection.planning import columns_of
from burgrave.engines.detection.texts import ABSENT
from burgrave.engines.detection.views import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from burgrave.engines.detection.memory import Memory
    from burgrave.engines.detection.numbered import Numbers
    from burgrave.engines.detection.planning import Plan
    from burgrave.engines.detection.texts import Text
    from burgrave.engines.detection.views import Derivation


class FewRows:
    """Answers for one batch, out of texts that are remembered and that it adds to."""

    def __init__(self, plan: Plan, memory: Memory, table: Any, numbers: Numbers | None = None) -> None:
        self.rows: int = table.num_rows
        self.columns: Made[list[Text]] = Made(self)
        self.answers = 0
        self._plan = plan
        self._memory = memory
        self._shape = memory.shape(table.schema)
        if self._shape.has_dictionaries:
            table = without_dictionaries(table)
            self._shape = memory.shape(table.schema)
        batches = table.to_batches()
        self._batch = batches[0] if len(batches) == 1 else table.combine_chunks().to_batches()[0]
        self._numbers = numbers if self._shape.all_texts else None
        if self._numbers is None:
            self.must_agree()

    def must_agree(self) -> None:
        """Raise ForeignRows where columns, of which all rows are said to have one value, have another."""
        for position, name, value in self._shape.known:
            column = self._batch.column(position)
            if not column.equals(repeated(value, self.rows)):
                must_agree(column, name, value)

    def searchable(self) -> Sequence[str]:
        return self._shape.searchable

    def hits(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """For each rule of the plan that holds somewhere: its place, and the rows in ascending order."""
        if self._numbers is not None:
            found = self._numbers.hits(self._batch, self._shape, self)
            if found is not None:
                for place, rows in found.items():
                    yield place, np.array(rows, np.int64)
                self._kept()
                return
            self._numbers = None
            self.columns.clear()
        everywhere = self._plan.everywhere(self._batch.serialize if self._shape.all_texts else None)
        for place in everywhere:
            yield from self._asked(place, range(self.rows))
        candidates: defaultdict[int, list[int]] = defaultdict(list)
        for name in self._shape.anchored:
            for row, text in enumerate(self.columns[name]):
                for place in text.places:
                    candidates[place].append(row)
        for place, rows in candidates.items():
            if place not in everywhere:
                yield from self._asked(place, rows if len(rows) == 1 else sorted(set(rows)))
        self._kept()

    def _kept(self) -> None:
        self._memory.keep(self.answers)
        self.answers = 0

    def _asked(self, place: int, rows: Iterable[int]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        ask = self._plan.asker(place)
        held = [row for row in rows if ask(self, row)]
        if held:
            yield place, np.array(held, np.int64)

    def fields(self, place: int, rows: NDArray[np.int64]) -> list[dict[str, str]]:
        """For each of the rows the fields that a match of the rule there reports, in alphabetical order."""
        namings, known = self._plan.namings(place)
        found = []
        for row in rows.tolist():
            held = {column for named in namings for name in named(self, row) for column in columns_of(name)}
            given = {name: self.columns[name][row].plain for name in held if self.columns[name][row] is not ABSENT}
            given.update(known)
            found.append({name: given[name] for name in sorted(given)})
        return found

    def value(self, name: str, row: int) -> str | None:
        """The text of a field in a row; None where the row has no such field."""
        text = self.columns[name][row]
        return None if text is ABSENT else text.plain

    def make(self, name: str) -> list[Text]:
        """The texts of a field by row, with what is remembered of them."""
        plain = self._plain(name)
        anchored = self._numbers is None
        return [ABSENT] * self.rows if plain is None else self._memory.field(name, anchored=anchored).of(plain)

    def _plain(self, name: str) -> Sequence[str | None] | None:
        """The texts of a field by row; None where no row has it."""
        if name in self._plan.constants:
            return [self._plan.constants[name]] * self.rows
        if name in DERIVED:
            return self._derived(DERIVED[name])
        position = self._shape.names.get(name)
        if position is None:
            return None
        column = self._batch.column(position)
        if self._shape.all_texts:
            plain: list[str | None] = column.to_numpy(zero_copy_only=False).tolist()
            return plain
        made = encode(column, name)
        texts = [*made.values.to_pylist(), None]
        return [texts[code] for code in made.codes.tolist()]

    def _derived(self, derivation: Derivation) -> list[str | None]:
        sources = [
            [None if text is ABSENT else text.plain for text in self.columns[name]] for name in derivation.columns
        ]
        known: dict[tuple[str | None, ...], str | None] = {}
        return [
            known[given] if given in known else known.setdefault(given, derivation.compute(*given))
            for given in zip(*sources, strict=True)
        ]
