"""Pages of JSON lines become columns: a parser is asked about one line of each structure, the others are like it.

What is alike was found out by `cutting`. Lines that are like few others, and those of which a value steers what
becomes of them, are left to be read by themselves; so are all of a structure of which a list or a fraction turns out to
be none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from burgrave.engines.events import tokens
from burgrave.engines.events.cutting import Page, Places, kernels, words_of
from burgrave.engines.events.flatten import EXACT_INTEGERS_END, is_plain_list, joined, text_of
from burgrave.engines.events.shelf import SHELF
from burgrave.engines.events.skeletons import Kind, Layout, Leaf, Structure
from burgrave.engines.events.terms import JSON

FEWEST: Final = 8
"""Fewer lines of one kind are sooner read one by one."""

WORTH_A_DICTIONARY: Final = 2_000
"""Of fewer rows texts are handed on one by one: they are numbered when they are matched."""
_TEXT: Final = pa.string()
_CODES: Final = pa.int32()
_SLACK: Final = 8  # bytes that a kernel may write behind the last
_PARSED: Final = frozenset({tokens.FRACTION, tokens.LIST})
_AS_WRITTEN: Final = r"^-?(0\.0{0,3}[1-9](\d{0,9}[1-9])?|[1-9]\d{0,9}\.\d{0,4}[1-9]|[1-3]\d{9}\.\d{0,5}[1-9])$"
"""Fractions that are written as Python would: none that is shorter is nearer to the same number."""

Ask: TypeAlias = Callable[[bytes], tuple[Structure, list[JSON]] | None]
"""Gives the structure and the leaves of a line; None for one that is to be read by itself."""

Tell: TypeAlias = Callable[[int, int], tuple[Structure, list[int]] | None]
"""Gives the structure of a group, of which the first line is named too, and the kinds of its leaves."""


class Alike(NamedTuple):
    """Lines laid out in one way, by their numbers in the page, and the column of each leaf of theirs."""

    layout: Layout
    lines: Places
    columns: Mapping[int, Any]


class _Unfit(Exception):
    """A value among those of a group cannot be read."""


class _Desk:
    """Memory for the columns of a page, in a few large pieces."""

    def __init__(self, page: Page) -> None:
        self._texts = SHELF.array(len(page.data) + _SLACK * len(page.lines), np.uint8)
        self._numbers = SHELF.array(3 * len(page.values), np.int32)
        self._at = self._numbered = 0
        self._room: tuple[Any, Any] = (np.empty(0, np.int32), np.empty(0, np.int64))

    def texts(self, size: int) -> Any:
        """So many bytes, which are kept by those who use them."""
        begin, self._at = self._at, self._at + size
        return self._texts[begin : self._at] if self._at <= len(self._texts) else np.empty(size, np.uint8)

    def numbers(self, rows: int, columns: int) -> Any:
        """So many numbers of 32 bits, which are kept by those who use them."""
        begin, self._numbered = self._numbered, self._numbered + rows * columns
        found = self._numbers[begin : self._numbered]
        return (found if len(found) == rows * columns else np.empty(rows * columns, np.int32)).reshape(rows, columns)

    def room(self, rows: int, columns: int) -> tuple[Any, Any]:
        """What `lay` works in; it is used again."""
        size = kernels().room_for(rows) * columns
        if size > len(self._room[0]):
            self._room = SHELF.array(size, np.int32), SHELF.array(size, np.int64)
        return self._room


@dataclass(slots=True)
class _Group:
    """Lines of the same keys and types; ``kinds`` are those of their values, which are their leaves."""

    desk: _Desk
    page: Page
    lines: Places
    structure: Structure
    kinds: list[int]

    def columns(self, rows: Places | slice = slice(None)) -> tuple[dict[int, Any], Any]:
        """The column of every leaf, and in which rows is a list or a fraction that steers. Raises _Unfit."""
        count = len(self.lines[rows])
        columns = self._laid([leaf for leaf, kind in enumerate(self.kinds) if kind != tokens.NULL], rows)
        lost = np.zeros(count, bool)
        for leaf, kind in enumerate(self.kinds):
            if kind == tokens.NULL:
                columns[leaf] = pa.nulls(count, _TEXT)
            elif kind in _PARSED:
                columns[leaf], among = _parsed(columns[leaf])
                lost |= among
        return columns, lost

    def by_kind(self, columns: Mapping[int, Any]) -> Iterator[tuple[Kind, tuple[int, ...], Places]]:
        """The kinds that there are, with the watched leaves that are empty in all of its rows, and these."""
        empty, codes = self._empty()
        values: list[list[Leaf]] = []
        for leaf in self.structure.asked_at:
            if leaf < 0 or self.kinds[leaf] == tokens.NULL:
                values.append([None])
                continue
            found = columns[leaf].dictionary.to_pylist()
            values.append(found if self.structure.types[leaf] is str else list(map(orjson.loads, found)))
            if len(found) > 1:
                codes = codes * len(found) + columns[leaf].indices.to_numpy()
        for code, rows in _by_value(codes):
            rest, leaves = code, []
            for found in reversed(values):
                rest, place = divmod(rest, len(found))
                leaves.append(found[place])
            channel, event_id, provider, *writer = reversed(leaves)
            yield Kind(channel, event_id, provider, tuple(writer)), empty[rest], rows

    def _empty(self) -> tuple[list[tuple[int, ...]], Any]:
        """Which of the watched leaves are empty texts: the combinations that there are, and that of each row."""
        watched = [leaf for leaf in self.structure.watched if self.kinds[leaf] == tokens.TEXT]
        values = self.page.values[self.page.first[self.lines][:, None] + np.array(watched, np.int64)]
        empty = (values & (tokens.LENGTH << tokens.LENGTH_BIT)) == 0
        if not empty.any():
            return [()], np.zeros(len(self.lines), np.int64)
        bits = empty @ (1 << np.arange(len(watched)))
        found, which = np.unique(bits, return_inverse=True)
        return [
            tuple(leaf for place, leaf in enumerate(watched) if each >> place & 1) for each in found.tolist()
        ], which

    def _laid(self, wanted: list[int], rows: Places | slice) -> dict[int, Any]:
        """Columns of texts, those of the kind and those to be parsed with a dictionary."""
        lines = self.lines[rows]
        count, many = len(lines), len(wanted)
        size = int((self.page.stops[lines] - self.page.starts[lines]).sum()) + _SLACK * (many + 1)
        laid = self.desk.texts(size)
        offsets, codes = self.desk.numbers(many, count + 1), self.desk.numbers(many, count)
        told = np.empty((many, 4), np.int64)
        always = np.array([leaf in self.structure.asked_at or self.kinds[leaf] in _PARSED for leaf in wanted], bool)
        page, out = (self.page.data, self.page.words), (laid, words_of(laid))
        places, first = np.array(wanted, np.int64), self.page.first[lines]
        room = self.desk.room(count, many)
        kernels().lay(
            page, self.page.values, first, places, always, WORTH_A_DICTIONARY, room, out, offsets, codes, told
        )
        columns = {}
        content, edges, numbers = pa.py_buffer(laid), pa.py_buffer(offsets), pa.py_buffer(codes)
        for column, (leaf, (begin, end, distinct, how)) in enumerate(zip(wanted, told.tolist(), strict=True)):
            offset = edges.slice(column * 4 * (count + 1), 4 * (distinct + 1))
            texts = pa.Array.from_buffers(_TEXT, distinct, [None, offset, content.slice(begin, end - begin)])
            if how == tokens.ENCODED:
                indices = pa.Array.from_buffers(_CODES, count, [None, numbers.slice(column * 4 * count, 4 * count)])
                texts = pa.DictionaryArray.from_arrays(indices, texts, safe=False)
            columns[leaf] = texts
        return columns


def alike_in(page: Page, ask: Ask) -> Iterator[Alike]:
    """The lines of the page that become columns; of each group one line is asked about."""

    def tell(number: int, line: int) -> tuple[Structure, list[int]] | None:
        found, kinds = ask(page.line(line)), page.kinds(number)
        return None if found is None or len(found[1]) != len(kinds) else (found[0], kinds)

    return alike_among(page, tell)


def alike_among(page: Page, tell: Tell) -> Iterator[Alike]:
    """The lines of the page that become columns, where the structure of each group can be told."""
    if not page.groups:
        return
    desk = _Desk(page)
    for number, lines in page.alike():
        if len(lines) < FEWEST:
            continue
        found = tell(number, int(lines[0]))
        if found is None:
            continue
        try:
            yield from _laid_out(_Group(desk, page, lines, *found))
        except _Unfit:
            continue


def _laid_out(group: _Group) -> Iterator[Alike]:
    columns, lost = group.columns()
    by_layout: dict[int, tuple[Layout, list[Places]]] = {}
    for kind, empty, rows in group.by_kind(columns):
        layout = group.structure.layout(kind, empty)
        if layout is not None:
            by_layout.setdefault(id(layout), (layout, []))[1].append(rows[~lost[rows]])
    for layout, parts in by_layout.values():
        fit = parts[0] if len(parts) == 1 else np.sort(np.concatenate(parts))
        if len(fit) < FEWEST:
            continue
        whole = len(fit) == len(group.lines)
        yield Alike(layout, group.lines[fit], columns if whole else group.columns(fit)[0])


def _parsed(column: Any) -> tuple[Any, Any]:
    """A column of lists or fractions as texts, and in which rows is one that steers. Raises _Unfit."""
    written = column.dictionary
    exact = pc.match_substring_regex(written, _AS_WRITTEN)
    if pc.all(exact).as_py():
        return column, np.zeros(len(column), bool)
    texts: list[str | None] = []
    steers: list[bool] = []
    for text, is_exact in zip(written.to_pylist(), exact.to_pylist(), strict=True):
        found, odd = (text, False) if is_exact else _read(text)
        texts.append(found)
        steers.append(odd)
    return pa.array(texts, _TEXT).take(column.indices), np.array(steers, bool)[column.indices.to_numpy()]


def _read(written: str) -> tuple[str | None, bool]:
    """The text of a list or a fraction, and whether it steers."""
    try:
        value = orjson.loads(written)
    except orjson.JSONDecodeError as failure:
        raise _Unfit from failure
    if isinstance(value, list):
        return (joined(value), False) if is_plain_list(value) else (None, True)
    odd = not -EXACT_INTEGERS_END < value < EXACT_INTEGERS_END
    return None if odd else text_of(value), odd


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
