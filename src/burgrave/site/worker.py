"""The worker: it seals the ledger, starts the handlers of its news, and runs the jobs."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.utils import timezone

from burgrave.assurance import commands as assurance
from burgrave.custody import commands as custody
from burgrave.incidents import commands as incidents
from burgrave.incidents.handlers import loaded_rules
from burgrave.jobs import commands as jobs
from burgrave.ledger import commands as ledger
from burgrave.site.wiring import HANDLERS, JOBS
from burgrave.web.rest import idempotency
from burgrave.web.terms import system_actor

log = logging.getLogger(__name__)

SEAL_EVERY_SECONDS = 0.5
ANCHOR_EVERY_SECONDS = 5.0
SWEEP_EVERY_SECONDS = 24 * 60 * 60
LOOK_EVERY_SECONDS = 0.3
LONGEST_PAUSE_SECONDS = 15.0


def run(stop: threading.Event) -> None:
    """Work until ``stop`` is set. The ledger has a thread of its own, so that a long job never delays a checkpoint."""
    sealer = threading.Thread(
        target=_repeat, args=(_seal_and_tell, SEAL_EVERY_SECONDS, stop), name="ledger", daemon=True
    )
    sealer.start()
    sweeper = threading.Thread(target=_repeat, args=(_sweep, SWEEP_EVERY_SECONDS, stop), name="sweep", daemon=True)
    sweeper.start()
    anchorer = threading.Thread(target=_repeat, args=(_anchor, ANCHOR_EVERY_SECONDS, stop), name="anchors", daemon=True)
    anchorer.start()
    name = f"{socket.gethostname()}-{os.getpid()}"

    begun = False

    def work() -> bool:
        nonlocal begun
        if not begun:
            # So that the page of the rules is not empty before the first event file comes.
            incidents.load_rules(
                loaded_rules(local=settings.BURGRAVE_RULES).book, actor=system_actor(), now=timezone.now()
            )
            begun = True
        return jobs.run_next(JOBS, worker=name, clock=timezone.now, stopping=stop.is_set) is not None

    _repeat(work, LOOK_EVERY_SECONDS, stop)
    sealer.join(timeout=10)
    sweeper.join(timeout=10)
    anchorer.join(timeout=10)


def _seal_and_tell() -> bool:
    sealed = custody.seal(now=timezone.now()) is not None
    told = ledger.dispatch(HANDLERS, now=timezone.now())
    return sealed or told > 0


def _anchor() -> bool:
    """Has a thread of its own: a witness that hangs delays no checkpoint and no job."""
    custody.tend(settings.BURGRAVE_ANCHORS, now=timezone.now())
    return False


def _sweep() -> bool:
    """Stored bytes that nothing refers to are gone: what an upload left behind. Kept answers of the API end too."""
    idempotency.forget(now=timezone.now())
    removed = assurance.sweep_orphans(now=timezone.now())
    if removed:
        log.info("removed %s stored files that nothing referred to", removed)
    return False


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
