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
