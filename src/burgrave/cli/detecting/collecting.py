"""Python's search for circles of objects that nobody holds, made rare: detection makes none, and many objects."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALLOCATIONS: Final = 50_000  # objects more than before, after which the youngest are looked at; Python's own is 700
_GENERATIONS: Final = 20


@contextlib.contextmanager
def rarely_collecting() -> Iterator[None]:
    """Within the block what exists already, the rules above all, is never looked at, and new objects seldom."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, _GENERATIONS, _GENERATIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
