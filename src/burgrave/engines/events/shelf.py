"""Large arrays that are used again: the system takes longer to hand out fresh memory than it takes to fill it."""

import sys
import threading
from typing import Any, Final

import numpy as np

from burgrave.engines.events.terms import MEBIBYTE

KEPT_AT_MOST: Final = 384 * MEBIBYTE
"""Of address space; what was never written to takes no memory."""

_STEP: Final = 4 * MEBIBYTE
_ROOMY: Final = 4  # an array that is more times too large is left for others


def _references(arrays: list[Any], place: int) -> int:
    return sys.getrefcount(arrays[place])


_UNUSED: Final = _references([np.empty(1)], 0)
"""References to an array that only a list holds; counted, because each Python counts its own beside them."""


class Shelf:
    """The arrays of a process. What is taken is free again once nobody holds a piece of it any more."""

    def __init__(self) -> None:
        self._arrays: list[Any] = []
        self._lock = threading.Lock()

    def array(self, size: int, kind: type[np.generic]) -> Any:
        """So many elements, with whatever stands in them. Only large arrays are kept."""
        step = _STEP // np.dtype(kind).itemsize
        if size < step:
            return np.empty(size, kind)
        with self._lock:
            for place in range(len(self._arrays)):  # no name for the array: that would be a reference
                fits = self._arrays[place].dtype == kind and size <= len(self._arrays[place]) <= _ROOMY * size
                if fits and _references(self._arrays, place) == _UNUSED:
                    return self._arrays[place][:size]
            made = np.empty(-(-size // step) * step, kind)
            self._arrays.append(made)
            self._drop_beyond(KEPT_AT_MOST)
        return made[:size]

    def clear(self) -> None:
        """Give back what is kept; what is in use goes with those who use it."""
        with self._lock:
            self._arrays.clear()

    def _drop_beyond(self, most: int) -> None:
        """Keep no more bytes than ``most``, and of these the newest."""
        kept = 0
        for place in range(len(self._arrays) - 1, -1, -1):
            kept += self._arrays[place].nbytes
            if kept > most:
                del self._arrays[: place + 1]
                return


SHELF: Final = Shelf()


def release_memory() -> None:
    """Give back the memory that is kept for the next file."""
    SHELF.clear()
