"""Small jobs of the domain."""

from __future__ import annotations

from uuid import UUID

from burgrave.jobs.terms import Args, Lease
from burgrave.notifications import commands


def escalate(lease: Lease, args: Args) -> None:
    """Urgent news that nobody acknowledged went on to others."""
    with lease.final_effects():
        commands.escalate(UUID(str(args["news_id"])), step=int(str(args["step"])), now=lease.now())


def gather_digests(lease: Lease, _args: Args) -> None:
    """Whoever's hour has come has one message with all that waited."""
    commands.gather_digests(now=lease.now())


def prune(lease: Lease, _args: Args) -> None:
    """Old news is gone."""
    commands.prune(now=lease.now())
