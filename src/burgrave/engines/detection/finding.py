"""Rule files found below folders and read whole, some thousands at a time: with few calls of the system for each."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from burgrave.engines.detection.terms import RuleFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from burgrave.engines.detection.cache import Files
    from burgrave.engines.detection.terms import RuleLimits

SUFFIXES: Final = (".yml", ".yaml")
_AT_ONCE: Final = 1 << 16  # bytes; nearly every rule file has fewer


def found_files(paths: Iterable[Path], faults: list[RuleFault]) -> list[Path]:
    """These files and those below these folders in the order of their paths, each file once.

    What is not there is a fault. Folders behind symbolic links are not entered.
    """
    found: dict[str, str] = {}
    for path in paths:
        if path.is_dir():
            for real, each in _below(str(path), os.path.realpath(path)):
                found.setdefault(real, each)
        elif path.exists():
            found.setdefault(os.path.realpath(path), str(path))
        else:
            faults.append(RuleFault(path=path, line=1, char=None, sentence="there is no such file or folder"))
    return sorted(map(Path, found.values()), key=str)


def read_files(paths: Iterable[Path], limits: RuleLimits, faults: list[RuleFault]) -> Files:
    """The files' bytes, up to one more than the limit; a file that cannot be read is a fault."""
    found: Files = []
    for path in paths:
        try:
            found.append((path, _start_of(path, limits.file_bytes + 1)))
        except OSError as refusal:
            sentence = f"the file cannot be read: {refusal.strerror or refusal}"
            faults.append(RuleFault(path=path, line=1, char=None, sentence=sentence))
    return found


def _below(folder: str, real_folder: str) -> Iterator[tuple[str, str]]:
    """The real path of each rule file below the folder, and its path; a folder that cannot be listed has none."""
    inner: list[tuple[str, str]] = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            real = f"{real_folder}{os.sep}{entry.name}"
            if _is_folder(entry):
                if not entry.is_symlink():
                    inner.append((entry.path, real))
            elif entry.name.lower().endswith(SUFFIXES):
                yield os.path.realpath(entry.path) if entry.is_symlink() else real, entry.path
    for each in inner:
        yield from _below(*each)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _start_of(path: Path, most: int) -> bytes:
    handle = os.open(path, os.O_RDONLY)
    try:
        first = os.read(handle, min(most, _AT_ONCE))
        parts = [first]
        rest = most - len(first)
        while rest and parts[-1]:
            parts.append(os.read(handle, min(rest, most)))
            rest -= len(parts[-1])
    finally:
        os.close(handle)
    return first if len(parts) <= 2 and not parts[-1] else b"".join(parts)  # noqa: PLR2004 - the file, and its end
