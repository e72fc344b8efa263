"""What listeners leave on disk for each other: files that are whole, and locks that go with their process."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path


def write(path: Path, held: object, *, is_durable: bool) -> None:
    """The file holds this, whole, or what it held before."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(held, file)
        file.flush()
        if is_durable:
            os.fsync(file.fileno())
    fresh.replace(path)


def locked(path: Path, kind: int = fcntl.LOCK_EX) -> int | None:
    """The file, locked as long as it is open; None while somebody else has it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
