"""Files that tests copy instead of making them: one for each state of the migrations, gone when nobody uses it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import IO

SOURCES = Path(__file__).resolve().parent.parent / "src" / "burgrave"
UNUSED_SECONDS = 3600
"""What nobody asked for so long goes: whoever goes back and forth between two states does not make them anew."""

_held: dict[Path, IO[str]] = {}


def made_once(name: str, make: Callable[[Path], Path]) -> Path:
    """The file that ``make`` leaves in the folder it is given: made once for each state of the migrations.

    It stays there until this process ends. What belongs to other states and nobody uses is removed.
    """
    folder = _folder(_state())
    used = _in_use(folder)
    made = folder / name
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _remove_unused(besides=folder)
            with tempfile.TemporaryDirectory(dir=folder) as home:
                make(Path(home)).rename(made)
    os.utime(used.fileno())
    return made


def _state() -> str:
    digest = sha256(sys.version.encode())
    for path in (*sorted(SOURCES.glob("*/migrations/*.py")), SOURCES.parent.parent / "requirements" / "core.txt"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _folder(state: str) -> Path:
    return Path(tempfile.gettempdir()) / f"burgrave-tables-{os.getuid()}-{state}"


def _in_use(folder: Path) -> IO[str]:
    """The folder is there, and nobody removes it before this process ends."""
    while folder not in _held:
        folder.mkdir(mode=0o700, exist_ok=True)
        assert folder.stat().st_uid == os.getuid()
        try:
            used = (folder / "used").open("a")
        except FileNotFoundError:
            continue  # it was removed in between
        fcntl.flock(used, fcntl.LOCK_SH)
        if _is_there(folder / "used", used):
            _held[folder] = used
        else:
            used.close()
    return _held[folder]


def _is_there(path: Path, opened: IO[str]) -> bool:
    """Whether the path still leads to what was opened: whoever waited for a lock may have got one on a removed file."""
    try:
        return path.stat().st_ino == os.fstat(opened.fileno()).st_ino
    except FileNotFoundError:
        return False


def _remove_unused(*, besides: Path) -> None:
    for folder in besides.parent.glob(f"burgrave-tables-{os.getuid()}-*"):
        if folder != besides and folder.is_dir() and not folder.is_symlink():
            with contextlib.suppress(FileNotFoundError):  # another suite removes it at the same moment
                _remove_if_unused(folder)


def _remove_if_unused(folder: Path) -> None:
    marks = [folder / "used", folder / "lock"]
    newest = max((mark.stat().st_mtime for mark in marks if mark.exists()), default=folder.stat().st_mtime)
    if time.time() - newest < UNUSED_SECONDS:
        return
    with (folder / "used").open("a") as used:
        try:
            fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        # Under another name first: whoever comes now makes a folder of its own, and never finds half of this one.
        gone = folder.with_name(f"{folder.name}.gone-{os.getpid()}")
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
