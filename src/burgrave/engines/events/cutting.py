"""Pages of JSON lines cut into their values: all lines at once, without an object each.

A page is some MiB of whole lines. Each line is walked once by compiled code (`kernels`), which knows the grammar of
JSON and says where its values stand. Lines with the same keys and the same types of values at the same depths are put
together, compared byte by byte, so that a parser is asked about one of them (`pages`). Lines that are odd in any way
are left to be read by themselves. So are all where there are so few that compiling, or loading what was compiled,
would take longer than reading them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from secrets import randbits
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from burgrave.engines.events import tokens
from burgrave.engines.events.lines import Sheet
from burgrave.engines.events.shelf import SHELF
from burgrave.engines.events.terms import MEBIBYTE

Places: TypeAlias = NDArray[np.int64]

FEWEST_LINES: Final = 64
"""Of fewer lines in a page none is cut: parsing them costs less."""

WORTH_LOADING: Final = 8 * MEBIBYTE
"""So many bytes are read without the kernels before they are loaded, which takes half a second of a processor."""

_VALUE_BYTES: Final = 12  # that there are for a value at least, in most lines
_LEADER_BYTES: Final = 32
_NEWLINE: Final = ord("\n")
_SEED: Final = np.uint64(randbits(64))
_read = {"bytes": 0}


@cache
def kernels() -> Any:
    """The compiled loops. Importing Numba takes a third of a second, so it waits until something is worth it."""
    return import_module("burgrave.engines.events.kernels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Lines and their values.

    Rows of ``lines`` are where each begins and ends in ``data``, without its newline, and its group, -1 for a line that
    is to be read by itself. The values of line n are ``values[first[n]:first[n + 1]]``, in the order in which they
    stand there; what they are, ``kinds`` of their group says; how they are written, `tokens`.
    """

    data: Sheet
    words: Any
    lines: Any
    first: Places
    values: Places
    groups: int
    leaders: Any
    leads: Places

    @property
    def starts(self) -> Any:
        return self.lines[:, 0]

    @property
    def stops(self) -> Any:
        return self.lines[:, 1]

    def line(self, number: int) -> bytes:
        begin, end, _ = self.lines[number].tolist()
        return self.data[begin:end].tobytes()

    def alike(self) -> Iterator[tuple[int, Places]]:
        """The number of each group that has lines, and these, ascending."""
        if not self.groups:
            return
        lines, begins = kernels().ordered(self.lines[:, 2], self.groups)
        there = np.flatnonzero(begins[1:] > begins[:-1])
        for group, begin, end in zip(there.tolist(), begins[there].tolist(), begins[there + 1].tolist(), strict=True):
            yield group, lines[begin:end]

    def kinds(self, group: int) -> list[int]:
        """What the values of a group are: `tokens.TEXT` and others."""
        codes = self.leaders[self.leads[group] : self.leads[group + 1], tokens.CODE] & tokens.KINDS
        return [kind for kind in codes.tolist() if kind != tokens.KEY]


def cut_page(data: Sheet, end: int, *, longest: int) -> Page:
    """Cut whole lines into values, save for those with more than ``longest`` bytes and others that are odd.

    The lines end at ``end``; there are at least `lines.PADDING` bytes behind it.
    """
    if not _worth_it(data, end):
        return _uncut(data, end)
    words = words_of(data)
    content = data[:end]
    count = kernels().count_lines(content)
    lines = np.empty((count, 3), np.int64)
    first, leads = np.empty(count + 1, np.int64), np.empty(count + 1, np.int64)
    values = SHELF.array(end // _VALUE_BYTES + tokens.TOKENS_AT_MOST, np.int64)
    leaders = np.empty((end // _LEADER_BYTES + tokens.TOKENS_AT_MOST, 4), np.int32)
    groups, many = kernels().cut(content, words, longest, _SEED, lines, first, leaders, leads, values)
    return Page(
        data=data,
        words=words,
        lines=lines,
        first=first,
        values=values[:many],
        groups=groups,
        leaders=leaders,
        leads=leads,
    )


def words_of(data: Sheet) -> Any:
    """The eight bytes from each byte on as a number, of which there are seven fewer."""
    return np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))


def fours_of(data: Sheet) -> Any:
    """The four bytes from each byte on as a number, of which there are three fewer."""
    return np.ndarray((len(data) - 3,), "<u4", data, strides=(1,))


def worth_loading(size: int) -> bool:
    """Whether enough has been read for the kernels to pay, the bytes to be read next included."""
    _read["bytes"] += size
    return _read["bytes"] >= WORTH_LOADING


def _worth_it(data: Sheet, end: int) -> bool:
    """Whether the page has enough lines, and enough has been read for the kernels to pay."""
    if not worth_loading(end):
        return False
    return any(np.count_nonzero(data[:most] == _NEWLINE) >= FEWEST_LINES - 1 for most in (min(end, MEBIBYTE), end))


def _uncut(data: Sheet, end: int) -> Page:
    newlines = np.flatnonzero(data[:end] == _NEWLINE)
    whole = end > 0 and data[end - 1] == _NEWLINE
    edges = np.concatenate([[-1], newlines, [] if whole else [end]]).astype(np.int64)
    lines = np.stack([edges[:-1] + 1, edges[1:], np.full(len(edges) - 1, -1)], axis=1)
    nothing = np.empty(0, np.int64)
    return Page(
        data=data,
        words=None,
        lines=lines,
        first=np.zeros(len(lines) + 1, np.int64),
        values=nothing,
        groups=0,
        leaders=None,
        leads=nothing,
    )
