"""A disk that is full, or a machine that stops, at each call that changes files, one after the other."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

CHANGING = ("pwrite", "fsync", "rename", "replace", "mkdir", "ftruncate", "chmod", "open")
"""What `pathlib` and the engines call by their names in `os`; reading is not among them."""


class Fault(Enum):
    """FULL: the call fails as on a full disk, a write after half of it. KILL: the process is gone before the call;
    that is also behind the one before. HALF: it is gone in the middle of a write."""

    FULL = "full"
    KILL = "kill"
    HALF = "half"


class Disk:
    """Lets so many changing calls through; ``calls`` counts them. ``stays`` says that a full disk remains full.

    Files can be cut short on a full disk.
    """

    def __init__(self, fault: Fault, at: int, *, stays: bool = False) -> None:
        self.fault, self.at, self.stays = fault, at, stays
        self.calls = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with ExitStack() as stack:
            for name in CHANGING:
                stack.enter_context(mock.patch.object(os, name, self._wrapped(name, getattr(os, name))))
            stack.enter_context(mock.patch.object(os, "fdopen", self._fdopen))
            yield

    def met(self, name: str, half: Callable[[], object] | None = None) -> None:
        """Nothing happens, or the fault does. Raises OSError on a full disk."""
        if self.fault is Fault.HALF and half is None:
            return
        mine, self.calls = self.calls, self.calls + 1
        if mine < self.at or (mine > self.at and (not self.stays or name == "ftruncate")):
            return
        if half is not None and self.fault is not Fault.KILL:
            half()
        if self.fault is Fault.FULL:
            raise OSError(errno.ENOSPC, f"No space left on device ({name})")
        os.kill(os.getpid(), signal.SIGKILL)

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            if name == "open" and not args[1] & os.O_CREAT:
                return real(*args, **more)
            self.met(name, (lambda: real(args[0], args[1][: len(args[1]) // 2], args[2])) if name == "pwrite" else None)
            return real(*args, **more)

        return call

    def _fdopen(self, descriptor: int, mode: str, buffering: int = -1) -> io.IOBase:
        disk = self

        class Written(io.FileIO):
            def write(self, chunk: Any) -> int:
                raw = bytes(chunk)
                disk.met("write", lambda: super(Written, self).write(raw[: len(raw) // 2]))
                return super().write(raw) or 0

        file = Written(descriptor, mode.replace("b", "") + "b")
        return file if buffering == 0 else io.BufferedWriter(file)


def dies(work: Callable[[Callable[[str], None]], None]) -> tuple[list[str], bool]:
    """What a child process said before it was gone, and whether it was killed rather than at its end."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        code = 1
        try:
            work(lambda line: os.write(writes, f"{line}\n".encode()) and None)
            code = 0
        finally:
            os._exit(code)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read().decode().splitlines()
    _pid, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise AssertionError("the child ended with a fault")
    return said, os.WIFSIGNALED(status)


@contextmanager
def small_disk(place: Path, *, size: str) -> Iterator[Path]:
    """A file system of its own that holds no more than this; skips where nobody may mount one."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system, and only outside of a closed container")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
