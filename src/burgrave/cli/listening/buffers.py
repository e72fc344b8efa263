"""What was heard waits here for a moment, so that one write to disk holds many messages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from burgrave.engines.framing import one_line

log = logging.getLogger("burgrave.listener")

MOST_HELD_BYTES: Final = 8 * 1024 * 1024
"""Of one source; what comes over UDP beyond that is dropped and counted, and TCP is read no further."""
FLUSH_BYTES: Final = 512 * 1024
FLUSH_SECONDS: Final = 0.2

Store = Callable[[UUID, bytes, timedelta, int, int], None]
"""Puts lines of a source on disk, with how many were dropped and cut before; what it raises means *later*."""


@dataclass(slots=True)
class Buffer:
    """The messages of one source that are not on disk yet."""

    log_source_id: UUID
    close_after: timedelta
    lines: bytearray = field(default_factory=bytearray)
    dropped: int = 0
    cut: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.lines) >= MOST_HELD_BYTES

    def put(self, message: bytes) -> bool:
        """Whether the message is held. One that finds no place is counted."""
        if self.is_full:
            self.dropped += 1
            return False
        self.lines += one_line(message)
        return True


class Buffers:
    """The buffers of all sources, written out in a thread, so that listening never waits for the disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[UUID, Buffer] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._wanted = asyncio.Event()

    def of(self, log_source_id: UUID, close_after: timedelta) -> Buffer:
        """The buffer of a source."""
        found = self._held.setdefault(log_source_id, Buffer(log_source_id, close_after))
        found.close_after = close_after
        return found

    def note(self, buffer: Buffer) -> None:
        """Something was put in: a full buffer is written out at once."""
        if len(buffer.lines) >= FLUSH_BYTES:
            self._wanted.set()

    async def wait_for_room(self, buffer: Buffer) -> None:
        """Return once the buffer takes more: whoever sends over TCP waits meanwhile."""
        while buffer.is_full:
            self._wanted.set()
            self._room.clear()
            await self._room.wait()

    async def run(self, stop: asyncio.Event) -> None:
        """Write out what is held, again and again, and once more at the end."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), FLUSH_SECONDS)
            self._wanted.clear()
            await self.flush()
        await self.flush()

    async def flush(self) -> None:
        """What is held is on disk; what could not be written stays held."""
        for buffer in list(self._held.values()):
            if not buffer.lines and not buffer.dropped and not buffer.cut:
                continue
            lines, dropped, cut = bytes(buffer.lines), buffer.dropped, buffer.cut
            try:
                await asyncio.to_thread(self._store, buffer.log_source_id, lines, buffer.close_after, dropped, cut)
            except Exception:  # the edge of the process: one source's disk or database must not silence the others
                log.exception("what log source %s sent could not be written; it is held", buffer.log_source_id)
                continue
            del buffer.lines[: len(lines)]
            buffer.dropped -= dropped
            buffer.cut -= cut
        self._room.set()
