"""Pages of JSON lines cut into their texts and what stands between them: all lines at once, without an object each.

A page is some MiB of whole lines. Where its quotation marks are tells where each text begins and ends; what is between
two texts (a *gap*) says whether the text is a key, and holds the numbers, the ``true`` and ``null``. Nothing here says
that a line is JSON. But two lines with the same keys and the same gaps, save for their numbers, are JSON both or
neither, so that a parser is asked about one of them (`pages`). That holds as long as what is inside of the texts may
stand there: lines with control characters are left out here, escapes and UTF-8 are looked at where texts are read.
"""

import re
from dataclasses import dataclass
from secrets import randbits
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Places: TypeAlias = NDArray[np.int64]
Bytes: TypeAlias = NDArray[np.uint8]

FEWEST_LINES: Final = 100
"""Of fewer lines in a page none is cut: parsing them costs less."""

TEXTS_AT_MOST: Final = 2_048  # in one line
KEY_AT_MOST: Final = 128  # bytes
WORD: Final = 8  # bytes that are compared at a time
ODD: Final = 0  # the shape of a gap that makes its line one to be read by itself
_GAP_AT_MOST: Final = 64  # bytes
_SLASHES_AT_MOST: Final = 64  # one behind the other, before a quotation mark
_FIRST_SHAPE: Final = 256  # a gap of one byte has that byte as its shape
_SHAPES_AT_MOST: Final = 100_000
_NEWLINE, _RETURN, _SPACE, _QUOTE, _COLON, _SLASH, _BRACE = b'\n\r ":\\{'
_GAP: Final = re.compile(rb"(:?[,{} ]*)(?:(0|-?[1-9][0-9]{0,17})|(true|false)|(null))?([,{} \r]*)")
_WEIGHTS: Final = np.random.default_rng(randbits(128)).integers(0, 2**64, TEXTS_AT_MOST, dtype=np.uint64) | np.uint64(1)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_HALF: Final = np.uint64(32)
_INSIDE: Final = np.array([(1 << 8 * length) - 1 for length in range(WORD + 1)], np.uint64)


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap of more than a byte: its ``shape`` is the same whatever number stands in it; ``literal`` is that."""

    shape: int
    literal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Lines and their texts.

    ``starts`` and ``stops`` are those of every line in ``data``, without its newline. Of the lines that are cut,
    ``cut`` holds the numbers, ``first`` the place of each one's first text, ``many`` the number of its texts, and
    ``likeness`` a number that is the same for all lines of the same keys and shapes, and hardly ever for others.
    Of each text, ``begins`` and ``ends`` are where it stands in ``data``, and ``shapes`` tells what follows it; where
    that is more than a byte, ``gap_of`` is its place in ``gaps``. Element 2n of ``texts`` is text n.
    """

    data: bytes
    starts: Places
    stops: Places
    cut: Places
    first: Places
    many: Places
    likeness: NDArray[np.uint64]
    begins: Places
    ends: Places
    is_key: NDArray[np.bool_]
    shapes: NDArray[np.int32]
    gap_of: NDArray[np.int32]
    gaps: list[Gap]
    texts: Any

    def line(self, number: int) -> bytes:
        return self.data[self.starts[number] : self.stops[number]]


