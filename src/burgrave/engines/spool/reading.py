"""What stands in closed segments."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from burgrave.engines.spool.frames import (
    BEFORE_BYTES,
    MOST_BYTES,
    SEGMENT_BYTES,
    TAIL_BYTES,
    Frame,
    SpoolError,
    length_of,
    read_segment_head,
    unpacked,
)
from burgrave.engines.spool.writing import CLOSED, DAMAGED


@dataclass(slots=True, kw_only=True)
class Contents:
    """A closed segment: iterate to get its batches; afterwards ``torn_bytes`` says how much of it was never whole.

    Only what was never acknowledged is torn: a batch that was being written when its process was killed.
    """

    path: Path
    segment_id: UUID
    torn_bytes: int = field(default=0)

    def __iter__(self) -> Iterator[Frame]:
        self.torn_bytes = 0
        with self.path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size - SEGMENT_BYTES
            file.seek(SEGMENT_BYTES)
            while left > 0:
                before = file.read(BEFORE_BYTES)
                length = length_of(before) if len(before) == BEFORE_BYTES else MOST_BYTES + 1
                size = BEFORE_BYTES + length + TAIL_BYTES
                if length > MOST_BYTES or size > left:
                    break
                try:
                    frame = unpacked(before + file.read(length + TAIL_BYTES), self.segment_id)
                except SpoolError:
                    break
                left -= size
                if frame is None:
                    self.torn_bytes += size
                else:
                    yield frame
        self.torn_bytes += left


def closed_segments(folder: Path, form: str) -> tuple[Path, ...]:
    """The closed segments of a form, the oldest first."""
    ending = f".{form}{CLOSED}"
    found: list[tuple[int, Path]] = []
    for path in folder.glob(f"*{ending}"):
        with contextlib.suppress(FileNotFoundError):  # somebody else took it out meanwhile
            found.append((path.stat().st_mtime_ns, path))
    return tuple(path for _written, path in sorted(found))


def damaged_segments(folder: Path) -> tuple[Path, ...]:
    """What was found where a segment should be, and was none."""
    return tuple(sorted(folder.glob(f"*{DAMAGED}")))


def contents_of(path: Path) -> Contents:
    """A closed segment to be read. Raises SpoolError when it is none."""
    with path.open("rb") as file:
        segment_id, _close_at_ms = read_segment_head(file.read(SEGMENT_BYTES))
    return Contents(path=path, segment_id=segment_id)
