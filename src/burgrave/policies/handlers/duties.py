"""What goes on by itself: exceptions end, procedures begin, and whoever they concern is told."""

from __future__ import annotations

from collections.abc import Callable

from burgrave.jobs.terms import Args, Lease
from burgrave.policies import commands
from burgrave.web.terms import system_actor


def look_at_exceptions(lease: Lease, _args: Args) -> None:
    """What is over and was not renewed is a finding; what ends soon is announced."""
    _until_none(lease, lambda: commands.expire_some(actor=system_actor(), now=lease.now()))
    _until_none(lease, lambda: commands.announce_ends(now=lease.now()))


def take_effect(lease: Lease, _args: Args) -> None:
    """What was published before and whose first day has come holds now."""
    _until_none(lease, lambda: commands.take_effect_some(actor=system_actor(), now=lease.now()))


def start_runs(lease: Lease, _args: Args) -> None:
    """Procedures whose day has come are run; who leads one that is late knows it."""
    _until_none(lease, lambda: commands.start_due_runs(actor=system_actor(), now=lease.now()))
    _until_none(lease, lambda: commands.remind_late_runs(now=lease.now()))


def _until_none(lease: Lease, some: Callable[[], int]) -> None:
    goes_on = True
    while goes_on:
        with lease.effects():
            goes_on = bool(some())