class Shapes:
    """The shapes of all gaps that were seen."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}

    def gap(self, content: bytes) -> Gap:
        found = _GAP.fullmatch(content) if len(content) <= _GAP_AT_MOST else None
        if found is None:
            return Gap(ODD)
        before, number, switch, nothing, behind = found.groups()
        if number is not None:
            kind, literal = b"0", number
        elif switch is not None:
            kind, literal = b"t", switch
        else:
            kind, literal = (b"", b"") if nothing is None else (b"n", nothing)
        shape = b"".join((before, kind, behind))
        if shape not in self._known and len(self._known) >= _SHAPES_AT_MOST:
            return Gap(ODD)
        return Gap(self._known.setdefault(shape, _FIRST_SHAPE + len(self._known)), literal.decode())


def cut_page(data: bytes, shapes: Shapes, *, longest: int) -> Page:
    """Cut whole lines into texts, save for those with more than ``longest`` bytes and others that are odd."""
    bytes_of = np.frombuffer(data, np.uint8)
    starts, stops = _lines(bytes_of)
    if len(starts) < FEWEST_LINES:
        return _uncut(data, starts, stops)
    marks, unsure = _marks(bytes_of)
    edges = np.searchsorted(marks, np.append(starts, len(data)))
    counts = np.diff(edges)
    good = (counts > 0) & (counts % 2 == 0) & (counts <= 2 * TEXTS_AT_MOST) & (stops - starts <= longest)
    good[good] = bytes_of[starts[good]] == _BRACE
    good[good] = marks[edges[:-1][good]] == starts[good] + 1
    for places in (unsure, _controls(bytes_of, stops)):
        good[np.searchsorted(starts, places, side="right") - 1] = False
    if not good.all():
        marks = marks[np.repeat(good, counts)]
    cut = np.flatnonzero(good)
    many = counts[cut] // 2
    first = np.cumsum(many) - many
    begins, ends = marks[0::2] + 1, marks[1::2]
    gap_stops = np.empty_like(ends)
    gap_stops[:-1] = begins[1:] - 1
    gap_stops[first + many - 1] = stops[cut]
    kinds, gap_of, gaps = _gaps(data, bytes_of, ends + 1, gap_stops, shapes)
    is_key = bytes_of[np.minimum(ends + 1, len(data) - 1)] == _COLON
    is_key &= gap_stops > ends + 1
    kinds[is_key & (ends - begins > KEY_AT_MOST)] = ODD
    padded = data + bytes(KEY_AT_MOST + WORD)
    return Page(
        data=padded,
        starts=starts,
        stops=stops,
        cut=cut,
        first=first,
        many=many,
        likeness=_likeness(padded, (begins, ends), np.flatnonzero(is_key), kinds.astype(np.uint64), (first, many)),
        begins=begins,
        ends=ends,
        is_key=is_key,
        shapes=kinds,
        gap_of=gap_of,
        gaps=gaps,
        texts=_pieces(data, begins, ends),
    )


def _uncut(data: bytes, starts: Places, stops: Places) -> Page:
    nothing, none = np.empty(0, np.int64), np.empty(0, np.int32)
    return Page(
        data=data,
        starts=starts,
        stops=stops,
        cut=nothing,
        first=nothing,
        many=nothing,
        likeness=np.empty(0, np.uint64),
        begins=nothing,
        ends=nothing,
        is_key=np.empty(0, np.bool_),
        shapes=none,
        gap_of=none,
        gaps=[],
        texts=pa.array([], pa.binary()),
    )


def words_at(data: bytes, places: Places, length: Places) -> NDArray[np.uint64]:
    """Eight bytes from each of the places on, of which only ``length`` (0 to 8) count."""
    found: NDArray[np.uint64] = _words(data)[places] & _INSIDE[length]
    return found


def _words(data: bytes) -> NDArray[np.uint64]:
    """The eight bytes from each place on, as a number."""
    return np.ndarray((len(data) - WORD + 1,), "<u8", data, strides=(1,))


def _lines(bytes_of: Bytes) -> tuple[Places, Places]:
    """Where each line begins, and where its newline stands."""
    newlines = np.flatnonzero(bytes_of == _NEWLINE)
    starts = np.concatenate([[0], newlines + 1])
    stops = np.append(newlines, len(bytes_of))
    return (starts[:-1], stops[:-1]) if starts[-1] == len(bytes_of) else (starts, stops)


def _marks(bytes_of: Bytes) -> tuple[Places, Places]:
    """The quotation marks that are not inside of a text, and those of which that was not found out."""
    marks = np.flatnonzero(bytes_of == _QUOTE)
    behind = np.flatnonzero(bytes_of[marks - 1] == _SLASH)
    at = marks[behind] - 2
    slashes = np.ones(len(behind), np.int64)
    more = np.arange(len(behind))
    for _ in range(_SLASHES_AT_MOST):
        more = more[(at[more] >= 0) & (bytes_of[at[more]] == _SLASH)]
        if not len(more):
            break
        slashes[more] += 1
        at[more] -= 1
    return np.delete(marks, behind[slashes % 2 == 1]), marks[behind[more]]


def _controls(bytes_of: Bytes, stops: Places) -> Places:
    """Where bytes are that no text may hold, save for the ends of lines."""
    low = bytes_of < _SPACE
    newlines = stops[:-1] if stops[-1] == len(bytes_of) else stops
    low[newlines] = False
    low[newlines[bytes_of[newlines - 1] == _RETURN] - 1] = False
    return np.flatnonzero(low)


def _gaps(
    data: bytes, bytes_of: Bytes, begins: Places, ends: Places, shapes: Shapes
) -> tuple[NDArray[np.int32], NDArray[np.int32], list[Gap]]:
    """The shape of each gap; and of those with more than a byte, which is which, and what they are."""
    length = ends - begins
    kinds = bytes_of[np.minimum(begins, len(data) - 1)].astype(np.int32)
    kinds[length < 1] = ODD
    gap_of = np.full(len(kinds), -1, np.int32)
    long = np.flatnonzero(length > 1)
    if not len(long):
        return kinds, gap_of, []
    encoded = _pieces(data, begins, ends).take(pa.array(2 * long)).dictionary_encode()
    gaps = [shapes.gap(content) for content in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy()
    gap_of[long] = codes
    kinds[long] = np.array([gap.shape for gap in gaps], np.int32)[codes]
    return kinds, gap_of, gaps


def _pieces(data: bytes, begins: Places, ends: Places) -> Any:
    """Element 2n of an Arrow array of bytes is what stands between the two places; nothing is copied."""
    if not len(begins):
        return pa.array([], pa.binary())
    offsets = np.empty(2 * len(begins), np.int32)
    offsets[0::2], offsets[1::2] = begins, ends
    return pa.Array.from_buffers(
        pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)]
    )


def _likeness(
    data: bytes, texts: tuple[Places, Places], keys: Places, whole: NDArray[np.uint64], line: tuple[Places, Places]
) -> NDArray[np.uint64]:
    """What lines of the same keys and shapes have in common; of a key its length and its first bytes are looked at."""
    (begins, ends), (first, many) = texts, line
    lengths = ends[keys] - begins[keys]
    words = _words(data)[begins[keys]]
    short = np.flatnonzero(lengths < WORD)
    words[short] &= _INSIDE[lengths[short]]
    words += lengths.astype(np.uint64)
    whole *= _MIX
    whole[keys] += words
    whole ^= whole >> _HALF
    whole *= _WEIGHTS[np.arange(len(whole)) - np.repeat(first, many)]
    return np.add.reduceat(whole, first) if len(first) else np.empty(0, np.uint64)
