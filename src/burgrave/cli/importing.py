"""`burgrave people import`: persons from a spreadsheet."""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from burgrave.engines.sheets import SheetError
from burgrave.imports.terms import Plan, Source
from burgrave.site import boot

SHOWN = 50


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is done.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--make-units", is_flag=True, help="Make units that are missing, below the one where the path begins.")
@click.option("--deactivate-missing", is_flag=True, help="Deactivate everybody who is not in FILE. Shown by --dry-run.")
@click.option(
    "--links", type=click.Path(dir_okay=False, path_type=Path), help="Write a one-time link for each new person here."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def import_people(
    file: Path,
    *,
    email: str,
    dry_run: bool,
    make_units: bool,
    deactivate_missing: bool,
    links: Path | None,
    as_json: bool,
) -> None:
    """Bring the persons of FILE (CSV or XLSX) with their units and roles, all or nobody.

    A person is found again by the e-mail address in any case, so that the same file twice changes nothing. Exit code 1
    when a row cannot be used: nothing was changed then.
    """
    boot.boot()

    from burgrave.imports.commands import PeopleSheet
    from burgrave.people import commands, queries

    now = datetime.now(UTC)
    person_id = queries.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    actor = queries.actor_of(person_id, now)
    options = {"units": "yes" if make_units else "", "leaving": "yes" if deactivate_missing else ""}
    source = Source(content=file.read_bytes(), options=options)
    target = PeopleSheet()
    try:
        plan = target.plan(source, actor=actor, now=now, tell=lambda _done, _total: None)
        if not plan.fault_count and not dry_run:
            outcome = target.prepare(source, actor=actor, now=now, tell=lambda _done, _total: None)()
    except SheetError as error:
        raise click.ClickException(f"reading {file.name}: {error}") from error
    _tell(plan, dry_run=dry_run, as_json=as_json)
    if plan.fault_count:
        click.echo(f"{plan.fault_count} faults in {plan.rows} rows; nothing was changed", err=True)
        sys.exit(1)
    if links is not None and not dry_run:
        invited = commands.invite_many(list(outcome.new), actor=actor, now=now)
        _write(links, [(each.name, each.email, each.path, each.expires_at.isoformat()) for each in invited])


def _tell(plan: Plan, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        shown = {
            "dry_run": dry_run,
            "rows": plan.rows,
            "new": plan.new,
            "changed": plan.changed,
            "same": plan.same,
            **dict(plan.figures),
            "notes": list(plan.notes),
            "faults": [
                {"line": each.line, "column": each.column, "found": each.found, "expected": each.expected}
                for each in plan.faults
            ],
        }
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        for note in plan.notes:
            click.echo(note, err=True)
        for fault in plan.faults[:SHOWN]:
            click.echo(str(fault), err=True)
        if dry_run:
            for change in plan.changes[:SHOWN]:
                told = "; ".join(f"{name}: {old or '–'} → {new}" for name, old, new in change.fields)
                click.echo(f"{change.name}: {told or 'new'}", err=True)
        would = "would be " if dry_run or plan.fault_count else ""
        figures = ", ".join(f"{name.lower()}: {count}" for name, count in plan.figures)
        click.echo(f"{plan.new} {would}new, {plan.changed} {would}changed, {plan.same} as before; {figures}")


def _write(path: Path, rows: list[tuple[str, str, str, str]]) -> None:
    """A list that only its owner reads."""
    path.touch(mode=0o600, exist_ok=False)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "e-mail address", "path of the link", "ends at"))
        writer.writerows(rows)
