"""The same as ``few`` by compiled loops: texts have numbers, and what is known of them stands in arrays.

A batch is handed over as Arrow's C data (``kernels``). Its texts are looked up in a table of those that came before;
new ones are sought through as ever. The rules of which an anchor stands in a row are asked of it by walking their
questions as far as answers are known; what is not known yet is asked in Python, kept, and the walk goes on. So a batch
in which nothing is new costs a few calls, whatever its rules ask, and no objects are kept.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from functools import cache
from importlib import import_module
from secrets import randbits
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from burgrave.engines.detection import codes
from burgrave.engines.detection.expressions import Kind
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.predicates import any_of
from burgrave.engines.detection.rowwise import Ask, Cells, row_asker
from burgrave.engines.detection.steps import Branch, Inverse, Leaf
from burgrave.engines.detection.texts import Text
from burgrave.engines.detection.views import DERIVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from burgrave.engines.detection.memory import Budget, Memory, Shape
    from burgrave.engines.detection.planning import Plan
    from burgrave.engines.detection.steps import Step

WORTH_LOADING: Final = 100_000
"""So many rows are asked of without compiled loops before these are loaded, which takes half a second."""

ROWS_OF_A_BATCH: Final = 5
"""So many rows cost as much as what a batch costs whatever it holds."""

LONGEST_BYTES: Final = 4_096
"""Batches with longer texts are left to ``few``, which forgets these."""

ROOM: Final = 64
"""Texts, places of rules and candidates that there is room for at first: a power of 2."""

_LIMITS: Final = LONGEST_BYTES, np.uint64(randbits(64))
_BYTES_OF_A_TEXT: Final = 64  # in most
_STRUCT_BYTES: Final = 80  # of an ArrowArray
_RELEASE: Final = 64
_NOWHERE: Final = np.zeros(0, np.int64)
_release_type: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


@cache
def kernels() -> Any:
    """The compiled loops. Importing Numba takes a third of a second, so it waits until something is worth it."""
    return import_module("burgrave.engines.detection.kernels")


class Batch(Cells, Protocol):
    def must_agree(self) -> None:
        """Raise ForeignRows where columns, of which all rows are said to have one value, have another."""


class Numbers:
    """The texts of one plan's fields by number, and what its rules ask of them."""

    def __init__(self, plan: Plan, memory: Memory, budget: Budget) -> None:
        self._plan = plan
        self._budget = budget
        self._slots = {name: slot for slot, name in enumerate(memory.anchors)}
        self._anchors = list(memory.anchors.values())
        self._seekers = [memory.seeker(name) for name in memory.anchors]
        self._kernels = kernels()
        self._questions = _Questions(plan, self._slots)
        self._seen = np.zeros(len(plan.rules) + 1, np.int64)
        self._struct = ctypes.create_string_buffer(_STRUCT_BYTES)
        self._array = ctypes.addressof(self._struct)
        self._schema: Shape | None = None
        self._content = np.zeros(1 << 10 if plan.has_keywords else 0, np.uint8)
        self._cells = np.zeros(1 << 8, np.int32)
        self._has_room_for(ROOM)
        self._size = 0
        self.forget()

    def forget(self) -> None:
        """Drop the texts and their answers, and keep what finds anchors in new ones."""
        self._table = np.full(2 * ROOM, -1, np.int32)
        self._texts = np.zeros((ROOM, 5), np.int64)
        self._arena = np.zeros(_BYTES_OF_A_TEXT * ROOM, np.uint8)
        self._counts = np.zeros(3, np.int64)
        self._pool = np.zeros(ROOM, np.int32)  # its first place says that there are none
        self._pooled = 1
        self._keys = np.full(2 * ROOM, -1, np.int64)
        self._values = np.zeros(2 * ROOM, np.int8)
        self._learned = 0
        self._bundle()

    def hits(self, batch: Any, shape: Shape, cells: Batch) -> dict[int, list[int]] | None:
        """For each rule that holds somewhere its rows, ascending; None where a text is too long."""
        batch._export_to_c(self._array)  # noqa: SLF001 - public, for those who release what they are given
        is_done = False
        try:
            found = self._hits(batch.num_rows, shape, cells)
            is_done = True
        finally:
            _released(self._struct, self._array)
            if not is_done:
                self.forget()  # what waits for an answer would wait for ever
        return found

    def _hits(self, rows: int, shape: Shape, cells: Batch) -> dict[int, list[int]] | None:
        if shape is not self._schema:
            self._begin(shape)
        if len(self._cells) < len(self._children) * rows:
            self._cells = np.zeros(2 * len(self._children) * rows, np.int32)
        columns = len(shape.names)
        is_known, used, found = self._kernels.looked_up(
            self._array,
            (rows, columns),
            self._known,
            (self._children, len(self._anchors)),
            _LIMITS,
            self._store,
            self._cells,
            self._content,
        )
        if not is_known:
            cells.must_agree()
        places = self._plan.everywhere(lambda: self._laid_out(rows, columns, used))
        told: dict[int, tuple[str, str]] = {}
        found = self._gathered(rows, found, told)
        if found < 0:
            return None
        if not found and not places:
            return {}
        everywhere = np.array(sorted(places), np.int64) if places else _NOWHERE
        return self._asked(rows, self._candidates(rows, everywhere), told, cells)

    def _begin(self, shape: Shape) -> None:
        """Batches have other columns from now on."""
        self._schema = shape
        self._children = np.array([shape.names.get(name, -1) for name in self._slots], np.int64)
        values = [value.encode() for _, _, value in shape.known]
        known = np.zeros((len(values), 3), np.int64)
        for which, (position, _, _) in enumerate(shape.known):
            known[which] = position, sum(map(len, values[:which])), len(values[which])
        self._known = known, np.frombuffer(b"".join(values) or b"\0", np.uint8)

    def _laid_out(self, rows: int, columns: int, used: int) -> memoryview:
        if used > len(self._content):
            self._content = np.zeros(2 * used, np.uint8)
            self._kernels.laid_out(self._array, rows, columns, self._content)
        return self._content.data[:used]

    def _gathered(self, rows: int, found: int, told: dict[int, tuple[str, str]]) -> int:
        """How many texts of columns with anchors name rules, or -1 where one is too long; new ones are learned."""
        while found == codes.FULL:
            self._enlarge()
            found = self._kernels.gather(
                self._array, rows, self._children, len(self._anchors), *_LIMITS, self._store, self._cells
            )
        if found == codes.LONG:
            return -1
        return found + self._learn(told) if self._counts[codes.TEXTS] > self._learned else found

    def _learn(self, told: dict[int, tuple[str, str]]) -> int:
        """Seek the anchors in texts that are new; gives how many have some."""
        fresh: defaultdict[int, list[int]] = defaultdict(list)
        texts: defaultdict[int, list[Text]] = defaultdict(list)
        count = int(self._counts[codes.TEXTS])
        known = self._texts[self._learned : count, codes.SLOT : codes.SIZE + 1].tolist()
        first = known[0][1]
        together = self._arena[first : int(self._counts[codes.BYTES])].tobytes()
        for number, (slot, begin, size) in enumerate(known, self._learned):
            if slot < len(self._anchors):
                text = Text(together[begin - first : begin - first + size].decode())
                told[number] = text.plain, text.folded
                fresh[slot].append(number)
                texts[slot].append(text)
        self._learned = count
        found = 0
        for slot, numbers in fresh.items():
            anchors = self._anchors[slot]
            named: defaultdict[int, set[int]] = defaultdict(set)
            for test, code in self._seekers[slot].seek_few(texts[slot]):
                named[code].update(anchors[test])
            for code, places in named.items():
                self._texts[numbers[code], codes.PLACES] = self._listed(places)
            found += len(named)
        return found

    def _listed(self, places: set[int]) -> int:
        begin = self._pooled
        self._pooled += 1 + len(places)
        if self._pooled > len(self._pool):
            self._pool = np.concatenate([self._pool, np.zeros(self._pooled, np.int32)])
            self._spend()
        self._pool[begin] = len(places)
        self._pool[begin + 1 : self._pooled] = list(places)
        return begin

    def _plain(self, number: int) -> str:
        begin, size = self._texts[number, codes.BEGIN : codes.SIZE + 1].tolist()
        return self._arena[begin : begin + size].tobytes().decode()

    def _candidates(self, rows: int, everywhere: NDArray[np.int64]) -> int:
        while True:
            count: int = self._kernels.candidates(
                rows, len(self._anchors), self._cells, self._texts, self._pool, everywhere, self._seen, self._found
            )
            if count <= len(self._found):
                return count
            self._has_room_for(2 * count)

    def _has_room_for(self, candidates: int) -> None:
        self._found = np.zeros((candidates, 2), np.int64)
        self._at = np.zeros(candidates, np.int64)
        self._wanted = np.zeros((candidates, 5), np.int64)

    def _asked(
        self, rows: int, count: int, told: dict[int, tuple[str, str]], cells: Batch
    ) -> dict[int, list[int]] | None:
        self._at[:count] = codes.NEW
        while True:
            wants = self._kernels.ask(
                self._array,
                (rows, count, self._children, self._cells),
                _LIMITS,
                self._store,
                (self._keys, self._values),
                (self._questions.code, self._questions.starts),
                (self._found, self._at),
                self._wanted,
            )
            if not wants:
                break
            if not self._given(self._wanted[:wants].tolist(), told, cells):
                return None
            self._add_slots(rows)
        hits: dict[int, list[int]] = {}
        for place, row in self._found[:count][self._at[:count] == codes.YES].tolist():
            hits.setdefault(place, []).append(row)
        return hits

    def _given(self, wanted: list[list[int]], told: dict[int, tuple[str, str]], cells: Batch) -> bool:
        """Do what candidates wait for; False where a text is too long."""
        full = False
        for candidate, why, number, leaf, at in wanted:
            if why == codes.ANSWER:
                texts = told.get(number)
                if texts is None:
                    plain = self._plain(number)
                    texts = told[number] = plain, fold(plain)
                self._values[at] = self._questions.leaves[leaf](*texts)
            elif why == codes.QUESTIONS:
                self._questions.ask_of(int(self._found[candidate, 0]))
            elif why == codes.OTHER:
                question = self._questions.code[self._at[candidate]]
                held = self._questions.odd[question[codes.LEAF]](cells, int(self._found[candidate, 1]))
                self._at[candidate] = question[codes.IF_YES if held else codes.IF_NO]
            elif number == codes.LONG:
                return False
            else:
                full = True
        if full:
            self._enlarge()
        return True

    def _add_slots(self, rows: int) -> None:
        """Rules may ask of fields that none asked of before."""
        before = len(self._children)
        if len(self._slots) == before or self._schema is None:
            return
        self._children = np.array([self._schema.names.get(name, -1) for name in self._slots], np.int64)
        cells = np.full(2 * len(self._children) * rows, codes.UNSEEN, np.int32)
        cells[: before * rows] = self._cells[: before * rows]
        self._cells = cells

    def _enlarge(self) -> None:
        """Make twice the room for what has too little."""
        texts, used, answers = self._counts.tolist()
        if 2 * texts >= len(self._texts):
            self._texts = np.concatenate([self._texts, np.zeros_like(self._texts)])
            self._table = np.full(2 * len(self._table), -1, np.int32)
            self._kernels.numbered_again(self._table, self._texts, texts)
        if used + LONGEST_BYTES > len(self._arena):
            self._arena = np.concatenate([self._arena, np.zeros(len(self._arena) + LONGEST_BYTES, np.uint8)])
        if 3 * answers >= len(self._keys):
            keys, values = np.full(4 * len(self._keys), -1, np.int64), np.zeros(4 * len(self._keys), np.int8)
            self._kernels.kept_again(self._keys, self._values, keys, values)
            self._keys, self._values = keys, values
        self._bundle()

    def _bundle(self) -> None:
        self._store = self._table, self._texts, self._arena, self._counts
        self._spend()

    def _spend(self) -> None:
        """Tell the budget how much more is kept than before."""
        kept = (self._table, self._texts, self._arena, self._pool, self._keys, self._values)
        size = sum(each.nbytes for each in kept)
        self._budget.spent += max(0, size - self._size)
        self._size = size


