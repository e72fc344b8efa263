"""How batches stand in a segment.

A segment begins with a head: ``BGS1``, its identifier, and when it is closed, in milliseconds since 1970.
Each batch is a frame: its length, the CRC-32 of all but these two, when it came, what was dropped and cut before it
came here, SHA-256 of its sender's key (zeros without one), the bytes, and a tail: ``END.``, the identifier of the
segment, and the length again. The identifier is random, so that no batch can hold what looks like a tail.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

MAGIC: Final = b"BGS1"
END: Final = b"END."
NO_KEY: Final = bytes(32)
MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest frame."""
_SEGMENT: Final = struct.Struct(">4s16sQ")
_FRAME: Final = struct.Struct(">II")
_INNER: Final = struct.Struct(">QII32s")
_TAIL: Final = struct.Struct(">4s16sI")
SEGMENT_BYTES: Final = _SEGMENT.size
BEFORE_BYTES: Final = _FRAME.size + _INNER.size
TAIL_BYTES: Final = _TAIL.size


class SpoolError(Exception):
    """A segment cannot be written or read; str() says what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A batch: ``at_ms`` is when it came, ``dropped`` and ``cut`` count messages that the sender or the network lost.

    ``key_sha256`` is the hash of the key that its sender gave it, None without one.
    """

    payload: bytes
    at_ms: int
    key_sha256: bytes | None = None
    dropped: int = 0
    cut: int = 0


def segment_head(segment_id: UUID, *, close_at_ms: int) -> bytes:
    return _SEGMENT.pack(MAGIC, segment_id.bytes, close_at_ms)


def read_segment_head(head: bytes) -> tuple[UUID, int]:
    """Identifier and closing time of a segment. Raises SpoolError."""
    if len(head) < SEGMENT_BYTES:
        raise SpoolError(f"a segment begins with {SEGMENT_BYTES} bytes, got {len(head)}")
    magic, identifier, close_at_ms = _SEGMENT.unpack(head[:SEGMENT_BYTES])
    if magic != MAGIC:
        raise SpoolError(f"a segment begins with {MAGIC!r}, got {magic!r}")
    return UUID(bytes=identifier), close_at_ms


def must_fit(frame: Frame) -> None:
    """Return when the frame is none too large. Raises SpoolError."""
    if len(frame.payload) > MOST_BYTES:
        raise SpoolError(f"a batch has at most {MOST_BYTES:,} bytes, got {len(frame.payload):,}")


def packed(frame: Frame, segment_id: UUID) -> bytes:
    """The frame as it stands in the segment. Raises SpoolError for one that is too large."""
    must_fit(frame)
    inner = _INNER.pack(frame.at_ms, frame.dropped, frame.cut, frame.key_sha256 or NO_KEY)
    body = inner + frame.payload
    length = len(frame.payload)
    return _FRAME.pack(length, zlib.crc32(body)) + body + _TAIL.pack(END, segment_id.bytes, length)


def length_of(before: bytes) -> int:
    """The length of the payload that a frame's first bytes state."""
    length: int = _FRAME.unpack(before[: _FRAME.size])[0]
    return length


def tail_length(tail: bytes, segment_id: UUID) -> int | None:
    """The length that the tail states; None for what is no tail of this segment."""
    if len(tail) != TAIL_BYTES:
        return None
    end, identifier, length = _TAIL.unpack(tail)
    return int(length) if end == END and identifier == segment_id.bytes else None


def unpacked(whole: bytes, segment_id: UUID) -> Frame | None:
    """The frame; None when its bytes are damaged within. Raises SpoolError when it is not whole."""
    length, crc = _FRAME.unpack(whole[: _FRAME.size])
    if len(whole) != BEFORE_BYTES + length + TAIL_BYTES or tail_length(whole[-TAIL_BYTES:], segment_id) != length:
        raise SpoolError("the frame is not whole")
    body = whole[_FRAME.size : -TAIL_BYTES]
    if zlib.crc32(body) != crc:
        return None
    at_ms, dropped, cut, key = _INNER.unpack(body[: _INNER.size])
    return Frame(
        payload=body[_INNER.size :],
        at_ms=at_ms,
        dropped=dropped,
        cut=cut,
        key_sha256=None if key == NO_KEY else key,
    )
