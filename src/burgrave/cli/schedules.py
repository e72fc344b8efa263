"""`burgrave schedules`: see what is due, and begin it now."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from burgrave.cli.ledger import Refusing
from burgrave.site import boot
from burgrave.web.terms import system_actor


@click.group(cls=Refusing)
def schedules() -> None:
    """See what Burgrave does by itself, and begin it now."""


@schedules.command("list")
def list_schedules() -> None:
    """Print every schedule: next due time in UTC, times missed, name, timing."""
    _boot()
    from burgrave.jobs import queries

    for row in queries.schedules():
        timing = f"every {row.timing.every}" if row.timing.every else f"{row.timing.cron} ({row.timing.zone})"
        due = "paused" if row.is_paused else f"{row.next_run_at:%Y-%m-%dT%H:%M:%SZ}"
        click.echo(f"{due:<20}  {row.missed:>6} missed  {row.name}  {timing}")


@schedules.command()
@click.argument("name")
def run(name: str) -> None:
    """Queue the job of the schedule NAME once more, now. A worker runs it."""
    _boot()

    from burgrave.operations import commands

    number = commands.run_schedule(name, actor=system_actor(), now=datetime.now(UTC))
    click.echo(f"job {number} waits for a worker")


def _boot() -> None:
    boot.boot()
