"""Jobs that keep the intake tidy. Each may run twice, or be cut off anywhere, without harm."""

from __future__ import annotations

from burgrave.intake import commands
from burgrave.jobs.terms import Args, Lease


def watch(lease: Lease, _args: Args) -> None:
    """Every silence of a log source is an alert, and every one that is over says so."""
    commands.note_silences(now=lease.now())


def prune(lease: Lease, _args: Args) -> None:
    """What was taken in long ago is forgotten as far as it only guarded against being taken in twice."""
    commands.prune_spool_marks(now=lease.now())
