"""What the worker runs for this domain."""

from __future__ import annotations

import logging

from burgrave.isms import commands
from burgrave.jobs.terms import Args, Lease

log = logging.getLogger(__name__)


def take_due_readings(lease: Lease, _args: Args) -> None:
    """Every due indicator that the program itself can read has its reading of today."""
    taken = commands.take_due_readings(now=lease.now())
    if taken:
        log.info("took %s readings of indicators", taken)


def remind_of_decisions(lease: Lease, _args: Args) -> None:
    """Whoever owns an open decision hears of it in the week before its day, on the day, and once a week after it."""
    goes_on = True
    while goes_on:
        with lease.effects():
            goes_on = bool(commands.remind_of_decisions(now=lease.now()))
