"""Processes that answer one question each and are gone with whoever asked; `cell` says what they keep to."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any, cast

from burgrave.engines.hunting.errors import STOPPED, HuntFailed, too_long
from burgrave.engines.hunting.sources import HuntLimits
from burgrave.engines.phrases import Phrase


class Answering:
    """A process that answers on ``out``, and the time that it has."""

    def __init__(self, cell: str, limits: HuntLimits) -> None:
        self._limits = limits
        self._is_late = False
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", f"burgrave.engines.hunting.{cell}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
        )
        self.out = cast("IO[bytes]", self._process.stdout)
        self._timer = threading.Timer(limits.seconds, self._stop)
        self._timer.daemon = True
        self._timer.start()

    def ask(self, question: Mapping[str, object]) -> None:
        """Hand it the question; where it has ended already, `failure` says why."""
        into = cast("IO[bytes]", self._process.stdin)
        with suppress(BrokenPipeError):
            into.write(json.dumps({**question, "limits": dataclasses.asdict(self._limits)}).encode() + b"\n")
            into.flush()

    def must_be_done(self) -> None:
        """Return once it ended by itself with a whole answer. Raises HuntFailed."""
        if self._process.wait():
            raise self.failure()

    def failure(self) -> HuntFailed:
        """Why there is no answer, or not the whole of it."""
        self._process.kill()
        said = cast("IO[bytes]", self._process.stderr).read()
        if self._is_late:
            return HuntFailed(too_long(self._limits))
        try:
            told: dict[str, Any] = json.loads(said)
            return HuntFailed(Phrase(told["error"], **told["words"]))
        except (ValueError, LookupError, TypeError):  # it was stopped by the system
            return HuntFailed(STOPPED)

    def end(self) -> None:
        """The process is gone, with its pipes."""
        self._timer.cancel()
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(BrokenPipeError):  # of what it did not read
                cast("IO[bytes]", pipe).close()
        self._process.wait()

    def _stop(self) -> None:
        self._is_late = True
        self._process.kill()


@contextmanager
def asked(cell: str, question: Mapping[str, object], *, limits: HuntLimits) -> Iterator[Answering]:
    """A process of this module answers the question, until the block ends or the time of the limits is over."""
    answering = Answering(cell, limits)
    try:
        answering.ask(question)
        yield answering
    finally:
        answering.end()
