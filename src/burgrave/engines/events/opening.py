"""A file becomes a stream of bytes that is read once from start to end, unpacked on the way if gzip."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from burgrave.engines.events.errors import BrokenCompression, CannotOpen, EmptyFile, EventFileError, TooLarge
from burgrave.engines.events.terms import MEBIBYTE, Limits

GZIP_MAGIC: Final = b"\x1f\x8b"
BLOCK_BYTES: Final = 256 * 1024
RATIO_FREE_BYTES: Final = 16 * MEBIBYTE
HEAD_BYTES: Final = 128 * 1024

Progress = Callable[[int, int], None]


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Stream:
    """Reads blocks of plain bytes and tells how much of the file is done. What is ``plain`` is never unpacked."""

    def __init__(
        self,
        file: Readable,
        name: str,
        *,
        total: int,
        limits: Limits,
        on_progress: Progress | None,
        plain: bool = False,
    ) -> None:
        self.name = name
        self.total = total
        self._file = file
        self._limits = limits
        self._on_progress = on_progress
        self._packed_bytes = 0
        self._plain_bytes = 0
        self._pending = b""
        self._source = self._packed_blocks()
        self._ended = False
        self._failure: EventFileError | None = None
        head = next(self._source, b"")
        packed = head.startswith(GZIP_MAGIC) and not plain
        self._blocks = self._inflated(head) if packed else self._plain(head)

    def peek(self, size: int) -> bytes:
        """Look at the next ``size`` bytes, or fewer at the end, without consuming them.

        What stands before a failure can still be taken; the failure is raised when nothing else is left.
        """
        while len(self._pending) < size and self._fill():
            pass
        if self._failure is not None and not self._pending:
            raise self._failure
        return self._pending[:size]

    def read(self, size: int, *, padding: int = 0) -> bytes:
        """Take the next ``size`` bytes; fewer only at the end, and before a failure, which is raised after that.

        So many zeros as ``padding`` says are put behind them.
        """
        parts, missing = [], size
        while missing:
            if not self._pending and not self._fill():
                break
            block = self._pending
            part = block if len(block) <= missing else block[:missing]
            self._pending = block[len(part) :]
            parts.append(part)
            missing -= len(part)
        if self._failure is not None and not parts and missing:
            raise self._failure
        if padding:
            parts.append(bytes(padding))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _fill(self) -> bool:
        """Have at least another byte pending, if there is one."""
        while not self._ended:
            try:
                block = next(self._blocks, None)
            except EventFileError as failure:
                self._failure, block = failure, None
            if block is None:
                self._ended = True
            elif block:
                self._pending += block
                return True
        return False

    def _packed_blocks(self) -> Iterator[bytes]:
        while True:
            try:
                block = self._file.read(BLOCK_BYTES)
            except OSError as failure:
                raise CannotOpen(f"reading {self.name} failed: {failure.strerror or failure}") from failure
            if not block:
                return
            self._packed_bytes += len(block)
            if self._packed_bytes > self._limits.file_bytes:
                raise TooLarge(f"{self.name} has more than {self._limits.file_bytes:,} bytes, the most that is read")
            yield block
            if self._on_progress is not None:
                self._on_progress(self._packed_bytes, max(self.total, self._packed_bytes))

    def _plain(self, head: bytes) -> Iterator[bytes]:
        yield head
        yield from self._source

    def _inflated(self, head: bytes) -> Iterator[bytes]:
        packed = head
        inflater = zlib.decompressobj(wbits=31)
        fresh = True
        while True:
            while packed:
                try:
                    block = inflater.decompress(packed, BLOCK_BYTES)
                except zlib.error as failure:
                    raise BrokenCompression(f"{self.name} is damaged gzip: {failure}") from failure
                fresh = False
                packed = inflater.unconsumed_tail
                self._admit(len(block))
                if block:
                    yield block
                if inflater.eof:
                    packed = inflater.unused_data.lstrip(b"\x00") or next(self._source, b"").lstrip(b"\x00")
                    inflater, fresh = zlib.decompressobj(wbits=31), True
            following = next(self._source, None)
            if following is None:
                break
            packed = following
        if not fresh:
            raise BrokenCompression(f"{self.name} is gzip that ends before its last member is complete")

    def _admit(self, size: int) -> None:
        """Count unpacked bytes; an archive that explodes is stopped here."""
        self._plain_bytes += size
        if self._plain_bytes > self._limits.expanded_bytes:
            raise TooLarge(f"{self.name} unpacks to more than {self._limits.expanded_bytes:,} bytes")
        allowed = max(RATIO_FREE_BYTES, self._packed_bytes * self._limits.expansion_ratio)
        if self._plain_bytes > allowed:
            raise TooLarge(
                f"{self.name} unpacks to more than {self._limits.expansion_ratio} times its size: "
                f"{self._plain_bytes:,} bytes out of {self._packed_bytes:,}"
            )


@contextmanager
def opened(path: Path, *, limits: Limits, on_progress: Progress | None) -> Iterator[Stream]:
    """Open the file for one pass. Raises CannotOpen, EmptyFile or TooLarge."""
    name = str(path)
    try:
        if not path.is_file():
            raise CannotOpen(f"{name} is not a regular file" if path.exists() else f"{name} does not exist")
        total = path.stat().st_size
        if total == 0:
            raise EmptyFile(f"{name} is empty")
        if total > limits.file_bytes:
            raise TooLarge(f"{name} has {total:,} bytes; at most {limits.file_bytes:,} are read")
        file = path.open("rb")
    except OSError as failure:
        raise CannotOpen(f"{name} cannot be opened: {failure.strerror or failure}") from failure
    with file:
        yield Stream(file, name, total=total, limits=limits, on_progress=on_progress)
