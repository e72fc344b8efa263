"""The outer structure of a Windows event log: 64-KiB chunks that hold records one after another.

The layout is that of "Windows XML Event Log (EVTX) format" (libyal documentation, sections 2 to 4): a file
header of 4096 bytes, then chunks; a chunk has a header of 512 bytes with two string tables, then records.
A record begins with ``2a 2a 00 00``, its size, its number and the time of writing, and ends with its size.

A chunk is cut out of its file, its records are found by their own headers, and it gets a fresh header. So
damage in one place costs no more than that place, and memory does not grow with the file.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

FILE_MAGIC: Final = b"ElfFile\x00"
CHUNK_MAGIC: Final = b"ElfChnk\x00"
FILE_HEADER_BYTES: Final = 4096
CHUNK_BYTES: Final = 65536
CHUNKS_TOGETHER: Final = 16
"""So many chunks are read at once, and given to the decoder."""

RECORDS_START: Final = 512
RECORD_MAGIC: Final = b"**\x00\x00"
RECORD_HEADER_BYTES: Final = 24
SMALLEST_RECORD: Final = RECORD_HEADER_BYTES + 4

_CHUNK_HEADER: Final = struct.Struct("<8sQQQQIIII")
_RECORD_HEADER: Final = struct.Struct("<4sIQQ")
_SIZE: Final = struct.Struct("<I")
_CHECKSUM_AT: Final = 124
_FILE_FIELDS: Final = struct.Struct("<8sQQQIHHHH")
DIRTY: Final = 1


@dataclass(frozen=True, slots=True)
class FileHeader:
    """What the file header says: ``dirty`` is set while Windows writes, ``chunks`` counts modulo 65536."""

    chunks: int
    dirty: bool
    version: str
    sound: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one whole record in its chunk."""

    offset: int
    size: int
    number: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a chunk in which no whole record stands."""

    offset: int
    size: int
    reason: str


def parse_file_header(block: bytes) -> FileHeader:
    """Read the first 128 bytes; ``sound`` says that they carry the right checksum."""
    _, _, _, _, _, minor, major, _, chunks = _FILE_FIELDS.unpack_from(block)
    flags, checksum = struct.unpack_from("<II", block, 120)
    return FileHeader(
        chunks=chunks,
        dirty=bool(flags & DIRTY),
        version=f"{major}.{minor}",
        sound=zlib.crc32(block[:120]) == checksum,
    )


def file_header(count: int) -> bytes:
    """Make the header of a file that holds so many chunks."""
    block = bytearray(FILE_HEADER_BYTES)
    _FILE_FIELDS.pack_into(block, 0, FILE_MAGIC, 0, count - 1, 1, 128, 1, 3, FILE_HEADER_BYTES, count)
    struct.pack_into("<II", block, 120, 0, zlib.crc32(block[:120]))
    return bytes(block)


def end_of_records(chunk: bytes | memoryview) -> int | None:
    """Read where the records end, or None if the chunk's header does not say so."""
    if chunk[:8] != CHUNK_MAGIC:
        return None
    end: int = _SIZE.unpack_from(chunk, 48)[0]
    return end if RECORDS_START <= end <= CHUNK_BYTES else None


def checksum_faults(chunk: bytes | memoryview) -> list[str]:
    """Name the checksums of the chunk's header that do not hold."""
    faults = []
    header = zlib.crc32(chunk[128:RECORDS_START], zlib.crc32(chunk[:120]))
    if header != _SIZE.unpack_from(chunk, _CHECKSUM_AT)[0]:
        faults.append("the checksum of the chunk's header does not hold")
    end = end_of_records(chunk)
    if end is None or zlib.crc32(chunk[RECORDS_START:end]) != _SIZE.unpack_from(chunk, 52)[0]:
        faults.append("the checksum of the chunk's records does not hold: they were changed after Windows wrote them")
    return faults