def numbers_for(plan: Plan, memory: Memory, budget: Budget) -> Numbers | None:
    """The texts by number, once compiled loops are worth loading; None where they are of no use."""
    if budget.rows <= WORTH_LOADING or not plan.rules or any(name in DERIVED for name in memory.anchors):
        return None
    return Numbers(plan, memory, budget)


class _Questions:
    """What rules ask, as a list of questions each of which says which one comes next; made rule by rule."""

    def __init__(self, plan: Plan, slots: dict[str, int]) -> None:
        self._plan = plan
        self._slots = slots
        self._count = 0
        self._numbers: dict[tuple[str, tuple[object, ...]], int] = {}
        self.code = np.zeros((1 << 6, 5), np.int64)
        self.starts = np.full(len(plan.rules), codes.NEW, np.int64)
        self.leaves: list[Callable[[str, str], bool]] = []
        self.odd: list[Ask] = []

    def ask_of(self, place: int) -> None:
        """Make the questions of the rule at a place, unless they are there."""
        if self.starts[place] == codes.NEW:
            step = self._plan.step(place)
            self.starts[place] = codes.YES if step is None else self._put(step, codes.YES, codes.NO)

    def _put(self, step: Step, yes: int, no: int) -> int:
        """The number of the first question of a step, after which it goes on at ``yes`` or ``no``."""
        match step:
            case Inverse(part):
                return self._put(part, no, yes)
            case Branch(every=every, parts=parts):
                first = yes if every else no
                for part in reversed(parts):
                    first = self._put(part, first, no) if every else self._put(part, yes, first)
                return first
            case Leaf():
                return self._add(*self._question(step), yes, no)

    def _question(self, leaf: Leaf) -> tuple[int, int, int]:
        """Kind, slot and number of a leaf."""
        name = leaf.field
        if name is None or leaf.kind is Kind.SAME_AS or name in DERIVED or name in self._plan.constants:
            self.odd.append(row_asker(leaf))
            return codes.ODD, 0, len(self.odd) - 1
        slot = self._slots.setdefault(name, len(self._slots))
        if leaf.kind is Kind.ABSENT:
            return codes.MISSING, slot, 0
        if leaf.kind is Kind.EXISTS:
            return codes.THERE, slot, 0
        number = self._numbers.setdefault((name, leaf.tests), len(self._numbers))
        if number == len(self.leaves):
            self.leaves.append(any_of(leaf.tests))
        return codes.TEST, slot, number

    def _add(self, *question: int) -> int:
        number = self._count
        self._count += 1
        if self._count > len(self.code):
            self.code = np.concatenate([self.code, np.zeros_like(self.code)])
        self.code[number] = question
        return number


_known_release: dict[int, Callable[[int], None]] = {}


def _released(struct: Any, address: int) -> None:
    """Give back what was handed over, as the interface asks for."""
    at = ctypes.c_void_p.from_buffer(struct, _RELEASE).value or 0
    release = _known_release.get(at)
    if release is None:
        release = _known_release[at] = _release_type(at)
    release(address)
