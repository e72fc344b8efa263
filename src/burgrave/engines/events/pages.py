"""Pages of JSON lines become columns: a parser is asked about one line of each structure, the others are like it.

What `cutting` found to be alike is compared byte by byte with that one line, keys and gaps, before it is believed.
Lines that are like few others, and those of which a value steers what becomes of them, are left to be read by
themselves; so are all of a structure where one of their texts has an escape that is none, or bytes that are no UTF-8.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from burgrave.engines.events.cutting import ODD, WORD, Page, Places, words_at
from burgrave.engines.events.skeletons import Kind, Leaf, Structure
from burgrave.engines.events.terms import JSON

FEWEST: Final = 16
"""Fewer lines of one kind are sooner read one by one."""

_BACKSLASH: Final = b"\\"
_WORTH_A_DICTIONARY: Final = 2_000  # rows
_ESCAPED: Final = "\\\\"
_TEXT: Final = pa.string()

Ask: TypeAlias = Callable[[bytes], tuple[Structure, list[JSON]] | None]
"""Gives the structure and the leaves of a line; None for one that is to be read by itself."""


class Source(NamedTuple):
    """Where a leaf stands in the lines of a group: a text of theirs, or what stands in the gap behind it."""

    text: int
    in_gap: bool


class Alike(NamedTuple):
    """Lines of one kind, by their numbers in the page, and the column of each leaf of theirs."""

    structure: Structure
    kind: Kind
    lines: Places
    columns: Mapping[int, Any]


class _Unfit(Exception):
    """A text among those of a group cannot be read."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are the same but for their texts and numbers; row n of ``at`` are the places of line n's texts."""

    page: Page
    lines: Places
    at: Places
    structure: Structure
    sources: Sequence[Source]

    def lost(self) -> Places:
        """The rows in which a text is empty that must not be."""
        lost = np.zeros(len(self.lines), bool)
        for leaf in self.structure.watched:
            source = self.sources[leaf]
            if not source.in_gap:
                places = self.at[:, source.text]
                lost |= self.page.begins[places] == self.page.ends[places]
        return np.flatnonzero(lost)

    def kinds(self) -> list[tuple[Kind, Places]]:
        """The kinds that there are, and the rows of each."""
        codes = np.zeros(len(self.lines), np.int64)
        values: list[list[Leaf]] = []
        for leaf in self.structure.kind_at:
            found, which = self._leaves(leaf)
            values.append(found)
            codes = codes * len(found) + which
        kinds: list[tuple[Kind, Places]] = []
        for code, rows in _by_value(codes):
            rest, leaves = code, []
            for found in reversed(values):
                rest, place = divmod(rest, len(found))
                leaves.append(found[place])
            kinds.append((Kind(*reversed(leaves)), rows))
        return kinds

    def _leaves(self, leaf: int) -> tuple[list[Leaf], Places]:
        """The values that the lines have in a leaf, and which of them each has; None where there is no such leaf."""
        if leaf < 0:
            return [None], np.zeros(len(self.lines), np.int64)
        source = self.sources[leaf]
        places = self.at[:, source.text]
        if source.in_gap:
            there, which = np.unique(self.page.gap_of[places], return_inverse=True)
            return [orjson.loads(self.page.gaps[each].literal) for each in there.tolist()], which
        column = _encoded(self._texts(source, slice(None)))
        return column.dictionary.to_pylist(), column.indices.to_numpy().astype(np.int64)

    def columns(self, rows: Places | slice) -> dict[int, Any]:
        """The column of every leaf. Raises _Unfit."""
        return {
            leaf: self._literals(source, rows) if source.in_gap else self._texts(source, rows)
            for leaf, source in enumerate(self.sources)
        }

    def _literals(self, source: Source, rows: Places | slice) -> Any:
        there, which = np.unique(self.page.gap_of[self.at[rows, source.text]], return_inverse=True)
        texts = [self.page.gaps[each].literal for each in there.tolist()]
        values = pa.array([None if text == "null" else text for text in texts], _TEXT)
        if values.null_count or len(which) < _WORTH_A_DICTIONARY:
            return values.take(pa.array(which))
        return _dictionary(which, values)

    def _texts(self, source: Source, rows: Places | slice) -> Any:
        """The texts of a leaf as a column, with their escapes resolved."""
        raw = pc.take(self.page.texts, pa.array(2 * self.at[rows, source.text]), boundscheck=False)
        _, _, buffer = raw.buffers()
        content = b"" if buffer is None else buffer.to_pybytes()
        texts = raw.view(_TEXT) if content.isascii() else _decoded(raw)
        if content.find(_BACKSLASH) < 0:
            return texts
        if len(texts) < _WORTH_A_DICTIONARY:
            return _unescaped(texts)
        encoded = texts.dictionary_encode()
        return pa.DictionaryArray.from_arrays(encoded.indices, _unescaped(encoded.dictionary))


