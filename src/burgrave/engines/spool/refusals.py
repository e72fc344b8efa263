"""What a sender was refused, counted beside its segments.

The counts stand in a file of one fixed length that is written while there is room, and only overwritten afterwards: a
disk that is full does not keep them from being counted. They hold a week, and survive the end of a process.
"""

from __future__ import annotations

import fcntl
import os
import struct
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

NAME: Final = "refused"
_MAGIC: Final = b"BGR1"
_HEAD: Final = struct.Struct(">4sQQ")
_DAY: Final = struct.Struct(">IQQ")
_DAYS: Final = 8
_SIZE: Final = _HEAD.size + _DAYS * _DAY.size
_DAY_MS: Final = 24 * 60 * 60 * 1_000


class Reason(Enum):
    """Why a batch was not taken: the disk had no room for it, or too much waited to be read."""

    DISK = "disk"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Batches that were refused on this day and the days before it, and when last, in milliseconds since 1970; or 0."""

    disk: int = 0
    waiting: int = 0
    last_disk_ms: int = 0
    last_waiting_ms: int = 0


def prepare_refusals(folder: Path) -> None:
    """The file stands, with its full length. Raises OSError."""
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size < _SIZE:
            os.pwrite(descriptor, _written({}, 0, 0), 0)
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def note_refusal(folder: Path, reason: Reason, *, at_ms: int) -> None:
    """One batch more was refused. Raises OSError where even that cannot be written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        days, last_disk_ms, last_waiting_ms = _read(os.pread(descriptor, _SIZE, 0))
        day = at_ms // _DAY_MS
        disk, waiting = days.get(day, (0, 0))
        if reason is Reason.DISK:
            disk, last_disk_ms = disk + 1, max(at_ms, last_disk_ms)
        else:
            waiting, last_waiting_ms = waiting + 1, max(at_ms, last_waiting_ms)
        os.pwrite(descriptor, _written(days | {day: (disk, waiting)}, last_disk_ms, last_waiting_ms), 0)
    finally:
        os.close(descriptor)


def refused(folder: Path, *, now_ms: int, days: int = _DAYS - 1) -> Refused:
    """What was refused on so many days, this one included, at most seven."""
    try:
        held = (folder / NAME).read_bytes()
    except OSError:
        return Refused()
    counts, last_disk_ms, last_waiting_ms = _read(held)
    today = now_ms // _DAY_MS
    recent = [pair for day, pair in counts.items() if today - days < day <= today]
    return Refused(
        disk=sum(disk for disk, _waiting in recent),
        waiting=sum(waiting for _disk, waiting in recent),
        last_disk_ms=last_disk_ms,
        last_waiting_ms=last_waiting_ms,
    )


def _read(held: bytes) -> tuple[dict[int, tuple[int, int]], int, int]:
    """Counts by day; none where the file was cut short."""
    if len(held) < _SIZE or not held.startswith(_MAGIC):
        return {}, 0, 0
    _magic, last_disk_ms, last_waiting_ms = _HEAD.unpack_from(held)
    slots = (_DAY.unpack_from(held, _HEAD.size + slot * _DAY.size) for slot in range(_DAYS))
    return {day: (disk, waiting) for day, disk, waiting in slots if day}, last_disk_ms, last_waiting_ms


def _written(days: dict[int, tuple[int, int]], last_disk_ms: int, last_waiting_ms: int) -> bytes:
    """The newest days, in a text of the same length whatever there is."""
    newest = sorted(days.items(), reverse=True)[:_DAYS]
    slots = [_DAY.pack(day, *pair) for day, pair in newest] + [bytes(_DAY.size)] * (_DAYS - len(newest))
    return _HEAD.pack(_MAGIC, last_disk_ms, last_waiting_ms) + b"".join(slots)
