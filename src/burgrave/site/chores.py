"""Jobs that keep the house tidy. Each may run twice, or be cut off anywhere, without harm."""

from __future__ import annotations

import logging

from burgrave.assurance import commands as assurance
from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import Args, Lease
from burgrave.web.rest import idempotency

log = logging.getLogger(__name__)


def sweep_orphans(lease: Lease, _args: Args) -> None:
    """Stored bytes that nothing refers to are gone: what an upload left behind."""
    removed = assurance.sweep_orphans(now=lease.now())
    if removed:
        log.info("removed %s stored files that nothing referred to", removed)


def forget_answers(lease: Lease, _args: Args) -> None:
    """Kept answers of the API have ended with their day."""
    idempotency.forget(now=lease.now())


def prune_jobs(lease: Lease, _args: Args) -> None:
    """Jobs that ended long ago are gone."""
    removed = jobs.prune(now=lease.now())
    if removed:
        log.info("removed %s jobs that ended long ago", removed)
