"""Numbers in a chunk of an event log, lowest byte first.

``wide`` are the eight bytes from each byte of the chunk on: so a number is read at once, and its place checked once.
"""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled

_8, _16, _32 = np.uint64(0xFF), np.uint64(0xFFFF), np.uint64(0xFFFFFFFF)
_SIZE_BITS: Final = np.uint64(16)


@compiled
def u8(wide: Any, at: int) -> int:
    return np.int64(wide[at] & _8)  # type: ignore[return-value]  # an int where it is compiled


@compiled
def u16(wide: Any, at: int) -> int:
    return np.int64(wide[at] & _16)  # type: ignore[return-value]  # an int where it is compiled


@compiled
def u32(wide: Any, at: int) -> int:
    return np.int64(wide[at] & _32)  # type: ignore[return-value]  # an int where it is compiled


@compiled
def u64(wide: Any, at: int) -> Any:
    return wide[at]


@compiled
def i64(wide: Any, at: int) -> int:
    return np.int64(wide[at])  # type: ignore[return-value]  # an int where it is compiled


@compiled
def described(wide: Any, at: int) -> tuple[int, int]:
    """The bytes of a value and its type, as its descriptor has them."""
    told = wide[at]
    return np.int64(told & _16), np.int64(told >> _SIZE_BITS & _8)  # type: ignore[return-value]  # see above
