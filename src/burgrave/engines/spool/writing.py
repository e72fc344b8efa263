"""Batches are appended under a lock of the operating system, which goes with the process that held it.

Any number of processes and threads write into the one open segment of a folder and a form. What a killed one left half
written stands at the end, is seen by whoever comes next, and ends the segment there.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast
from uuid import UUID

from burgrave.engines.spool.frames import (
    BEFORE_BYTES,
    SEGMENT_BYTES,
    TAIL_BYTES,
    Frame,
    SpoolError,
    length_of,
    must_fit,
    packed,
    read_segment_head,
    segment_head,
    tail_length,
)
from burgrave.engines.spool.refusals import prepare_refusals

OPEN: Final = ".open"
CLOSED: Final = ".closed"
DAMAGED: Final = ".damaged"
MOST_SEGMENT_BYTES: Final = 32 * 1024 * 1024
MOST_TURNS: Final = 100
MOST_TOGETHER_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """When a segment that begins now is closed: at ``close_at_ms``, or once it has ``most_bytes``."""

    close_at_ms: int
    most_bytes: int = MOST_SEGMENT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """The batch is on disk in this segment."""

    segment_id: UUID
    size_bytes: int


@dataclass(slots=True, eq=False)
class _Waiting:
    """A batch that a thread wants on disk. Its ``turn`` comes once another took it along, or it is to write itself."""

    frame: Frame
    closing: Closing
    turn: threading.Event = field(default_factory=threading.Event)
    made: Appended | None = None
    fault: Exception | None = None


@dataclass(slots=True)
class _Line:
    """Threads of this process that write into one segment: one writes for all that wait, with one sync."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: deque[_Waiting] = field(default_factory=deque)
    is_writing: bool = False

    def joined(self, mine: _Waiting) -> None:
        """Returns once it is this one's turn, or another wrote it."""
        with self.lock:
            self.waiting.append(mine)
            if not self.is_writing:
                self.is_writing = True
                return
        has_come = False
        try:
            has_come = mine.turn.wait()
        finally:
            if not has_come:
                self._gone(mine)

    def drained(self) -> list[_Waiting]:
        """Those that wait, in their order, as many as are written at once."""
        taken: list[_Waiting] = []
        size = 0
        with self.lock:
            while self.waiting and (not taken or size + len(self.waiting[0].frame.payload) <= MOST_TOGETHER_BYTES):
                taken.append(self.waiting.popleft())
                size += len(taken[-1].frame.payload)
        return taken

    def left(self, group: list[_Waiting]) -> None:
        """The next of those that wait writes, and those of the group go."""
        with self.lock:
            if self.waiting:
                self.waiting[0].turn.set()
            else:
                self.is_writing = False
        for each in group:
            each.turn.set()

    def _gone(self, mine: _Waiting) -> None:
        """It waits no more; was it to write, the next one is."""
        with self.lock:
            if mine in self.waiting:
                self.waiting.remove(mine)
                if mine.turn.is_set() and self.waiting:
                    self.waiting[0].turn.set()
                elif mine.turn.is_set():
                    self.is_writing = False


_lines: dict[Path, _Line] = {}


def append(folder: Path, form: str, frame: Frame, *, closing: Closing, new_id: Callable[[], UUID]) -> Appended:
    """The batch is on disk, durably. ``form`` names what is kept together; ``new_id`` gives random identifiers.

    Batches that come while another is being written go to disk together behind it. Raises SpoolError for a batch that
    is too large, OSError when the disk is full: then nothing of it stands.
    """
    must_fit(frame)
    path = folder / f"{form}{OPEN}"
    line = _lines.setdefault(path, _Line())
    mine = _Waiting(frame, closing)
    line.joined(mine)
    if mine.made is None and mine.fault is None:
        group = line.drained()
        try:
            _write_for(group, path, form, new_id)
        finally:
            line.left(group)
    if mine.made is None:
        raise cast("Exception", mine.fault)
    return mine.made


def _write_for(group: list[_Waiting], path: Path, form: str, new_id: Callable[[], UUID]) -> None:
    """All of the group stand on disk, or none does, and each knows."""
    try:
        segment_id = _appended([each.frame for each in group], path, form, closing=group[0].closing, new_id=new_id)
    except (OSError, SpoolError) as fault:  # whoever waits raises it: each of them asked for this
        for each in group:
            each.fault = fault
    else:
        for each in group:
            each.made = Appended(segment_id=segment_id, size_bytes=len(each.frame.payload))
    finally:
        for each in group:
            if each.made is None and each.fault is None:
                each.fault = InterruptedError(errno.EINTR, "the writer was interrupted")


