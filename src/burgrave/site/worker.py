"""The worker: it seals the ledger, starts the handlers of its news, fires the schedules, and runs the jobs."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import connection
from django.utils import timezone

from burgrave.custody import commands as custody
from burgrave.incidents.handlers import make_rules_live
from burgrave.intake import commands as intake
from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import BEAT
from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.site.wiring import HANDLERS, JOBS, POLICIES, SCHEDULES, SEARCHED

log = logging.getLogger(__name__)

SEAL_EVERY_SECONDS = 0.5
ANCHOR_EVERY_SECONDS = 5.0
FIRE_EVERY_SECONDS = 1.0
LOOK_EVERY_SECONDS = 0.3
TAKE_EVERY_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0
FAREWELL_SECONDS = 10.0
REST_SECONDS = 0.1
"""As long as SQLite lets those wait who found it locked, before they look again."""
SWITCH_SECONDS = 0.000_5
"""After so long a thread that computes lets others in. With Python's 5 ms each statement of a transaction waited for
that of a thread that read an event file, and everybody else for the transaction."""


def run(stop: threading.Event) -> None:
    """Work until ``stop`` is set.

    The ledger has a thread of its own, so that a long job never delays a checkpoint; so have the anchors, since a
    witness may hang, and the intake, so that what streams bring is read soon. Jobs run in two lanes, of which one takes
    no long ones, so that a message is not behind a file.
    """
    # A process number comes again, and a machine may be copied: the name of a worker never does.
    name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"
    sys.setswitchinterval(SWITCH_SECONDS)
    jobs.write_schedules(SCHEDULES, now=timezone.now())
    threads = [
        _thread("ledger", _seal_and_tell, SEAL_EVERY_SECONDS, stop),
        _thread("anchors", _anchor, ANCHOR_EVERY_SECONDS, stop),
        _thread("schedules", _fire, FIRE_EVERY_SECONDS, stop),
        _thread("intake", _take_in, TAKE_EVERY_SECONDS, stop),
        _thread("beat", _beat(name), BEAT.total_seconds(), stop),
        _thread("short", partial(_work, f"{name}/short", stop, without_long=True), LOOK_EVERY_SECONDS, stop),
    ]
    begun = False

    def work() -> bool:
        nonlocal begun
        if not begun:
            # So that the page of the rules is not empty before the first event file comes.
            make_rules_live(timezone.now())
            if (entries := lists.rebuild_if_old(SEARCHED)) is not None:
                log.info("made the index of the search: %s entries", entries)
            begun = True
        return _work(f"{name}/any", stop, without_long=False)

    _repeat(work, LOOK_EVERY_SECONDS, stop)
    for thread in threads:
        thread.join(timeout=FAREWELL_SECONDS)
    jobs.farewell(name, now=timezone.now())
    connection.close()


def _thread(name: str, step: Callable[[], bool], pause_seconds: float, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=_repeat, args=(step, pause_seconds, stop), name=name, daemon=True)
    thread.start()
    return thread


def _work(lane: str, stop: threading.Event, *, without_long: bool) -> bool:
    done = jobs.run_next(
        JOBS,
        worker=lane,
        clock=timezone.now,
        stopping=stop.is_set,
        policies=POLICIES,
        without_long=without_long,
    )
    return done is not None


def _seal_and_tell() -> bool:
    sealed = custody.seal(now=timezone.now()) is not None
    told = ledger.dispatch(HANDLERS, now=timezone.now(), rest=partial(time.sleep, REST_SECONDS))
    return sealed or told > 0


def _anchor() -> bool:
    custody.tend(settings.BURGRAVE_ANCHORS, now=timezone.now())
    return False


def _fire() -> bool:
    return jobs.fire_due(now=timezone.now()) > 0


def _take_in() -> bool:
    return intake.take_in(now=timezone.now()) > 0


def _beat(name: str) -> Callable[[], bool]:
    started_at = timezone.now()

    def beat() -> bool:
        jobs.beat(name, host=socket.gethostname(), started_at=started_at, now=timezone.now())
        return False

    return beat


def _repeat(step: Callable[[], bool], pause_seconds: float, stop: threading.Event) -> None:
    failures = 0
    try:
        while not stop.is_set():
            try:
                busy = step()
                failures = 0
            except Exception:  # the edge of the process: the next round must come whatever this one met
                failures += 1
                busy = False
                log.exception("a round of the worker failed (%s in a row)", failures)
                connection.close()
            if not busy:
                stop.wait(min(pause_seconds * 2**failures, LONGEST_PAUSE_SECONDS) if failures else pause_seconds)
    finally:
        connection.close()
