"""Large files cut into portions that are read by themselves, at once: together they give what the whole file gives.

Lines of JSON are cut behind a newline, event logs between two chunks. What is packed, has another encoding than UTF-8,
or another format, is read as a whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from burgrave.engines.events import chunks
from burgrave.engines.events.opening import HEAD_BYTES, Progress, Stream, opened
from burgrave.engines.events.terms import MEBIBYTE, Limits

_BLOCK: Final = MEBIBYTE


@dataclass(frozen=True, slots=True)
class Portion:
    """The bytes of a file from ``start`` to ``stop``; ``first`` is the number of its first line, or chunk of a log."""

    start: int
    stop: int
    first: int
    is_last: bool
    is_log: bool = False


def chunk_portions(path: Path, size: int) -> list[Portion]:
    """An event log cut between chunks, each portion of about ``size`` bytes."""
    total = path.stat().st_size
    each = max(1, size // chunks.CHUNK_BYTES) * chunks.CHUNK_BYTES
    starts = [0, *range(chunks.FILE_HEADER_BYTES + each, total, each)]
    return [
        Portion(start, stop, max(0, start - chunks.FILE_HEADER_BYTES) // chunks.CHUNK_BYTES, stop == total, True)
        for start, stop in zip(starts, [*starts[1:], total], strict=True)
    ]


def line_portions(path: Path, size: int) -> list[Portion]:
    """A file of lines cut behind newlines, each portion of about ``size`` bytes or one longer line."""
    found: list[Portion] = []
    with path.open("rb") as file:
        total = path.stat().st_size
        start, number = 0, 1
        while start < total:
            stop, lines = _end(file, start, min(start + size, total), total)
            found.append(Portion(start, stop, number, stop >= total))
            start, number = stop, number + lines
    return found


def _end(file: BinaryIO, start: int, wanted: int, total: int) -> tuple[int, int]:
    """Where the line ends in which the byte before ``wanted`` stands, and how many newlines there are up to there."""
    file.seek(start)
    at, lines = start, 0
    while at < wanted:
        block = file.read(min(_BLOCK, wanted - at))
        if not block:
            return total, lines
        at, lines = at + len(block), lines + block.count(b"\n")
        ends_line = block.endswith(b"\n")
    if wanted >= total or ends_line:
        return at, lines
    while block := file.read(_BLOCK):
        found = block.find(b"\n")
        if found >= 0:
            return at + found + 1, lines + 1
        at += len(block)
    return total, lines


def head_of_file(path: Path) -> bytes:
    """How the file begins, as it stands there. Raises OSError."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


class _Span:
    """A file that ends where the portion does."""

    def __init__(self, file: BinaryIO, portion: Portion) -> None:
        file.seek(portion.start)
        self._file = file
        self._left = portion.stop - portion.start

    def read(self, size: int) -> bytes:
        block = self._file.read(min(size, self._left))
        self._left -= len(block)
        return block


@contextmanager
def opened_portion(path: Path, portion: Portion, *, limits: Limits, on_progress: Progress | None) -> Iterator[Stream]:
    """Open the portion for one pass. Raises CannotOpen, EmptyFile or TooLarge, as for the whole file."""
    with opened(path, limits=limits, on_progress=None), path.open("rb") as file:
        yield Stream(
            _Span(file, portion),
            str(path),
            total=portion.stop - portion.start,
            limits=limits,
            on_progress=on_progress,
            plain=True,
        )
