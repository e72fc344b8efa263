"""The journal of systemd is followed by its own program, each entry once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from burgrave.intake.terms import ListenedSource

log = logging.getLogger("burgrave.listener")

PROGRAM: Final = "journalctl"
CURSOR: Final = "cursor.json"
MOST_ENTRIES: Final = 500
GATHER_SECONDS: Final = 0.3
LONGEST_ENTRY: Final = 1024 * 1024
AGAIN_SECONDS: Final = 5.0

Keep = Callable[[ListenedSource, bytes, bytes, int], None]


def line_of(entry: dict[str, object]) -> bytes:
    """An entry as a line of the system log: time, host, program, process, message (systemd.journal-fields)."""

    def text(name: str) -> str:
        value = entry.get(name)
        if isinstance(value, list) and all(isinstance(each, int) for each in value):
            return bytes(value).decode("utf-8", "replace")  # what is no text stands as numbers
        return value if isinstance(value, str) else ""

    stamp = text("_SOURCE_REALTIME_TIMESTAMP") or text("__REALTIME_TIMESTAMP")
    at = datetime.fromtimestamp(int(stamp) / 1_000_000 if stamp.isdecimal() else 0, tz=UTC)
    facility, severity = text("SYSLOG_FACILITY"), text("PRIORITY")
    priority = int(facility or 1) * 8 + int(severity or 6) if (facility or "1").isdecimal() else 14
    program = (text("SYSLOG_IDENTIFIER") or text("_COMM") or "-").replace(" ", "_").replace(":", "_")
    process = text("SYSLOG_PID") or text("_PID")
    tag = f"{program}[{process}]" if process else program
    message = text("MESSAGE").replace("\r", "\\r").replace("\n", "\\n").replace("\0", " ")
    host = text("_HOSTNAME") or "localhost"
    return f"<{priority}>{at.isoformat(timespec='microseconds')} {host} {tag}: {message}\n".encode()


class Journal:
    """One source's entries. What is to be kept is noted before, under a key, and the cursor moves after."""

    def __init__(self, source: ListenedSource, folder: Path, keep: Keep, *, program: str = PROGRAM) -> None:
        self.source = source
        self._keep = keep
        self._path = folder / CURSOR
        self._program = program
        self._cursor, self._pending = self._load()

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until ``stop``; a program that ends is started again."""
        if shutil.which(self._program) is None:
            log.warning("there is no %s on this machine: its journal is not followed", self._program)
            return
        while not stop.is_set():
            await self._follow(stop)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AGAIN_SECONDS)

    async def _follow(self, stop: asyncio.Event) -> None:
        since = (f"--after-cursor={self._cursor}",) if self._cursor else ("--lines=1",)
        child = await asyncio.create_subprocess_exec(
            self._program, "--output=json", "--follow", "--no-pager", *since, *self.source.matches,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            limit=LONGEST_ENTRY,
        )  # fmt: skip
        try:
            while not stop.is_set() and (entries := await self._gathered(child, stop)) is not None:
                await self._take(entries)
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _gathered(self, child: asyncio.subprocess.Process, stop: asyncio.Event) -> list[dict[str, object]] | None:
        """What came within a moment, or as many as were to be kept before a kill; None once the program ended."""
        assert child.stdout is not None  # noqa: S101 - asked for as a pipe
        found: list[dict[str, object]] = []
        most = self._pending or MOST_ENTRIES
        while len(found) < most and not stop.is_set():
            try:
                line = await asyncio.wait_for(child.stdout.readline(), GATHER_SECONDS)
            except TimeoutError:
                if found and not self._pending:
                    break
                continue
            except ValueError:
                log.warning("an entry of the journal has more than %s bytes and is passed over", LONGEST_ENTRY)
                continue
            if not line:
                return found if found and not self._pending else None
            with contextlib.suppress(ValueError):  # no JSON is no entry
                entry = json.loads(line)
                if isinstance(entry, dict):
                    found.append(entry)
        return found

    async def _take(self, entries: list[dict[str, object]]) -> None:
        if not entries:
            return
        cursor = str(entries[-1].get("__CURSOR", ""))
        if self._cursor:
            self._pending = len(entries)
            await asyncio.to_thread(self._save)
            key = sha256(f"{self._cursor} {len(entries)}".encode()).digest()
            payload = b"".join(map(line_of, entries))
            await asyncio.to_thread(self._keep, self.source, payload, key, 0)
        # Without a cursor this is the newest entry of before: from here on it is followed.
        self._cursor, self._pending = cursor, 0
        await asyncio.to_thread(self._save)

    def _load(self) -> tuple[str, int]:
        with contextlib.suppress(FileNotFoundError):
            held = json.loads(self._path.read_text(encoding="utf-8"))
            return str(held["cursor"]), int(held["pending"])
        return "", 0

    def _save(self) -> None:
        """The cursor is on disk, whole or as before."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({"cursor": self._cursor, "pending": self._pending}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
