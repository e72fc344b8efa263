"""Numbers in a chunk of an event log, lowest byte first."""

from typing import Any

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled


@compiled
def u8(chunk: Any, at: int) -> int:
    return np.int64(chunk[at])  # type: ignore[return-value]  # an int where it is compiled


@compiled
def u16(chunk: Any, at: int) -> int:
    return u8(chunk, at) | u8(chunk, at + 1) << 8


@compiled
def u32(chunk: Any, at: int) -> int:
    return u16(chunk, at) | u16(chunk, at + 2) << 16


@compiled
def u64(chunk: Any, at: int) -> Any:
    return np.uint64(u32(chunk, at)) | np.uint64(u32(chunk, at + 4)) << np.uint64(32)


@compiled
def i64(chunk: Any, at: int) -> int:
    return np.int64(u64(chunk, at))  # type: ignore[return-value]  # an int where it is compiled
