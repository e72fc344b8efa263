"""Files that grow are followed into the spool, each byte once."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Final

from burgrave.engines.following import Mark, Taken, again, lost_bytes, taken
from burgrave.intake.terms import ListenedSource

log = logging.getLogger("burgrave.listener")

MOST_FILES: Final = 1_000
MOST_BYTES: Final = 1024 * 1024
MARKS: Final = "marks.json"

Lose = Callable[[ListenedSource, int], None]
"""Counts files of a source that vanished before they were read. Raises as `Keep`."""
Keep = Callable[[ListenedSource, bytes, bytes, int], None]
"""Puts bytes of a source on disk under a key, with how many lines were cut. Raises OSError or a refusal for *later*."""


class Follower:
    """One source's files. What is to be kept is noted before, under a key, and its mark moves after.

    Whoever is killed between finds the note, gives the same bytes under the same key, and they stand once.
    """

    def __init__(self, source: ListenedSource, folder: Path, keep: Keep, lose: Lose) -> None:
        self.source = source
        self._keep = keep
        self._lose = lose
        self._seen: dict[str, int] = {}
        self._lost = 0
        self._path = folder / MARKS
        self._marks: dict[str, Mark] = {}
        self._pending: tuple[Mark, int] | None = None
        self._load()

    def step(self) -> int:
        """What came since the last look is kept. Returns how many bytes. Raises OSError and what ``keep`` raises."""
        size = self._finish_pending()
        parent, pattern = self.source.files or ("", "")
        with contextlib.suppress(OSError):
            found = sorted(path for path in Path(parent).glob(pattern) if path.is_file())[:MOST_FILES]
            self._look_for_lost()
            for path in found:
                with contextlib.suppress(OSError):
                    self._seen[str(path)] = path.stat().st_size
                for each in taken(path, self._marks.get(str(path)), most_bytes=MOST_BYTES):
                    self._give(str(path), each)
                    size += len(each.payload)
        return size

    def _give(self, path: str, each: Taken) -> None:
        self._pending = (each.before, len(each.payload))
        self._save()
        key = sha256(json.dumps([asdict(each.before), len(each.payload)], sort_keys=True).encode()).digest()
        self._keep(self.source, each.payload, key, each.cut)
        self._marks[path] = each.after
        self._pending = None
        self._save()

    def _finish_pending(self) -> int:
        if self._pending is None:
            return 0
        mark, size = self._pending
        each = again(Path(mark.path), mark, size)
        if each is None:
            log.warning("%s vanished before %s bytes of it were kept", mark.path, size)
            self._pending = None  # the file is gone, and with it what was not kept of it
            self._marks.pop(mark.path, None)
            self._lost += 1
            return 0
        self._give(mark.path, each)
        return size

    def _look_for_lost(self) -> None:
        """Files that are nowhere any more, and had more in them than was taken, are counted. Raises as ``lose``."""
        for path, mark in list(self._marks.items()):
            seen = self._seen.get(path, 0)
            gone = lost_bytes(Path(path), mark, seen_bytes=seen)
            if gone:
                log.warning("%s vanished or was cut short before %s bytes of it were read", path, gone)
                self._seen[path] = 0
                self._lost += 1
        if self._lost:
            self._lose(self.source, self._lost)
            self._lost = 0

    def _load(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            held = json.loads(self._path.read_text(encoding="utf-8"))
            self._marks = {path: Mark(**mark) for path, mark in held["marks"].items()}
            if held["pending"] is not None:
                self._pending = (Mark(**held["pending"][0]), int(held["pending"][1]))

    def _save(self) -> None:
        """The marks are on disk, whole or as before."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = {
            "marks": {path: asdict(mark) for path, mark in self._marks.items()},
            "pending": None if self._pending is None else [asdict(self._pending[0]), self._pending[1]],
        }
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(held, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