def groups(page: Page, ask: Ask) -> Iterator[Group]:
    """The lines that are alike."""
    for _, lines in _by_value(page.likeness):
        others = lines
        while len(others) >= FEWEST:
            alike, at, others = _like_the_first(page, others)
            if len(alike) >= FEWEST and not (page.shapes[at[0]] == ODD).any():
                found = ask(page.line(page.cut[alike[0]]))
                sources = None if found is None else _sources(page, at[0], found[1])
                if found is not None and sources is not None:
                    yield Group(page, page.cut[alike], at, found[0], sources)


def alike_in(page: Page, ask: Ask) -> Iterator[Alike]:
    """The lines of the page that become columns."""
    for group in groups(page, ask):
        try:
            kinds = group.kinds()
            lost = group.lost()
            for kind, rows in kinds:
                fit = np.setdiff1d(rows, lost, assume_unique=True) if len(lost) else rows
                if len(fit) >= FEWEST:
                    yield Alike(group.structure, kind, group.lines[fit], group.columns(fit))
        except _Unfit:
            continue


def _by_value(values: Any) -> Iterator[tuple[int, Places]]:
    """Each value with the places where it stands, ascending."""
    if not len(values):
        return
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for places in np.split(order, cuts):
        yield int(values[places[0]]), places


def _like_the_first(page: Page, lines: Places) -> tuple[Places, Places, Places]:
    """Those that have the keys and gaps of the first, the places of their texts, and the others."""
    count = page.many[lines[0]]
    fit = page.many[lines] == count
    alike, others = (lines, lines[:0]) if fit.all() else (lines[fit], lines[~fit])
    at = page.first[alike][:, None] + np.arange(count)
    same = (page.shapes[at] == page.shapes[at[0]]).all(axis=1)
    keys = np.flatnonzero(page.is_key[at[0]])
    begins = page.begins[at[:, keys]]
    lengths = page.ends[at[:, keys]] - begins
    same &= (lengths == lengths[0]).all(axis=1)
    length = lengths[0]
    for offset in range(0, int(length.max(initial=0)), WORD):
        longer = np.flatnonzero(length > offset)
        start = np.maximum(np.minimum(offset, length[longer] - WORD), 0)
        words = words_at(page.data, begins[:, longer] + start, np.minimum(length[longer], WORD))
        same &= (words == words[0]).all(axis=1)
    if same.all():
        return alike, at, others
    return alike[same], at[same], np.concatenate([others, alike[~same]])


def _sources(page: Page, one: Places, leaves: list[JSON]) -> list[Source] | None:
    """Where each leaf of a line stands; None where that is not certain."""
    sources: list[Source] = []
    keys, gaps = page.is_key[one].tolist(), page.gap_of[one].tolist()
    for text, (is_key, gap) in enumerate(zip(keys, gaps, strict=True)):
        if not is_key:
            sources.append(Source(text, in_gap=False))
        elif gap >= 0 and page.gaps[gap].literal:
            sources.append(Source(text, in_gap=True))
    if len(sources) != len(leaves):
        return None
    for source, leaf in zip(sources, leaves, strict=True):
        if isinstance(leaf, str) == source.in_gap or isinstance(leaf, list):
            return None
    return sources


def _dictionary(codes: Any, values: Any) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), values)


def _encoded(column: Any) -> Any:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _decoded(raw: Any) -> Any:
    try:
        return raw.cast(_TEXT)
    except pa.ArrowInvalid as failure:
        raise _Unfit from failure


def _unescaped(values: Any) -> Any:
    """The texts with their escapes resolved; most have no other than that of the backslash itself. Raises _Unfit."""
    slashes = pc.count_substring(values, "\\")
    pairs = pc.count_substring(values, _ESCAPED)
    others = np.flatnonzero(slashes.to_numpy() != 2 * pairs.to_numpy())
    resolved = pc.replace_substring(values, _ESCAPED, "\\")
    if not len(others):
        return resolved
    texts = values.take(pa.array(others)).to_pylist()
    try:
        loaded = orjson.loads('["' + '","'.join(texts) + '"]')
    except orjson.JSONDecodeError as failure:
        raise _Unfit from failure
    mask = np.zeros(len(values), bool)
    mask[others] = True
    return pc.replace_with_mask(resolved, pa.array(mask), pa.array(loaded, _TEXT))
