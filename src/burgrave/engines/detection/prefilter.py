"""One look at all bytes of a batch, to leave out the columns in which nothing that is sought can stand.

What is sought in a field needs a text of its own to stand there (``literals``). If that text, in any letter case,
stands nowhere in the batch, the column need not be looked at. Most batches of most kinds hold nothing that any rule
seeks, and then cost one copy and one pass of Hyperscan. The pass finds too much (a text may stand in another column, or
across two values) and never too little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from burgrave.engines.detection.columns import buffers, has_dictionaries
from burgrave.engines.detection.folding import fold, to_ascii
from burgrave.engines.detection.literals import literals_of
from burgrave.engines.detection.scanning import present
from burgrave.engines.detection.views import DERIVED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from burgrave.engines.detection.expressions import Test

_SHORTEST = 2  # bytes; a shorter text stands everywhere
_TRIALS = 8  # batches after which a pass that leaves too little out is given up
_WORTH_IT = 0.25  # of the fields


class Prefilter:
    """Which fields of a batch are to be looked at for some tests."""

    def __init__(self, tests: Iterable[Test], constants: Mapping[str, str]) -> None:
        self._blind: dict[str | None, None] = {}  # fields of which the bytes do not tell
        texts: dict[bytes, dict[str | None, None]] = {}
        sought: dict[bytes, dict[Test, None]] = {}
        always: list[Test] = []
        all_tests = tuple(tests)
        fields: dict[str | None, None] = {}
        known = [fold(value) for value in constants.values()]
        for test in all_tests:
            fields[test.field] = None
            seen = [_ascii_run(literal) for literal in literals_of(test)]
            certain = test.field is None and any(text in value for text in literals_of(test) for value in known)
            if certain or not seen or min(map(len, seen)) < _SHORTEST or test.field in DERIVED:
                self._blind[test.field] = None
                always.append(test)
                continue
            for text in seen:
                texts.setdefault(text, {})[test.field] = None
                sought.setdefault(text, {})[test] = None
        self.fields = tuple(fields)
        self._means: list[tuple[str | None, ...]] = [
            tuple(name for name in names if name not in self._blind) for names in texts.values()
        ]
        self._means.extend(self.fields for _ in _FOLDING_TO_ASCII)
        self.meant = (*map(tuple, sought.values()), *(all_tests for _ in _FOLDING_TO_ASCII))
        """The tests that may hold where a text stands."""
        self.always = tuple(always)
        """The tests that may hold whatever stands in a batch."""
        self._texts = [*texts, *_FOLDING_TO_ASCII]
        self._present: Callable[[Any], Collection[int]] | None = None
        self._is_made = False
        self._uses = self._kept = 0
        self.helps = len(self._blind) < len(self.fields)

    def to_look_at(self, table: Any) -> tuple[str | None, ...]:
        """Those of the fields in which a test may hold."""
        if not self.helps or has_dictionaries(table) or not self._ready():
            return self.fields
        found = dict(self._blind)
        for batch in table.to_batches():
            for number in self._found(batch.serialize()):
                found.update(dict.fromkeys(self._means[number]))
        self._uses += 1
        self._kept += len(found)
        if self._uses >= _TRIALS:
            self.helps = self._kept < (1 - _WORTH_IT) * self._uses * len(self.fields)
            self._uses = self._kept = 0
        return tuple(found)

    def standing(self, content: Callable[[], Any] | None) -> Collection[int] | None:
        """Which of what is sought stands in the bytes, as places in ``meant``; None where that is not known."""
        return None if content is None or not self._prepared() else self._found(content())

    def keyword_columns(self, table: Any, names: Iterable[str]) -> list[str]:
        """Those of the columns in which a keyword may stand; the others among the names are no columns."""
        if None in self._blind or not self._ready():
            return list(names)
        there = set(table.column_names)
        return [name for name in names if name in there and self._may_hold_keyword(table.column(name))]

    def _may_hold_keyword(self, column: Any) -> bool:
        chunks = [chunk.dictionary for chunk in column.chunks] if pa.types.is_dictionary(column.type) else column.chunks
        for chunk in chunks:
            if not pa.types.is_string(chunk.type):
                return True
            offsets, data = buffers(chunk)
            if any(None in self._means[number] for number in self._found(data[offsets[0] : offsets[-1]].data)):
                return True
        return False

    def _found(self, buffer: Any) -> Collection[int]:
        return self._present(buffer) if self._present is not None and len(buffer) else ()

    def _ready(self) -> bool:
        return self.helps and self._prepared()

    def _prepared(self) -> bool:
        """Whether there is an automaton; it is made when first asked for."""
        if not self._is_made:
            self._is_made = True
            self._present = present(self._texts)
            self.helps = self.helps and self._present is not None
        return self._present is not None


def _ascii_run(text: str) -> bytes:
    """The longest run of ASCII in a folded text."""
    runs = "".join(character if character.isascii() else "\n\n" for character in text).split("\n\n")
    return max(runs, key=len).encode()


_FOLDING_TO_ASCII = tuple(character.encode() for character in to_ascii())
