"""News of the inventory: what assets need has changed, so alerts are weighed anew."""

from __future__ import annotations

from burgrave.incidents import commands
from burgrave.jobs.terms import Args, Lease
from burgrave.ledger.terms import StoredRecord
from burgrave.web.terms import system_actor


def on_need_changed(record: StoredRecord) -> None:
    """A worker weighs the undecided alerts; however much news comes, at most one such work waits."""
    commands.ask_for_weighing(now=record.at)


def reweigh(lease: Lease, args: Args) -> None:  # noqa: ARG001 - the signature of every job
    """Every undecided alert is as urgent as what its assets need now."""
    with lease.final_effects():
        commands.reweigh(actor=system_actor(), now=lease.now())
