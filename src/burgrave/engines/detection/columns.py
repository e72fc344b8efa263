"""One batch's fields, each as its distinct texts and a code per row: every question is asked once per distinct text."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import ref

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from burgrave.engines.detection.errors import ForeignRows, UnreadableBatch
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.texts import ABSENT, Text
from burgrave.engines.detection.views import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from burgrave.engines.detection.views import Derivation

_TEXT = pa.string()
_TYPE_ID = attrgetter("id")
_DICTIONARY = pa.dictionary(pa.int32(), pa.string()).id
_HIGH_BIT = 0x80
_FEW = 8  # texts that are fetched one by one sooner than together
_MANY_SPANS = 64
_MUCH = 1 << 12
_MOST_UNUSED = 2  # times as many texts in a dictionary as rows
_SPARSE = 32  # times as many numbers as there are of them; then sorting them costs less than marking
_NONE_MADE = np.zeros(0, bool)
_Key = TypeVar("_Key")
_Made = TypeVar("_Made")
_Made_co = TypeVar("_Made_co", covariant=True)


class Column:
    """Distinct texts (``values``, without null) and, per row, the 0-based code of its text; ``absent`` is no text.

    A text may stand in ``values`` more than once.
    """

    __slots__ = ("_folded", "_is_made", "_plain", "_texts", "codes", "values")

    def __init__(self, values: Any, codes: NDArray[np.int64]) -> None:
        self.values = values
        self.codes = codes
        self._folded: Any = None
        self._texts: dict[int, Text] = {}
        self._plain: NDArray[np.object_] | None = None
        self._is_made: NDArray[np.bool_] = _NONE_MADE

    @property
    def absent(self) -> int:
        return len(self.values)

    @property
    def folded(self) -> Any:
        """The distinct texts in folded case, in the order of ``values``."""
        if self._folded is None:
            self._folded = folded_array(self.values)
        return self._folded

    def __getitem__(self, row: int) -> Text:
        """The text in a row, or ABSENT."""
        code = int(self.codes[row])
        return ABSENT if code == self.absent else self.text(code)

    def text(self, code: int) -> Text:
        """A distinct text, with what is known of it."""
        found = self._texts.get(code)
        if found is None:
            found = self._texts[code] = Text(self.values[code].as_py())
        return found

    def texts(self, codes: NDArray[np.int64]) -> tuple[list[str], list[str]]:
        """Distinct texts as they stand, and folded."""
        if len(codes) <= _FEW:
            few = [self.text(code) for code in codes.tolist()]
            return [text.plain for text in few], [text.folded for text in few]
        chosen = pa.array(codes)
        return self.values.take(chosen).to_pylist(), self.folded.take(chosen).to_pylist()

    def plain(self, codes: NDArray[np.int64]) -> NDArray[np.object_]:
        """The texts of codes as they stand, None for ``absent``; each text is made once."""
        if len(codes) <= _FEW:
            few = [None if code == self.absent else self.text(code).plain for code in codes.tolist()]
            return np.array([*few, None], object)[:-1]  # NumPy makes other things of texts alone
        if self._plain is None:
            self._plain = np.full(self.absent + 1, None, object)
            self._is_made = np.zeros(self.absent + 1, bool)
            self._is_made[self.absent] = True
        missing = codes[~self._is_made[codes]]
        if len(missing):
            missing = distinct([missing], self.absent)
            self._plain[missing] = self.values.take(pa.array(missing)).to_numpy(zero_copy_only=False)
            self._is_made[missing] = True
        chosen: NDArray[np.object_] = self._plain[codes]
        return chosen

    def rows_of(self, held: Mapping[_Key, NDArray[np.int64]]) -> Iterator[tuple[_Key, NDArray[np.int64]]]:
        """For each key the rows that hold one of its codes, in no particular order."""
        wanted = np.zeros(self.absent + 1, bool)
        for codes in held.values():
            wanted[codes] = True
        rows = np.flatnonzero(wanted[self.codes])
        ordered = self.codes[rows]
        order = np.argsort(ordered, kind="stable")
        rows, ordered = rows[order], ordered[order]
        for key, codes in held.items():
            if len(codes) > _MANY_SPANS:
                wanted[:] = False
                wanted[codes] = True
                yield key, rows[wanted[ordered]]
                continue
            starts = np.searchsorted(ordered, codes, "left").tolist()
            stops = np.searchsorted(ordered, codes, "right").tolist()
            spans = [rows[start:stop] for start, stop in zip(starts, stops, strict=True)]
            yield key, spans[0] if len(spans) == 1 else np.concatenate(spans)


class Maker(Protocol[_Made_co]):
    """Whoever has a batch, and makes its columns."""

    def make(self, name: str) -> _Made_co:
        """The column of the name."""


class Made(dict[str, _Made]):
    """Columns by name, each made when it is first asked for, as long as its maker is there.

    The maker is not held: a circle of the two would hold the batch until Python looks for circles, which is rare.
    """

    def __init__(self, maker: Maker[_Made]) -> None:
        super().__init__()
        self._maker = ref(maker)

    def __missing__(self, name: str) -> _Made:
        maker = self._maker()
        if maker is None:
            raise KeyError(name)
        found = self[name] = maker.make(name)
        return found


class Fields:
    """The columns of one batch by the name under which plans ask for them: real, derived or the same for all rows."""

    def __init__(self, table: Any, constants: Mapping[str, str]) -> None:
        self.table = table
        self.rows: int = table.num_rows
        self.answers = 0
        self.columns: Made[Column] = Made(self)
        self._names = {name: position for position, name in enumerate(table.column_names)}
        self._constants = constants
        self._searchable: Sequence[str] | None = None
        for name, value in constants.items():
            if name in self._names:
                must_agree(table.column(name), name, value)

    def column(self, name: str) -> Column:
        return self.columns[name]

    def searchable(self) -> Sequence[str]:
        if self._searchable is None:
            self._searchable = searchable(self._names, self._constants)
        return self._searchable

    def make(self, name: str) -> Column:
        """The column of a name; of one that is nowhere all rows are absent."""
        if name in self._constants:
            return Column(pa.array([self._constants[name]], pa.string()), np.zeros(self.rows, np.int64))
        if name in DERIVED:
            return self._derive(DERIVED[name])
        if name not in self._names:
            return Column(pa.array([], pa.string()), np.zeros(self.rows, np.int64))
        return encode(self.table.column(self._names[name]), name)

    def _derive(self, derivation: Derivation) -> Column:
        sources = [self.column(name) for name in derivation.columns]
        known: dict[tuple[int, ...], str | None] = {}
        texts: list[str | None] = []
        for codes in zip(*(source.codes.tolist() for source in sources), strict=True):
            if codes not in known:
                known[codes] = derivation.compute(
                    *(
                        None if code == source.absent else source.text(code).plain
                        for source, code in zip(sources, codes, strict=True)
                    )
                )
            texts.append(known[codes])
        return encode(pa.chunked_array([pa.array(texts, pa.string())]), "derived")


def distinct(parts: Sequence[NDArray[np.int64]], below: int) -> NDArray[np.int64]:
    """Numbers below a bound, ascending, each once."""
    count = sum(map(len, parts))
    if count == 1 or _SPARSE * count < below:
        ordered = np.sort(np.concatenate(parts))
        is_new = np.ones(len(ordered), bool)
        np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
        return ordered[is_new]
    marked = np.zeros(below, bool)
    for each in parts:
        marked[each] = True
    return np.flatnonzero(marked)


def searchable(names: Iterable[str], constants: Iterable[str]) -> Sequence[str]:
    """The names of all fields that a keyword looks into, sorted; names with a leading ``_`` are not the event's."""
    return sorted(name for name in {*names, *constants} if not name.startswith("_"))


