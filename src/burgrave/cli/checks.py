"""`burgrave checks`: the checks of measures from a script."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import click

from burgrave.cli.ledger import Refusing
from burgrave.engines.standing import Result
from burgrave.site import boot
from burgrave.web.terms import system_actor


@click.group(cls=Refusing)
def checks() -> None:
    """See and run the checks of measures: standard output carries results, standard error the rest."""


@checks.command("list")
@click.option("--due", is_flag=True, help="Only those that are to be run by today.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_checks(*, due: bool, form: str) -> None:
    """List the checks that are not retired, the one that is due first on top."""
    boot.boot()

    from burgrave.assurance import queries
    from burgrave.assurance.terms import CheckRow

    today = datetime.now(UTC).date()
    number = 1
    rows: list[CheckRow] = []
    while True:
        page = queries.checks(queries.CheckFilter(due=due), actor=system_actor(), today=today, number=number, size=100)
        rows += page.rows
        if number >= page.pages:
            break
        number += 1
    if form == "json":
        told = [
            {
                "number": row.number,
                "title": row.title,
                "measure": row.measure_number,
                "automatic": row.automatic,
                "state": row.state.name.lower(),
                "due_on": row.due_on.isoformat(),
                "valid_until": row.valid_until.isoformat() if row.valid_until else None,
            }
            for row in rows
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        how = row.automatic or row.owner_name or "-"
        click.echo(f"{row.number}  {row.state.name.lower():12}  due {row.due_on}  {how}  {row.title}")


@checks.command("run")
@click.argument("numbers", nargs=-1)
def run_checks(numbers: tuple[str, ...]) -> None:
    """Run the automatic checks with these NUMBERS, such as CHK-2026-0001, or all that are due.

    Exit code 1 when one of them failed, 2 when a number names no automatic check.
    """
    boot.boot()

    from burgrave.assurance import commands, queries

    now, actor = datetime.now(UTC), system_actor()
    chosen = queries.automatic_numbers(numbers) if numbers else queries.automatic_numbers_due(now=now.date())
    if unknown := sorted(set(numbers) - set(chosen)):
        raise click.UsageError(f"{', '.join(unknown)}: no automatic check has this number; see burgrave checks list")
    failed = 0
    for number, check_id in chosen.items():
        run, _check = queries.run(commands.run_check(check_id, actor=actor, now=now), actor=actor)
        failed += run.result is Result.FAILED
        click.echo(f"{number}  {run.result.name.lower():12}  {run.note}")
    click.echo(f"{len(chosen)} checks ran, {failed} failed", err=True)
    if failed:
        sys.exit(1)
