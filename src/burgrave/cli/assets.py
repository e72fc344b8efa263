"""`burgrave assets`: the inventory from a script."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from burgrave.cli.ledger import Refusing
from burgrave.engines.sheets import SheetError, open_sheet
from burgrave.site import boot

SHOWN = 50


@click.group(cls=Refusing)
def assets() -> None:
    """Work on the inventory of information assets from a script."""


@assets.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is done.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def import_file(file: Path, *, email: str, dry_run: bool, as_json: bool) -> None:
    """Write the assets of FILE (CSV or XLSX) into the inventory, all or none.

    An asset is found again by its reference, so that the same file twice changes nothing. Exit code 1 when a row cannot
    be used: nothing was changed then.
    """
    boot.boot()

    from burgrave.assets import commands
    from burgrave.people import queries as people

    now = datetime.now(UTC)
    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    try:
        sheet = open_sheet(file.read_bytes())
        done = commands.import_table(sheet, dry_run=dry_run, actor=people.actor_of(person_id, now), now=now)
    except SheetError as error:
        raise click.ClickException(f"reading {file.name}: {error}") from error
    counts = done.counts
    if as_json:
        shown = {
            "dry_run": dry_run,
            "rows": done.parsed.rows,
            "encoding": sheet.encoding,
            "mapping": done.parsed.mapping,
            "ignored": done.parsed.ignored,
            "notes": done.notes,
            "new": counts.new if counts else 0,
            "changed": counts.changed if counts else 0,
            "same": counts.same if counts else 0,
            "faults": [
                {"line": each.line, "column": each.column, "found": each.found, "expected": each.expected}
                for each in done.faults
            ],
        }
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        for note in (
            *done.notes,
            *(f"the column {name} is not known and was passed over" for name in done.parsed.ignored),
        ):
            click.echo(note, err=True)
        for fault in done.faults[:SHOWN]:
            click.echo(str(fault), err=True)
        if len(done.faults) > SHOWN:
            click.echo(f"and {len(done.faults) - SHOWN} more", err=True)
        if counts:
            would = "would be " if dry_run else ""
            click.echo(f"{counts.new} {would}new, {counts.changed} {would}changed, {counts.same} as before")
    if done.faults:
        click.echo(f"{len(done.faults)} of {done.parsed.rows} rows cannot be used; nothing was changed", err=True)
        sys.exit(1)
