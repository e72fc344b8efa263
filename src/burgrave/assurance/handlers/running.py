"""Checks that are due are run, and standings follow the day."""

from __future__ import annotations

import logging
from datetime import UTC

from burgrave.assurance import commands, queries
from burgrave.assurance.errors import UnknownCheck
from burgrave.jobs.terms import Args, Lease
from burgrave.web.terms import system_actor

log = logging.getLogger(__name__)


def run_due_checks(lease: Lease, _args: Args) -> None:
    """Each automatic check that is due has run. Cut off, the next turn goes on: what ran is not due any more.

    A check that no domain gives any more is left alone, and said in the log; its evidence grows stale by itself.
    """
    due = queries.due_automatic(now=lease.now().astimezone(UTC).date())
    for done, check_id in enumerate(due):
        lease.progress(done, len(due))
        try:
            commands.run_check(check_id, actor=system_actor(), now=lease.now())
        except UnknownCheck as unknown:
            log.warning("check %s was not run: %s", check_id, unknown)


def renew_standings(lease: Lease, _args: Args) -> None:
    """States and standings are of today: what was valid until yesterday is stale."""
    commands.renew_all(today=lease.now().astimezone(UTC).date())
