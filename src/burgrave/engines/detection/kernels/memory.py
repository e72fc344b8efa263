"""Reading what stands at an address: Arrow's C data interface hands out its arrays as addresses.

https://arrow.apache.org/docs/format/CDataInterface.html. An `ArrowArray` says how many rows there are and where its
buffers are, and offsets say where each text ends; all of them are Arrow's own, as they are whenever Arrow reads them.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from burgrave.engines.detection.kernels.compiling import compiled


def _reader(kind: Any) -> Any:
    """A function of an address: the number of this kind that stands there, whatever the address divides by."""

    def typed(_context: Any, _address: Any) -> Any:
        def made(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.IntType(kind.bitwidth).as_pointer())
            return builder.load(pointer, align=1)

        return kind(types.int64), made

    return intrinsic(typed)


byte_at = _reader(types.uint8)
int_at = _reader(types.int32)
long_at = _reader(types.int64)
word_at = _reader(types.uint64)


def _copier(_context: Any, _to: Any, _source: Any, _size: Any) -> Any:
    """Copy so many bytes from one address to another."""

    def made(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        to, source = (builder.inttoptr(each, cgutils.voidptr_t) for each in arguments[:2])
        cgutils.raw_memcpy(builder, to, source, arguments[2], 1)  # type: ignore[no-untyped-call]

    return types.void(types.int64, types.int64, types.int64), made


_copy: Any = intrinsic(_copier)


@compiled
def copied(begin: int, size: int, out: Any, at: int) -> None:
    """Copy the bytes at an address into an array of bytes, if they have room there."""
    if at < 0 or size < 0 or at + size > len(out):
        raise IndexError
    _copy(np.int64(out.ctypes.data) + at, begin, size)


@compiled
def is_same(begin: int, size: int, texts: Any, at: int) -> bool:
    """Whether the bytes at an address are those in an array of bytes."""
    if at < 0 or size < 0 or at + size > len(texts):
        raise IndexError
    other = np.int64(texts.ctypes.data) + at
    offset = 0
    while offset + 8 <= size:
        if word_at(begin + offset) != word_at(other + offset):
            return False
        offset += 8
    while offset < size:
        if byte_at(begin + offset) != byte_at(other + offset):
            return False
        offset += 1
    return True
