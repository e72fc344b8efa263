"""`burgrave jobs`: see and mend the background work from a script."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from burgrave.cli.ledger import Refusing
from burgrave.jobs.terms import JobFilter, JobState
from burgrave.site import boot
from burgrave.web.terms import system_actor

STATES = ("queued", "running", "done", "failed", "cancelled")


@click.group(cls=Refusing)
def jobs() -> None:
    """See, retry and cancel jobs. What is done here is recorded as done by the system."""


@jobs.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only these; may be repeated.")
@click.option("--kind", "kinds", multiple=True, help="Only these kinds; may be repeated.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="So many, newest first.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
def list_jobs(*, states: tuple[str, ...], kinds: tuple[str, ...], limit: int, form: str) -> None:
    """Print jobs, newest first: number, state, attempts, kind, error."""
    _boot()

    from burgrave.jobs import queries

    wanted = JobFilter(states=tuple(JobState(state) for state in states), kinds=kinds)
    page = queries.jobs(wanted, number=1, size=limit, now=datetime.now(UTC))
    for row in page.rows:
        if form == "jsonl":
            fields = {
                "job_id": row.job_id,
                "kind": row.kind,
                "state": row.state,
                "attempts": row.attempts,
                "created_at": row.created_at.isoformat(),
                "error": row.error,
            }
            click.echo(json.dumps(fields, ensure_ascii=False))
        else:
            error = f"  {row.error.splitlines()[0]}" if row.error else ""
            click.echo(f"{row.job_id:>8}  {row.state:<9}  {row.attempts}/{row.max_attempts}  {row.kind}{error}")
    click.echo(f"{len(page.rows)} of {page.total} jobs", err=True)


@jobs.command()
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.option("--kind", help="Instead of one: all failed jobs of this kind, at most 1,000 at once.")
def retry(*, number: int | None, kind: str | None) -> None:
    """Let the failed job NUMBER, or all of a kind, wait for a worker again."""
    if (number is None) == (kind is None):
        raise click.UsageError("name one job by its NUMBER, or a kind with --kind.")
    _boot()

    from burgrave.operations import commands

    if number is not None:
        commands.retry_job(number, actor=system_actor(), now=datetime.now(UTC))
        click.echo(f"job {number} waits for a worker again")
    elif kind is not None:
        count = commands.retry_jobs(kind, actor=system_actor(), now=datetime.now(UTC))
        click.echo(f"{count} jobs wait for a worker again")


@jobs.command()
@click.argument("number", type=click.IntRange(min=1))
def cancel(number: int) -> None:
    """Cancel the waiting job NUMBER, or ask the running one to stop."""
    _boot()

    from burgrave.operations import commands

    state = commands.cancel_job(number, actor=system_actor(), now=datetime.now(UTC))
    click.echo(f"job {number} is cancelled" if state == "cancelled" else f"job {number} was asked to stop")


def _boot() -> None:
    boot.boot()