def must_agree(column: Any, name: str, value: str) -> None:
    """Raise ForeignRows where a column, of which all rows are said to have one value, has another."""
    if column.type == _TEXT and all(chunk.equals(_all(value, len(chunk))) for chunk in _chunks(column)):
        return
    others = [text for text in encode(column, name).values.to_pylist() if text != value]
    if others:
        raise ForeignRows(
            f"the batch is said to have {name} {value!r} and holds a row with {others[0]!r}; "
            "group events by channel, event id and provider before matching"
        )


def _chunks(column: Any) -> Sequence[Any]:
    chunks: Sequence[Any] = column.chunks if isinstance(column, pa.ChunkedArray) else (column,)
    return chunks


@lru_cache(maxsize=256)
def _much(value: str, power: int) -> Any:
    return pa.array([value] * (1 << power), _TEXT)


def _all(value: str, count: int) -> Any:
    return pa.repeat(pa.scalar(value, _TEXT), count) if count > _MUCH else repeated(value, count)


@lru_cache(maxsize=4096)
def repeated(value: str, count: int) -> Any:
    """An Arrow array of the same text so many times."""
    return _much(value, count.bit_length()).slice(0, count)


def has_dictionaries(table: Any) -> bool:
    """Whether the bytes of a batch's rows leave out texts of its columns."""
    return _DICTIONARY in set(map(_TYPE_ID, table.schema.types))


