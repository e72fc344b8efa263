"""What the worker runs for this domain: days are compacted and sealed, and end."""

from __future__ import annotations

import logging

from burgrave.events import commands, queries
from burgrave.jobs.terms import Args, Lease
from burgrave.web.terms import system_actor

log = logging.getLogger(__name__)


def compact(lease: Lease, _args: Args) -> None:
    """Files that nobody names are gone, and days that hold many files hold few."""
    _sweep(lease)  # first: where the disk is full, this may be the room that is missing
    for done, (unit_id, day) in enumerate(queries.full_days()):
        lease.progress(done, 0)
        commands.compact(unit_id, day)


def seal(lease: Lease, _args: Args) -> None:
    """Days that are over hold few files and are sealed."""
    for done, (unit_id, day) in enumerate(queries.open_days(lease.now())):
        lease.progress(done, 0)
        commands.compact(unit_id, day)
        with lease.effects():
            commands.seal_day(unit_id, day, actor=system_actor(), now=lease.now())


def expire(lease: Lease, _args: Args) -> None:
    """Events whose time is over are gone, and files that nobody names."""
    for done, unit_id in enumerate(queries.units_with_events()):
        lease.progress(done, 0)
        with lease.effects():
            commands.expire(unit_id, actor=system_actor(), now=lease.now())
    _sweep(lease)


def _sweep(lease: Lease) -> None:
    removed = commands.sweep(now=lease.now())
    if removed:
        log.info("removed %s files of the event store that nothing referred to", removed)