def walk(chunk: bytes, end: int | None) -> Iterator[Slot | Gap]:
    """Find the records by their own headers up to ``end``; up to the last one when it is not known."""
    offset, stop = RECORDS_START, CHUNK_BYTES if end is None else end
    while offset < stop:
        slot = _slot_at(chunk, offset, stop)
        if isinstance(slot, Slot):
            yield slot
            offset += slot.size
            continue
        following = _next_slot(chunk, offset + 1, stop)
        if following is None:
            if end is not None or chunk.startswith(RECORD_MAGIC, offset):
                yield Gap(offset, stop - offset, slot)
            return
        yield Gap(offset, following - offset, slot)
        offset = following


def _slot_at(chunk: bytes, offset: int, stop: int) -> Slot | str:
    """Read the record at ``offset``, or the reason why there is none."""
    if offset + SMALLEST_RECORD > stop:
        return f"{stop - offset} bytes are too few for a record"
    magic, size, number, _ = _RECORD_HEADER.unpack_from(chunk, offset)
    if magic != RECORD_MAGIC:
        return f"a record should begin with 2a2a0000, got {magic.hex()}"
    if size < SMALLEST_RECORD:
        return f"record {number} says it has {size} bytes; the smallest possible has {SMALLEST_RECORD}"
    if offset + size > stop:
        return f"record {number} says it has {size:,} bytes, but only {stop - offset:,} are left: it is cut off"
    copy = _SIZE.unpack_from(chunk, offset + size - 4)[0]
    if copy != size:
        return f"record {number} says it has {size:,} bytes at its start and {copy:,} at its end"
    return Slot(offset, size, number)


def _next_slot(chunk: bytes, start: int, stop: int) -> int | None:
    """Find the next whole record, for going on behind a broken one."""
    found = chunk.find(RECORD_MAGIC, start, stop)
    while found >= 0:
        if isinstance(_slot_at(chunk, found, stop), Slot):
            return found
        found = chunk.find(RECORD_MAGIC, found + 1, stop)
    return None


def rebuilt(chunk: bytes, parts: Sequence[Slot | Gap]) -> bytes:
    """Give the chunk a fresh header, and each gap the look of an empty record so that a decoder steps over it.

    ``parts`` is a run without a break from the start of the records, as `steppable` makes it. The two tables of the
    header stay empty: they only speed up the look-up of what the records hold. Records are numbered anew, for a decoder
    takes the one with the last number for the last one.
    """
    last = parts[-1]
    fresh = bytearray(chunk)
    write_chunk_header(fresh, len(parts), last.offset, last.offset + last.size)
    for number, part in enumerate(parts, 1):
        if isinstance(part, Gap):
            fresh[part.offset + RECORD_HEADER_BYTES] = 0  # the token that ends binary XML
        _RECORD_HEADER.pack_into(fresh, part.offset, RECORD_MAGIC, part.size, number, 0)
        _SIZE.pack_into(fresh, part.offset + part.size - 4, part.size)
    return bytes(fresh)


def write_chunk_header(chunk: bytearray | memoryview, count: int, last: int, end: int) -> None:
    """Say that records 1 to ``count`` stand in the chunk, up to ``end``, the last one at ``last``."""
    chunk[:RECORDS_START] = bytes(RECORDS_START)
    _CHUNK_HEADER.pack_into(chunk, 0, CHUNK_MAGIC, 1, count, 1, count, 128, last, end, 0)


def steppable(parts: Sequence[Slot | Gap]) -> list[Slot | Gap]:
    """Make every gap large enough to be stepped over, and drop a gap at the end.

    A small gap becomes the tail of what stands before it, which a decoder does not look at; at the very start it takes
    the record behind it along.
    """
    run: list[Slot | Gap] = []
    for part in parts:
        before = run[-1] if run else None
        if isinstance(before, Gap) and (isinstance(part, Gap) or before.size < SMALLEST_RECORD):
            run[-1] = Gap(before.offset, before.size + part.size, before.reason)
        elif before is not None and isinstance(part, Gap) and part.size < SMALLEST_RECORD:
            run[-1] = replace(before, size=before.size + part.size)
        else:
            run.append(part)
    while run and isinstance(run[-1], Gap):
        run.pop()
    return run