def without_dictionaries(table: Any) -> Any:
    """The same table with every text where its row is."""
    columns = (
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    )
    return pa.Table.from_arrays(list(columns), names=table.column_names)


def encode(column: Any, name: str) -> Column:
    """An Arrow column of texts as distinct texts and codes. Raises UnreadableBatch for other types."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    kind = array.type
    if pa.types.is_null(kind):
        return Column(pa.array([], pa.string()), np.zeros(len(array), np.int64))
    if pa.types.is_dictionary(kind):
        ready = _as_it_is(array)
        if ready is not None:
            return ready
        array, kind = array.cast(kind.value_type), kind.value_type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise UnreadableBatch(f"column {name} holds {kind}; event tables hold text")
    if not pa.types.is_string(kind):
        array = array.cast(pa.string())
    encoded = array.dictionary_encode()
    return Column(encoded.dictionary, _codes(encoded.indices, len(encoded.dictionary)))


def _as_it_is(array: Any) -> Column | None:
    """A dictionary's own texts and codes, unless it has texts that are null or far more texts than rows."""
    values = array.dictionary
    if not pa.types.is_string(values.type) or values.null_count or len(values) > _MOST_UNUSED * len(array):
        return None
    return Column(values, _codes(array.indices, len(values)))


def _codes(indices: Any, absent: int) -> NDArray[np.int64]:
    numbers = indices.cast(pa.int64())
    if numbers.null_count:
        numbers = numbers.fill_null(absent)
    result: NDArray[np.int64] = numbers.to_numpy(zero_copy_only=False)
    return result


def folded_array(values: Any) -> Any:
    """The texts of an Arrow array without nulls, folded; only those beyond ASCII are touched one by one."""
    lowered = pc.ascii_lower(values)
    offsets, data = buffers(values)
    high = np.flatnonzero(data[offsets[0] : offsets[-1]] >= _HIGH_BIT) + offsets[0]
    if not len(high):
        return lowered
    rows = np.unique(np.searchsorted(offsets, high, side="right") - 1)
    mask = np.zeros(len(values), bool)
    mask[rows] = True
    replaced = pa.array([fold(text) for text in values.take(pa.array(rows)).to_pylist()], pa.string())
    return pc.replace_with_mask(lowered, pa.array(mask), replaced)


def buffers(values: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text of a string array starts (and the last ends) in its bytes, and those bytes."""
    _, offsets, data = values.buffers()
    if not len(values):
        return np.zeros(1, np.int64), np.empty(0, np.uint8)
    starts = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.empty(0, np.uint8)
    return starts, content
