"""`burgrave policies`: documents are brought in from files, and rates of acknowledgement printed, for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burgrave.cli.acknowledging import acknowledgements
from burgrave.cli.ledger import Refusing
from burgrave.site import boot

if TYPE_CHECKING:
    from burgrave.imports.terms import Outcome, Plan
    from burgrave.web.terms import Actor, UnitId

SHOWN = 50
MOST_FILES = 2_000
_AS = click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is done.")
_UNIT = click.option("--unit", default="", metavar="NAME", help="The unit of what is new; the whole without it.")
_DRY = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group(cls=Refusing)
def policies() -> None:
    """Bring policies, norms and procedures in as drafts, and see who knows them."""


@policies.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@_AS
@_UNIT
@_DRY
@_JSON
def import_files(paths: tuple[Path, ...], *, email: str, unit: str, dry_run: bool, as_json: bool) -> None:
    """Bring the documents in PATHS in as drafts: folders, archives, Markdown, Word and HTML files, all or none.

    A document is found again by its number, or by the path of its file, so that the same files twice change nothing.
    Exit code 1 when a file cannot be taken: nothing was changed then.
    """
    boot.boot()
    from burgrave.engines.norms import Arrival, NormError, arrive, arrive_all
    from burgrave.policies import commands

    try:
        if len(paths) == 1 and paths[0].is_file():
            found: Arrival = arrive(paths[0].read_bytes(), name=paths[0].name)
        else:
            found = arrive_all(list(_files(paths)))
    except NormError as error:
        raise click.ClickException(str(error)) from error
    _bring(
        lambda actor, unit_id: commands.plan_import(found, unit_id=unit_id, actor=actor),
        lambda actor, unit_id, now: commands.import_files(found, unit_id=unit_id, actor=actor, now=now),
        email=email,
        unit=unit,
        dry_run=dry_run,
        as_json=as_json,
    )


@policies.command("adopt-starter")
@click.option("--language", type=click.Choice(["en", "zh-hans", "both"]), default="both", show_default=True)
@_AS
@_UNIT
@_DRY
@_JSON
def adopt_starter(*, language: str, email: str, unit: str, dry_run: bool, as_json: bool) -> None:
    """Adopt the norm set that ships along as drafts: 2 policies, 22 norms and 15 procedures.

    A text that stands under its number already is left alone.
    """
    boot.boot()
    from burgrave.engines.norms import Language
    from burgrave.policies import commands

    chosen = tuple(Language) if language == "both" else (Language(language),)
    _bring(
        lambda actor, unit_id: commands.plan_starter(chosen, unit_id=unit_id, actor=actor),
        lambda actor, unit_id, now: commands.adopt_starter(chosen, unit_id=unit_id, actor=actor, now=now),
        email=email,
        unit=unit,
        dry_run=dry_run,
        as_json=as_json,
    )


def _bring(
    plan_it: Callable[[Actor, UnitId], Plan],
    do_it: Callable[[Actor, UnitId, datetime], Outcome],
    *,
    email: str,
    unit: str,
    dry_run: bool,
    as_json: bool,
) -> None:

    from burgrave.people import queries as people

    now = datetime.now(UTC)
    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    actor, unit_id = people.actor_of(person_id, now), people.unit_named(unit).unit_id
    plan = plan_it(actor, unit_id)
    _show(plan, dry_run=dry_run, as_json=as_json)
    if plan.faults:
        sys.exit(1)
    if not dry_run:
        do_it(actor, unit_id, now)


def _show(plan: Plan, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        shown = {
            "dry_run": dry_run,
            "documents": plan.rows,
            "new": plan.new,
            "changed": plan.changed,
            "same": plan.same,
            "figures": dict(plan.figures),
            "notes": list(plan.notes),
            "faults": [
                {"path": each.column, "line": each.line, "expected": each.expected, "mend": each.mend}
                for each in plan.faults
            ],
        }
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for note in plan.notes:
        click.echo(note)
    for change in plan.changes[:SHOWN]:
        click.echo(f"{'changed' if change.key else 'new'}: {change.name}")
    for fault in plan.faults:
        click.echo(f"{fault.column}:{fault.line}: {fault.expected}. {fault.mend}".rstrip(), err=True)
    figures = ", ".join(f"{name.lower()} {count}" for name, count in plan.figures)
    would = "would be " if dry_run or plan.faults else ""
    said = f"{plan.rows} documents: {plan.new} {would}new, {plan.changed} changed, {plan.same} the same"
    click.echo(f"{said} ({figures})", err=True)


def _files(paths: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    """The files below these paths, by the name that they are found again by; links to folders are not followed."""
    count = 0
    for path in paths:
        below = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
        for each in below:
            count += 1
            if count > MOST_FILES:
                raise click.ClickException(f"more than {MOST_FILES} files below {path}; name a smaller folder")
            yield (each.name if each == path else each.relative_to(path).as_posix()), each.read_bytes()


policies.add_command(acknowledgements)
