"""Files that grow are followed: from where they were left, through rotation and truncation, whole lines at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

PRINT_BYTES: Final = 256
LONGEST_LINE: Final = 1024 * 1024
GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a file was taken. It is known by inode and by a hash of its first ``print_bytes`` bytes."""

    path: str
    inode: int
    offset: int
    print_bytes: int
    print_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Bytes of a file from ``before`` on; ``after`` is where to go on once they are kept. ``cut`` counts long lines."""

    payload: bytes
    before: Mark
    after: Mark
    cut: int = 0


def taken(path: Path, mark: Mark | None, *, most_bytes: int) -> Iterator[Taken]:
    """What came since the mark: the rest of a file that was rotated away, then new whole lines; nothing of gzip.

    A file without a mark is taken from its beginning. Raises nothing for a file that went away.
    """
    try:
        with path.open("rb") as file:
            here = _identity(file, path)
            if mark is not None and not _is_same(file, here, mark):
                if here.inode != mark.inode:
                    yield from _rest_of_rotated(path, mark, most_bytes=most_bytes)
                mark = None
            start = mark or here
            if start.offset == 0 and file.read(len(GZIP)) == GZIP:
                return
            yield from _lines(file, _renewed(file, start), most_bytes=most_bytes, takes_rest=False)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        return


def again(path: Path, mark: Mark, size: int) -> Taken | None:
    """The same bytes as before, for what was taken and perhaps not kept; None when they are gone."""
    for candidate in (path, *_siblings(path)):
        try:
            with candidate.open("rb") as file:
                if not _is_same(file, _identity(file, candidate), mark):
                    continue
                file.seek(mark.offset)
                payload = file.read(size)
                if len(payload) == size:
                    return Taken(payload=payload, before=mark, after=_at(file, mark, mark.offset + size))
        except OSError:
            continue
    return None


def lost_bytes(path: Path, mark: Mark, *, seen_bytes: int) -> int:
    """How many bytes were seen behind the mark and are nowhere any more; 0 while the file stands, under any name."""
    if seen_bytes <= mark.offset:
        return 0
    for candidate in (path, *_siblings(path)):
        try:
            with candidate.open("rb") as file:
                if _is_same(file, _identity(file, candidate), mark):
                    return 0
        except FileNotFoundError:
            continue
        except OSError:
            return 0  # it stands, and may be read later
    return seen_bytes - mark.offset


def _identity(file: object, path: Path) -> Mark:
    descriptor = file.fileno()  # type: ignore[attr-defined]  # an open file
    head = os.pread(descriptor, PRINT_BYTES, 0)
    return Mark(
        path=str(path),
        inode=os.fstat(descriptor).st_ino,
        offset=0,
        print_bytes=len(head),
        print_sha256=sha256(head).hexdigest(),
    )


def _is_same(file: object, here: Mark, mark: Mark) -> bool:
    """Whether the file is the one of the mark, and at least as long as it was taken."""
    descriptor = file.fileno()  # type: ignore[attr-defined]  # an open file
    if here.inode != mark.inode or os.fstat(descriptor).st_size < mark.offset:
        return False
    return sha256(os.pread(descriptor, mark.print_bytes, 0)).hexdigest() == mark.print_sha256


def _renewed(file: object, mark: Mark) -> Mark:
    """The mark with a hash of as many first bytes as there are now: a file that was begun just now is known badly."""
    here = _identity(file, Path(mark.path))
    return _with(here, mark.offset)


def _with(mark: Mark, offset: int) -> Mark:
    return Mark(
        path=mark.path,
        inode=mark.inode,
        offset=offset,
        print_bytes=mark.print_bytes,
        print_sha256=mark.print_sha256,
    )


def _at(file: object, mark: Mark, offset: int) -> Mark:
    return _with(_renewed(file, mark), offset)


def _rest_of_rotated(path: Path, mark: Mark, *, most_bytes: int) -> Iterator[Taken]:
    """What was not taken yet of a file that has another name now."""
    for candidate in _siblings(path):
        try:
            if candidate.stat().st_ino != mark.inode:
                continue
            with candidate.open("rb") as file:
                if _is_same(file, _identity(file, candidate), mark):
                    yield from _lines(file, mark, most_bytes=most_bytes, takes_rest=True)
                    return
        except OSError:
            continue


def _siblings(path: Path) -> Iterator[Path]:
    return (each for each in sorted(path.parent.glob(f"{path.name}*")) if each != path)


def _lines(file: object, mark: Mark, *, most_bytes: int, takes_rest: bool) -> Iterator[Taken]:
    descriptor, offset = file.fileno(), mark.offset  # type: ignore[attr-defined]  # an open file
    while piece := os.pread(descriptor, most_bytes, offset):
        end = piece.rfind(b"\n") + 1
        is_last = offset + len(piece) >= os.fstat(descriptor).st_size
        if end == 0 and not (takes_rest and is_last) and len(piece) < min(most_bytes, LONGEST_LINE):
            return
        payload = piece if end == 0 or (takes_rest and is_last) else piece[:end]
        after = _with(mark, offset + len(payload))
        yield Taken(payload=payload, before=_with(mark, offset), after=after, cut=int(end == 0 and not takes_rest))
        offset += len(payload)
