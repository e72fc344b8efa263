"""`burgrave rules import`: Sigma rules out of a folder, an archive or a file into the library."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burgrave.detection.errors import ArchiveRefused
from burgrave.site import boot
from burgrave.web.errors import Refusal

if TYPE_CHECKING:
    from burgrave.detection.commands import Arrived
    from burgrave.detection.terms import RuleFiles
    from burgrave.imports.terms import Plan

SHOWN = 50


@click.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is done.")
@click.option("--name", default="", help="What the import is called; the name of PATH if not given.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--strict", is_flag=True, help="Change nothing when a rule cannot run.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def import_rules(path: Path, *, email: str, name: str, dry_run: bool, strict: bool, as_json: bool) -> None:
    """Bring the Sigma rules in PATH (a folder such as a git checkout, a zip archive, or a file) into the library.

    What is new, or differs from what is there, waits for the decision of somebody else; the same again changes
    nothing. Rules that cannot run go to standard error with path and line, and are kept with the import. Links in a
    folder are not followed. Exit code 1 when a rule cannot run and --strict is given; nothing was changed then.
    """
    boot.boot()

    from burgrave.detection import commands
    from burgrave.people import queries as people

    now = datetime.now(UTC)
    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    actor = people.actor_of(person_id, now)
    try:
        arrived = commands.loaded(_files(path), name=name or path.resolve().name, tell=_progress)
        plan = commands.plan_import(arrived, must_all_run=strict, actor=actor)
        is_refused = bool(plan.faults_block and plan.fault_count)
        if not dry_run and not is_refused:
            commands.import_rules(arrived, actor=actor, now=now)
    except Refusal as refusal:
        raise click.ClickException(f"{refusal} {refusal.mend}".strip()) from refusal
    _tell(arrived, plan, changes_nothing=dry_run or is_refused, as_json=as_json)
    if is_refused:
        click.echo(f"{plan.fault_count} rules cannot run; nothing was changed", err=True)
        sys.exit(1)


def _files(path: Path) -> RuleFiles:
    """What the folder, archive or file holds. Raises ArchiveRefused."""
    from burgrave.detection.commands import opened
    from burgrave.detection.terms import MOST_FILE_BYTES, MOST_FILES, MOST_UNPACKED_BYTES, RuleFile, RuleFiles

    if not path.is_dir():
        return opened(path.read_bytes(), name=path.name)
    files: list[RuleFile] = []
    refused: list[tuple[str, str]] = []
    left = MOST_UNPACKED_BYTES
    for shown, each in _rule_paths(path):
        if each.is_symlink():
            refused.append((shown, "it is a link; name what it leads to itself"))
            continue
        with each.open("rb") as file:
            source = file.read(MOST_FILE_BYTES + 1)
        left -= len(source)
        if len(source) > MOST_FILE_BYTES:
            refused.append((shown, f"the file has more than {MOST_FILE_BYTES:,} bytes"))
            continue
        files.append(RuleFile(path=shown, source=source))
        if left < 0 or len(files) > MOST_FILES:
            raise ArchiveRefused(
                f"the folder holds more than {MOST_FILES:,} rule files or {MOST_UNPACKED_BYTES:,} bytes",
                mend="Import its parts one by one.",
            )
    return RuleFiles(files=tuple(files), refused=tuple(refused))


def _rule_paths(folder: Path) -> Iterator[tuple[str, Path]]:
    from burgrave.detection.commands import is_rule_path

    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            each = Path(place, name)
            shown = each.relative_to(folder).as_posix()
            if is_rule_path(shown):
                yield shown, each


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} of {total:,} files read", nl=done >= total, err=True)


def _tell(arrived: Arrived, plan: Plan, *, changes_nothing: bool, as_json: bool) -> None:
    if as_json:
        shown = {
            "name": arrived.name,
            "sha256": arrived.sha256,
            "changes_nothing": changes_nothing,
            "new": plan.new,
            "changed": plan.changed,
            "same": plan.same,
            "notes": list(plan.notes),
            "faults": [
                {"path": str(each.path), "line": each.line, "column": each.char, "sentence": each.sentence}
                for each in arrived.faults
            ],
        }
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for note in plan.notes:
        click.echo(note, err=True)
    for fault in arrived.faults[:SHOWN]:
        click.echo(str(fault), err=True)
    if len(arrived.faults) > SHOWN:
        click.echo(f"… and {len(arrived.faults) - SHOWN} more that cannot run", err=True)
    would = "would be " if changes_nothing else ""
    click.echo(
        f"{plan.new} {would}new, {plan.changed} {would}changed, {plan.same} as before, {plan.fault_count} cannot run"
    )
