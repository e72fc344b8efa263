"""The files of a run shared among processes, in the order in which they stand there.

Each process takes runs of files, or portions of large ones. The processes are forks of one that has loaded the rules,
so none loads them again. A fork of a process with threads is not safe; there, and where processes cannot be forked, the
run stays in one.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from burgrave.engines.events import portions_of
from burgrave.engines.events.tables import NO_TABLES, Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from burgrave.cli.detecting.stopping import Stop
    from burgrave.engines.events import Event, EventFileError, Portion, Unreadable

SHARES_EACH: Final = 8  # of the files for each process, so that none waits long for another at the end
SMALLEST_SHARE: Final = 4 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Hit:
    """A match between processes: ``rule`` is its rule's place in the rule set, ``place`` its event's in the share."""

    place: int
    rule: int
    row: int
    fields: dict[str, str]
    values: dict[str, str]
    event: Event


@dataclass(slots=True)
class Share:
    """What one process read and found in its pieces; ``done_bytes`` are theirs."""

    hits: list[Hit] = field(default_factory=list)
    events: int = 0
    unplaced: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    refused: list[EventFileError] = field(default_factory=list)
    cpu_seconds: float = 0.0
    done_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of so many bytes, or a portion of one."""

    path: Path
    size: int
    portion: Portion | None


_work: Callable[[Sequence[Piece]], Share] | None = None


def can_share() -> bool:
    """Whether this process may fork now."""
    return (
        sys.platform == "linux" and "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    )


def cut(files: Sequence[Path], sizes: Sequence[int], workers: int, *, tables: Tables = NO_TABLES) -> list[list[Piece]]:
    """Runs of files that follow each other, or portions of large ones, each of about the same number of bytes."""
    most = max(SMALLEST_SHARE, sum(sizes) // (workers * SHARES_EACH))
    shares: list[list[Piece]] = []
    held = most
    for path, size in zip(files, sizes, strict=True):
        portions = portions_of(path, size=most, tables=tables) if size >= 2 * most else []
        for piece in [Piece(path, size, None)] if not portions else [_piece(path, portion) for portion in portions]:
            if held >= most:
                shares.append([])
                held = 0
            shares[-1].append(piece)
            held += piece.size
    return shares


def _piece(path: Path, portion: Portion) -> Piece:
    return Piece(path, portion.stop - portion.start, portion)


def shared(
    work: Callable[[Sequence[Piece]], Share], shares: Sequence[Sequence[Piece]], *, workers: int, stop: Stop
) -> Iterator[Share]:
    """What ``work`` makes of each share, in their order; few are held at a time. After a stop none is begun."""
    global _work  # noqa: PLW0603 - what the forks inherit, so that no rule goes through a pipe
    _work = work
    context = multiprocessing.get_context("fork")
    waiting = iter(shares)
    running: deque[Future[Share]] = deque()
    try:
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin) as pool:
            for share in waiting:
                running.append(pool.submit(_run, share))
                if len(running) > workers:
                    yield running.popleft().result()
                if stop.asked:
                    break
            while running:
                first = running.popleft()
                if not (stop.asked and first.cancel()):
                    yield first.result()
    finally:
        _work = None


def _begin() -> None:
    """Ctrl-C goes to all processes of a terminal; the one that hands out work says what becomes of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(pieces: Sequence[Piece]) -> Share:
    if _work is None:
        raise RuntimeError("a process was begun without work to do")
    return _work(pieces)
