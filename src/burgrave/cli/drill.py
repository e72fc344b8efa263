"""`burgrave drill`: plays attacks on a copy, and says by name who refuses each of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burgrave.cli.drilling.terms import FEWEST, DrillFault, parse_result, table
from burgrave.site import boot
from burgrave.web.terms import system_actor

if TYPE_CHECKING:
    from burgrave.cli.drilling.terms import Result

MOST_RECORDS = 2_000
PLAYING = "burgrave.cli.drilling.playing"
OWN = ("BURGRAVE_", "DATABASE_URL", "DJANGO_")
"""What names this installation in the environment is not handed to the process that attacks."""
HEAD = ("attack", "how", "refused as", "by", "verdict")


@click.group()
def drill() -> None:
    """Play attacks on a copy and see who refuses them."""


@drill.command()
@click.option(
    "--records",
    type=click.IntRange(min=FEWEST, max=100_000),
    default=MOST_RECORDS,
    show_default=True,
    help="Copy at most so many of the oldest records.",
)
@click.option("--record", "is_recorded", is_flag=True, help="Append the result to the ledger, as evidence.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def ledger(*, records: int, is_recorded: bool, form: str) -> None:
    """Attack a copy of the ledger as the owner of this machine could, before a real witness on the loopback.

    The copy lies in a temporary directory and has a key of its own: the ledger, its key and its witnesses are not
    touched. Each attack starts from the same copy; `burgrave ledger verify`, the witness, and a checkpoint that was
    kept elsewhere look at what is left. Exit code 0 when every attack is refused by somebody, and the copy that nobody
    attacked by nobody.
    """
    boot.boot()
    try:
        result = _played(records)
    except DrillFault as fault:
        raise click.ClickException(str(fault)) from fault
    if form == "json":
        click.echo(result.text())
    else:
        _print(result)
    if is_recorded:
        _record(result)
    if result.undetected:
        click.echo(f"the drill failed: {', '.join(result.undetected)}", err=True)
        sys.exit(1)


def _played(records: int) -> Result:
    from burgrave.cli.drilling import copying
    from burgrave.ledger import queries

    size = queries.head().size
    if size < FEWEST:
        raise DrillFault(f"a drill needs at least {FEWEST} records, the ledger has {size}")
    count = min(size, records)
    with tempfile.TemporaryDirectory(prefix="burgrave-drill-") as place:
        home = Path(place) / "home"
        home.mkdir(mode=0o700)
        others = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
        done = subprocess.run(
            [sys.executable, "-m", PLAYING],
            input="\n".join(copying.lines(count)),
            env={**others, "BURGRAVE_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise DrillFault(f"the drill could not be played: {last}")
    return parse_result(done.stdout)


def _print(result: Result) -> None:
    rows = [HEAD, *table(result)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    refused = result.attacks - sum(not each.is_sound for each in result.outcomes if not each.is_control)
    click.echo(f"{refused} of {result.attacks} attacks on a copy of {result.size} records were refused")


def _record(result: Result) -> None:
    from burgrave.ledger import commands

    commands.record_drill(
        size=result.size,
        attacks=result.attacks,
        undetected=result.undetected,
        actor=system_actor(),
        now=datetime.now(UTC),
    )
    click.echo("recorded in the ledger as ledger.drill_run", err=True)
