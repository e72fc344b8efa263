"""Pages of JSON lines become columns: a parser is asked about one line of each structure, the others are like it.

What is alike was found out by `cutting`. Lines that are like few others, and those of which a value steers what
becomes of them, are left to be read by themselves; so are all of a structure of which a list or a fraction turns out to
be none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import orjson
import pyarrow as pa

from burgrave.engines.events import tokens
from burgrave.engines.events.cutting import Page, Places, bytes_and_words, kernels
from burgrave.engines.events.flatten import EXACT_INTEGERS_END, PLAIN_TYPES, joined, text_of
from burgrave.engines.events.skeletons import Kind, Layout, Leaf, Structure
from burgrave.engines.events.terms import JSON

FEWEST: Final = 8
"""Fewer lines of one kind are sooner read one by one."""

_WORTH_A_DICTIONARY: Final = 500  # rows
_TEXT: Final = pa.string()
_CODES: Final = pa.int32()
_SLACK: Final = 8  # bytes that a kernel may write behind the last

Ask: TypeAlias = Callable[[bytes], tuple[Structure, list[JSON]] | None]
"""Gives the structure and the leaves of a line; None for one that is to be read by itself."""


class Alike(NamedTuple):
    """Lines laid out in one way, by their numbers in the page, and the column of each leaf of theirs."""

    layout: Layout
    lines: Places
    columns: Mapping[int, Any]


class _Unfit(Exception):
    """A value among those of a group cannot be read."""


@dataclass(slots=True)
class _Group:
    """Lines of the same keys and types; ``kinds`` are those of their values, which are their leaves."""

    page: Page
    lines: Places
    structure: Structure
    kinds: list[int]
    parsed: dict[int, Any] = field(default_factory=dict)

    def lost(self) -> Places:
        """The rows with a list or a fraction that steers what becomes of them. Raises _Unfit."""
        lost = np.zeros(len(self.lines), bool)
        for leaf, kind in enumerate(self.kinds):
            if kind in {tokens.FRACTION, tokens.LIST}:
                self.parsed[leaf], among = self._parsed(leaf, slice(None))
                lost |= among
        return np.flatnonzero(lost)

    def _empty(self) -> tuple[list[tuple[int, ...]], Any]:
        """Which of the watched leaves are empty texts: the combinations that there are, and that of each row."""
        at = self.page.first[self.lines]
        bits = np.zeros(len(at), np.int64)
        watched = [leaf for leaf in self.structure.watched if self.kinds[leaf] == tokens.TEXT]
        for place, leaf in enumerate(watched):
            lengths = (self.page.values[at + leaf] >> tokens.LENGTH_BIT) & tokens.LENGTH
            bits |= (lengths == 0).astype(np.int64) << place
        if not bits.any():
            return [()], bits
        found, which = np.unique(bits, return_inverse=True)
        return [
            tuple(leaf for place, leaf in enumerate(watched) if each >> place & 1) for each in found.tolist()
        ], which

    def _parsed(self, leaf: int, rows: Places | slice) -> tuple[Any, Any]:
        """A column of lists or fractions, and in which rows is one that steers. Raises _Unfit."""
        column = self._laid([leaf], rows, always=True)[leaf]
        texts: list[str | None] = []
        steers: list[bool] = []
        for written in column.dictionary.to_pylist():
            try:
                value = orjson.loads(written)
            except orjson.JSONDecodeError as failure:
                raise _Unfit from failure
            if isinstance(value, list):
                odd = not value or not PLAIN_TYPES.issuperset(map(type, value))
                text = None if odd else joined(value)
            else:
                odd = not -EXACT_INTEGERS_END < value < EXACT_INTEGERS_END
                text = None if odd else text_of(value)
            texts.append(text)
            steers.append(odd)
        codes = column.indices.to_numpy()
        return pa.array(texts, _TEXT).take(column.indices), np.array(steers, bool)[codes]

    def by_kind(self) -> list[tuple[Kind, tuple[int, ...], Places]]:
        """The kinds that there are, with the watched leaves that are empty in all of its rows, and these."""
        empty, codes = self._empty()
        values: list[list[Leaf]] = []
        for leaf in self.structure.kind_at:
            if leaf < 0:
                values.append([None])
                continue
            found, which = self._leaves(leaf)
            values.append(found)
            codes = codes * len(found) + which
        kinds: list[tuple[Kind, tuple[int, ...], Places]] = []
        for code, rows in _by_value(codes):
            rest, leaves = code, []
            for found in reversed(values):
                rest, place = divmod(rest, len(found))
                leaves.append(found[place])
            kinds.append((Kind(*reversed(leaves)), empty[rest], rows))
        return kinds

    def _leaves(self, leaf: int) -> tuple[list[Leaf], Any]:
        """The values that the lines have in a leaf, and which of them each has."""
        column = self._laid([leaf], slice(None), always=True)[leaf]
        values = column.dictionary.to_pylist()
        if self.structure.types[leaf] is not str:
            values = list(map(orjson.loads, values))
        return values, column.indices.to_numpy()

    def columns(self, rows: Places | slice) -> dict[int, Any]:
        """The column of every leaf."""
        count = len(self.lines[rows])
        wanted = [leaf for leaf, kind in enumerate(self.kinds) if kind != tokens.NULL and leaf not in self.parsed]
        columns = self._laid(wanted, rows)
        for leaf, kind in enumerate(self.kinds):
            if kind == tokens.NULL:
                columns[leaf] = pa.nulls(count, _TEXT)
            elif leaf in self.parsed:
                columns[leaf] = self.parsed[leaf] if isinstance(rows, slice) else self.parsed[leaf].take(pa.array(rows))
        return columns

    def _laid(self, wanted: list[int], rows: Places | slice, *, always: bool = False) -> dict[int, Any]:
        """Columns of texts; ``always`` with a dictionary."""
        lines = self.lines[rows]
        count, many = len(lines), len(wanted)
        size = int((self.page.stops[lines] - self.page.starts[lines]).sum()) + _SLACK
        laid = np.empty(size, np.uint8)
        offsets = np.empty((many, count + 1), np.int32)
        codes = np.empty((many, count), np.int32)
        sizes = np.empty((many, 3), np.int64)
        page = bytes_and_words(self.page.data)[0], self.page.words
        out = bytes_and_words(laid)
        at = self.page.first[lines]
        kernels().lay(
            page,
            self.page.values,
            at,
            np.array(wanted, np.int64),
            always,
            _WORTH_A_DICTIONARY,
            out,
            offsets,
            codes,
            sizes,
        )
        columns = {}
        content, edges, places = pa.py_buffer(laid), pa.py_buffer(offsets), pa.py_buffer(codes)
        begin = 0
        for column, (leaf, (how, distinct, end)) in enumerate(zip(wanted, sizes.tolist(), strict=True)):
            texts = pa.Array.from_buffers(
                _TEXT,
                distinct,
                [None, edges.slice(column * 4 * (count + 1), 4 * (distinct + 1)), content.slice(begin, end - begin)],
            )
            if how == tokens.ENCODED:
                indices = pa.Array.from_buffers(_CODES, count, [None, places.slice(column * 4 * count, 4 * count)])
                texts = pa.DictionaryArray.from_arrays(indices, texts, safe=False)
            columns[leaf] = texts
            begin = end
        return columns


def alike_in(page: Page, ask: Ask) -> Iterator[Alike]:
    """The lines of the page that become columns."""
    for number, lines in page.alike():
        if len(lines) < FEWEST:
            continue
        found = ask(page.line(int(lines[0])))
        kinds = page.kinds(number)
        if found is None or len(found[1]) != len(kinds):
            continue
        group = _Group(page, lines, found[0], kinds)
        try:
            lost = group.lost()
        except _Unfit:
            continue
        for kind, empty, rows in group.by_kind():
            layout = group.structure.layout(kind, empty)
            fit = np.setdiff1d(rows, lost, assume_unique=True) if len(lost) else rows
            if layout is not None and len(fit) >= FEWEST:
                chosen = slice(None) if len(fit) == len(lines) else fit
                yield Alike(layout, lines[chosen], group.columns(chosen))


def _by_value(values: Any) -> Iterator[tuple[int, Places]]:
    """Each value with the places where it stands, ascending."""
    if values[0] == values[-1] and (values == values[0]).all():
        yield int(values[0]), np.arange(len(values))
        return
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for places in np.split(order, cuts):
        yield int(values[places[0]]), places
