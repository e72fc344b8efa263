"""The one zip layout that a bundle may have, so that no byte of the file is free.

A zip file says everything twice and may hide bytes between its parts, and two programs may read two different
things in it. So it is neither written nor read with a general zip library here. Every entry is stored without
compression, with a fixed date, no extra field and no comment; ``manifest.json`` is first, the others follow
in the order of their UTF-8 bytes. Reading rebuilds each header from the name, length and checksum found and
compares it, byte for byte, with the file.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from burgrave.engines.evidence.terms import MAX_PART_BYTES, BundleError

FIRST = "manifest.json"
MAX_ENTRIES = 0xFFFE
MAX_ARCHIVE_BYTES = 0xFFFFFFFE
MAX_NAME_BYTES = 1024

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 20
_MADE_ON_UNIX = 3 << 8 | _VERSION
_UTF8_NAME = 1 << 11
_STORED = 0
_MIDNIGHT, _FIRST_OF_1980 = 0, 1 << 5 | 1
_PLAIN_FILE = 0o100644 << 16
_CHUNK = 1024 * 1024


class ArchiveError(BundleError):
    """The file is not the zip that a bundle with these contents would be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the archive.

    ``start`` is where its bytes begin; ``crc`` is the checksum that its header states.
    """

    name: str
    crc: int
    size: int
    offset: int
    sha256: str = ""
    intact: bool = True

    @property
    def start(self) -> int:
        return self.offset + _LOCAL.size + len(self.name.encode())

    @property
    def end(self) -> int:
        return self.start + self.size


class Archive:
    """An open bundle file whose layout has been checked."""

    def __init__(self, file: BinaryIO, entries: Sequence[Entry]) -> None:
        self._file = file
        self.entries = {entry.name: entry for entry in entries}

    def read(self, name: str) -> bytes:
        """Return the bytes of an entry.

        Raises ArchiveError if it is absent, too long, or changed since the check.
        """
        entry = self.entries.get(name)
        if entry is None:
            raise ArchiveError(f"{name} is missing from the bundle")
        if entry.size > MAX_PART_BYTES:
            raise ArchiveError(f"{name} has {entry.size} bytes, more than the {MAX_PART_BYTES} that are read")
        self._file.seek(entry.start)
        data = self._file.read(entry.size)
        if sha256(data).hexdigest() != entry.sha256:
            raise ArchiveError(f"{name} changed while the bundle was being verified")
        return data


def read_archive(file: BinaryIO) -> Archive:
    """Check the layout of a whole bundle file, one pass, and digest every entry. Raises ArchiveError.

    An entry whose bytes do not fit its own checksum is no reason to stop: it is marked as not ``intact``.
    """
    length = file.seek(0, 2)
    if length > MAX_ARCHIVE_BYTES:
        raise ArchiveError(f"the file has {length} bytes, a bundle has at most {MAX_ARCHIVE_BYTES}")
    entries: list[Entry] = []
    offset = 0
    while (entry := _read_entry(file, offset, length)) is not None:
        _must_follow(entry.name, entries)
        entries.append(entry)
        offset = entry.end
    if not entries:
        raise ArchiveError("the file does not begin as a bundle does, with a stored zip entry")
    _must_end_with(file, offset, length, closing(entries))
    return Archive(file, entries)


def local_header(name: str, *, crc: int, size: int) -> bytes:
    """Return the header that stands before an entry's bytes (APPNOTE 4.3.7)."""
    encoded = name.encode()
    form = (_VERSION, _UTF8_NAME, _STORED, _MIDNIGHT, _FIRST_OF_1980)
    return _LOCAL.pack(_LOCAL_MARK, *form, crc, size, size, len(encoded), 0) + encoded


def closing(entries: Sequence[Entry]) -> bytes:
    """Return everything that stands after the last entry.

    That is the central directory and its end record (APPNOTE 4.3.12, 4.3.16).
    """
    rows = []
    for entry in entries:
        name = entry.name.encode()
        form = (_MADE_ON_UNIX, _VERSION, _UTF8_NAME, _STORED, _MIDNIGHT, _FIRST_OF_1980)
        sizes = (entry.crc, entry.size, entry.size, len(name))
        rows.append(_CENTRAL.pack(_CENTRAL_MARK, *form, *sizes, 0, 0, 0, 0, _PLAIN_FILE, entry.offset) + name)
    directory = b"".join(rows)
    start = entries[-1].end
    return directory + _END.pack(_END_MARK, 0, 0, len(rows), len(rows), len(directory), start, 0)


def chunks(file: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """Yield the next ``size`` bytes of a file, or all the rest, piece by piece.

    Stops early where the file ends.
    """
    left = size
    while left is None or left > 0:
        chunk = file.read(_CHUNK if left is None else min(_CHUNK, left))
        if not chunk:
            return
        left = None if left is None else left - len(chunk)
        yield chunk


def _read_entry(file: BinaryIO, offset: int, length: int) -> Entry | None:
    """Return the entry that begins at ``offset``, or None where the entries end."""
    file.seek(offset)
    head = file.read(_LOCAL.size)
    if not head.startswith(_LOCAL_MARK):
        return None
    if len(head) < _LOCAL.size:
        raise ArchiveError(f"the file ends in the middle of an entry's header, at byte {length}")
    crc, size, name_length = _LOCAL.unpack(head)[6], _LOCAL.unpack(head)[7], _LOCAL.unpack(head)[9]
    name = _name(file.read(name_length), offset)
    if head + name.encode() != local_header(name, crc=crc, size=size):
        raise ArchiveError(f"the header of {name!r} at byte {offset} is not one that a bundle has")
    entry = Entry(name, crc, size, offset)
    if entry.end > length:
        raise ArchiveError(f"the file ends at byte {length}, in the middle of {name!r}, which ends at {entry.end}")
    digest, checksum = sha256(), 0
    for chunk in chunks(file, size):
        digest.update(chunk)
        checksum = zlib.crc32(chunk, checksum)
    return Entry(name, crc, size, offset, digest.hexdigest(), checksum == crc)


def _name(raw: bytes, offset: int) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise ArchiveError(f"the entry at byte {offset} has a name that is not UTF-8") from fault
    if not 0 < len(raw) <= MAX_NAME_BYTES:
        raise ArchiveError(f"the entry at byte {offset} has a name of {len(raw)} bytes")
    return name


def _must_follow(name: str, entries: Sequence[Entry]) -> None:
    if len(entries) >= MAX_ENTRIES:
        raise ArchiveError(f"the archive has more than {MAX_ENTRIES} entries")
    if not entries and name != FIRST:
        raise ArchiveError(f"the first entry is {name!r}, expected {FIRST!r}")
    if entries and _rank(name) <= _rank(entries[-1].name):
        raise ArchiveError(f"{name!r} stands after {entries[-1].name!r}: an entry is doubled or out of order")


def _rank(name: str) -> tuple[bool, bytes]:
    return name != FIRST, name.encode()


def _must_end_with(file: BinaryIO, offset: int, length: int, expected: bytes) -> None:
    file.seek(offset)
    found = file.read(len(expected))
    if found != expected:
        place = next(
            (at for at, (one, other) in enumerate(zip(found, expected, strict=False)) if one != other),
            len(found),
        )
        raise ArchiveError(f"the zip directory differs at byte {offset + place} from that of the entries before it")
    if length > offset + len(expected):
        raise ArchiveError(f"{length - offset - len(expected)} bytes stand after the end of the archive")
