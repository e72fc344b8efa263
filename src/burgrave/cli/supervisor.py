"""Child processes that are restarted when they die, and that end with their supervisor."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

from burgrave.site.orphans import STARTED_BY

log = logging.getLogger("burgrave.supervisor")

GRACE_SECONDS = 12.0
STEADY_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 15.0
POLL_SECONDS = 0.1


@dataclass(kw_only=True)
class Child:
    """A program that must be running. It leads a process group of its own, so that its children end with it."""

    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_again_at: float = 0.0
    pause: float = field(default=0.25)
    is_wanted: Callable[[], bool] = field(default=lambda: True)

    def start(self, now: float) -> None:
        environment = {**os.environ, STARTED_BY: str(os.getpid())}
        self.process = subprocess.Popen(self.arguments, env=environment, start_new_session=True)
        self.started = now

    def look(self, now: float) -> None:
        """Start the child when it is due; when it died, end what it left behind and set the time of its restart."""
        if self.process is None:
            if now >= self.start_again_at and self.is_wanted():
                self.start(now)
            return
        code = self.process.poll()
        if code is None:
            return
        # A killed web server leaves its workers behind, and they would go on answering beside the new ones.
        self._signal_group(signal.SIGKILL)
        steady = now - self.started > STEADY_SECONDS
        self.pause = 0.25 if steady else min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        log.warning("the %s process ended with %s; it starts again in %.1f s", self.name, code, self.pause)
        self.process, self.start_again_at = None, now + self.pause

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """The child and everything it started are gone."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("the %s process did not end in time and is killed", self.name)
        self._signal_group(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _signal_group(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


def supervise(children: Sequence[Child]) -> int:
    """Keep the children running until SIGTERM or SIGINT. Returns the exit code, 0."""
    ending = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal ending
        ending = True

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    try:
        while not ending:
            for child in children:
                child.look(time.monotonic())
            time.sleep(POLL_SECONDS)
    finally:
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in children:
            child.end(deadline)
    return 0