def _appended(frames: list[Frame], path: Path, form: str, *, closing: Closing, new_id: Callable[[], UUID]) -> UUID:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    incoming = sum(len(frame.payload) for frame in frames)
    for _turn in range(MOST_TURNS):
        with _locked(path) as descriptor:
            if descriptor is None:
                continue
            size = os.fstat(descriptor).st_size
            if size < SEGMENT_BYTES:
                os.ftruncate(descriptor, 0)
                segment_id, size = new_id(), SEGMENT_BYTES
                _write(descriptor, segment_head(segment_id, close_at_ms=closing.close_at_ms), at=0)
            else:
                try:
                    segment_id, _close_at = read_segment_head(os.pread(descriptor, SEGMENT_BYTES, 0))
                except SpoolError:
                    set_aside(path)
                    continue
                is_full = size > SEGMENT_BYTES and size + incoming > closing.most_bytes
                if is_full or not _ends_whole(descriptor, size, segment_id):
                    _close(path, segment_id, form)
                    continue
            if size == SEGMENT_BYTES:  # also where whoever began it was killed before: names are durable, then batches
                prepare_refusals(path.parent)
                _sync(path.parent)
                _sync(path.parent.parent)
            _write(descriptor, b"".join(packed(frame, segment_id) for frame in frames), at=size)
            return segment_id
    raise SpoolError(f"{path} was closed {MOST_TURNS} times while a batch was to be appended")


def close_due(folder: Path, form: str, *, now_ms: int, longest_ms: int) -> bool:
    """The open segment is closed if it holds something and its time has come. Returns whether it was.

    A segment that would stay open for longer than ``longest_ms`` was begun under another clock, and is closed too.
    """
    path = folder / f"{form}{OPEN}"
    if not path.exists():
        return False
    with _locked(path) as descriptor:
        if descriptor is None or os.fstat(descriptor).st_size <= SEGMENT_BYTES:
            return False
        try:
            segment_id, close_at_ms = read_segment_head(os.pread(descriptor, SEGMENT_BYTES, 0))
        except SpoolError:
            set_aside(path)
            return False
        if now_ms < close_at_ms <= now_ms + longest_ms:
            return False
        _close(path, segment_id, form)
        return True


def set_aside(path: Path) -> None:
    """What is no segment stands under another name, so that nobody waits for it; nothing of it is deleted."""
    number = 0
    while (aside := path.with_name(f"{path.name}.{number}{DAMAGED}")).exists():
        number += 1
    path.rename(aside)
    _sync(path.parent)


def waiting_bytes(folder: Path) -> int:
    """How much stands in the folder and was not taken out yet."""
    if not folder.is_dir():
        return 0
    total = 0
    for entry in os.scandir(folder):
        if entry.name.endswith((OPEN, CLOSED)):
            try:
                total += max(0, entry.stat().st_size - SEGMENT_BYTES)
            except FileNotFoundError:
                continue
    return total


@contextmanager
def _locked(path: Path) -> Iterator[int | None]:
    """The open segment, held alone; None when it was closed by somebody else while this one waited."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor if _is_still(path, descriptor) else None
    finally:
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    held = os.fstat(descriptor)
    return (there.st_ino, there.st_dev) == (held.st_ino, held.st_dev)


def _ends_whole(descriptor: int, size: int, segment_id: UUID) -> bool:
    """Whether the segment ends with a whole frame, or holds none so far."""
    if size == SEGMENT_BYTES:
        return True
    length = tail_length(os.pread(descriptor, TAIL_BYTES, size - TAIL_BYTES), segment_id)
    if length is None:
        return False
    begins = size - TAIL_BYTES - length - BEFORE_BYTES
    return begins >= SEGMENT_BYTES and length_of(os.pread(descriptor, BEFORE_BYTES, begins)) == length


def _write(descriptor: int, content: bytes, *, at: int) -> None:
    """The bytes are on disk, or none of them stand."""
    try:
        written = 0
        while written < len(content):
            written += os.pwrite(descriptor, content[written:], at + written)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, at)
        raise


def _close(path: Path, segment_id: UUID, form: str) -> None:
    path.rename(path.with_name(f"{segment_id}.{form}{CLOSED}"))
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
