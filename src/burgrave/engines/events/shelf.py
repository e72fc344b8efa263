"""Large arrays that are used again: the system takes longer to hand out fresh memory than it takes to fill it."""

import sys
import threading
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from burgrave.engines.events.terms import MEBIBYTE

KEPT_AT_MOST: Final = 384 * MEBIBYTE
"""Of address space; what was never written to takes no memory."""

_STEP: Final = 4 * MEBIBYTE
_ROOMY: Final = 4  # an array that is more times too large is left for others
_PATIENCE: Final = 20  # arrays, some pages' worth; what lies while so many are taken is given back


def _references(arrays: list[Any], place: int) -> int:
    return sys.getrefcount(arrays[place])


_UNUSED: Final = _references([np.empty(1)], 0)
"""References to an array that only a list holds; counted, because each Python counts its own beside them."""


class Shelf:
    """The arrays of a process. What is taken is free again once nobody holds a piece of it any more."""

    def __init__(self) -> None:
        self._arrays: list[Any] = []
        self._taken_at: list[int] = []
        self._takings = 0
        self._lock = threading.Lock()

    def array(self, size: int, kind: type[np.generic]) -> Any:
        """So many elements, with whatever stands in them. Only large arrays are kept."""
        step = _STEP // np.dtype(kind).itemsize
        if size < step:
            return np.empty(size, kind)
        with self._lock:
            self._takings += 1
            self._drop_unused(lambda place: self._takings - self._taken_at[place] > _PATIENCE)
            place = self._fitting(size, kind)
            if place is None:
                self._drop_unused(lambda place: self._arrays[place].dtype == kind and len(self._arrays[place]) < size)
                self._arrays.append(np.empty(-(-size // step) * step, kind))
                self._taken_at.append(0)
                place = -1
            found = self._arrays[place][:size]
            self._taken_at[place] = self._takings
            self._drop_beyond(KEPT_AT_MOST)
        return found

    def clear(self) -> None:
        """Give back what is kept; what is in use goes with those who use it."""
        with self._lock:
            self._arrays.clear()
            self._taken_at.clear()

    def _fitting(self, size: int, kind: type[np.generic]) -> int | None:
        """The place of an array that nobody holds, large enough and not far too large."""
        for place in range(len(self._arrays)):  # no name for the array: that would be a reference
            fits = self._arrays[place].dtype == kind and size <= len(self._arrays[place]) <= _ROOMY * size
            if fits and _references(self._arrays, place) == _UNUSED:
                return place
        return None

    def _drop_unused(self, which: Callable[[int], bool]) -> None:
        """Keep none of these places' arrays that nobody holds."""
        for place in range(len(self._arrays) - 1, -1, -1):
            if which(place) and _references(self._arrays, place) == _UNUSED:
                self._drop(slice(place, place + 1))

    def _drop_beyond(self, most: int) -> None:
        """Keep no more bytes than ``most``, and of these the newest."""
        kept = 0
        for place in range(len(self._arrays) - 1, -1, -1):
            kept += self._arrays[place].nbytes
            if kept > most:
                self._drop(slice(place + 1))
                return

    def _drop(self, places: slice) -> None:
        del self._arrays[places], self._taken_at[places]


SHELF: Final = Shelf()


def release_memory() -> None:
    """Give back the memory that is kept for the next file."""
    SHELF.clear()
