"""Exceptions end by themselves, and say so."""

from __future__ import annotations

from burgrave.detection import commands
from burgrave.jobs.terms import Args, Lease


def look_at_exceptions(lease: Lease, _args: Args) -> None:
    """What ended has expired; owners know of what ended and of what ends soon. Old trials keep figures alone."""
    commands.look_at_exceptions(now=lease.now())
    commands.forget_details(now=lease.now())
