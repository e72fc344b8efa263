"""Reminders go out once a day."""

from __future__ import annotations

from burgrave.jobs.terms import Args, Lease
from burgrave.policies import commands


def remind(lease: Lease, _args: Args) -> None:
    """Everybody who is due is reminded, and the heads of units are told, each once."""
    goes_on = True
    while goes_on:
        with lease.effects():
            goes_on = bool(commands.remind_some(now=lease.now()))
    goes_on = True
    while goes_on:
        with lease.effects():
            goes_on = bool(commands.escalate_some(now=lease.now()))
