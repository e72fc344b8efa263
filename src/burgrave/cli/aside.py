"""A worker has `burgrave prepare` run beside it, so that nobody waits for loops to be compiled."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

from burgrave.cli.prepared import is_prepared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

log = logging.getLogger("burgrave.prepare")

PREPARE: Final = (sys.executable, "-m", "burgrave", "prepare", "--json")
LOWEST: Final = 19
_FAREWELL_SECONDS: Final = 2.0
_NAMED: Final = 300  # characters of what a process said last


@contextlib.contextmanager
def preparing(arguments: Sequence[str] = PREPARE) -> Iterator[None]:
    """Loops are being compiled in a process of its own, which gives way to all others and ends with the block.

    Where that was done before there is no process. Whatever becomes of it is only logged: without it the first large
    event file takes longer.
    """
    if arguments is PREPARE and is_prepared():
        yield
        return
    try:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    except OSError as failure:
        log.warning("compiling loops ahead of the first event file: %s", failure)
        yield
        return
    with contextlib.suppress(OSError):  # it may have ended by now
        os.setpriority(os.PRIO_PROCESS, process.pid, LOWEST)
    ending = threading.Event()
    watch = threading.Thread(target=_tell, args=(process, ending), name="prepare", daemon=True)
    watch.start()
    try:
        yield
    finally:
        ending.set()
        process.kill()  # what was compiled is kept loop by loop
        watch.join(timeout=_FAREWELL_SECONDS)


def _tell(process: subprocess.Popen[str], ending: threading.Event) -> None:
    """Log how it ended, unless it was to end."""
    said, wrong = process.communicate()
    if ending.is_set():
        return
    if process.returncode:
        last = wrong.strip().rpartition("\n")[2][:_NAMED]
        log.warning("compiling loops ahead of the first event file ended with %s: %s", process.returncode, last)
        return
    try:
        told = json.loads(said)
        if told["compiled"]:
            log.info("compiled %s of %s loops in %s s", told["compiled"], told["loops"], told["seconds"])
        if told["removed"]:
            log.info("removed %s files that were compiled of other versions", told["removed"])
    except (ValueError, LookupError, TypeError):
        log.warning(
            "compiling loops ahead of the first event file said something else than it was to say: %s", said[:_NAMED]
        )
