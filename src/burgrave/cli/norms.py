"""`burgrave norms`: norms in Markdown are linted and taken apart, in a terminal and for scripts."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

NEVER = "never"
SEVERITIES = ("error", "warning", "advice")


@click.group()
def norms() -> None:
    """Work on policies, norms and procedures that are written in Markdown."""


_PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))


@norms.command()
@_PATHS
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, NEVER]),
    default="error",
    show_default=True,
    help="The lightest finding for which the exit code is 1.",
)
@click.option("--set", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of the organisation.")
@click.option("--only", multiple=True, metavar="CODE", help="Show this kind of finding alone; can be given again.")
def lint(paths: tuple[Path, ...], form: str, fail_on: str, variables: tuple[str, ...], only: tuple[str, ...]) -> None:
    """Lint the norms in PATHS, files or folders, together: each alone, and what they say of each other.

    Findings go to standard output, the summary to standard error. Exit code 1 when a finding is as heavy as --fail-on,
    2 when the call is wrong.
    """
    from burgrave.cli.norming.reading import read_all
    from burgrave.cli.norming.writing import finding_line, lint_document, summary
    from burgrave.engines.norms import SEVERITIES as CODES
    from burgrave.engines.norms import Severity, lint_all, worst

    if unknown := sorted(set(only) - set(CODES)):
        raise click.BadParameter(f"{', '.join(unknown)}: expected one of {', '.join(CODES)}", param_hint="--only")
    known = _pairs(variables)
    library = read_all(paths)
    found = sorted([*library.unread, *lint_all(library.norms, variables=known, today=datetime.now(UTC).date())])
    shown = [each for each in found if not only or each.code in only]
    if form == "json":
        click.echo(json.dumps(lint_document(library, shown), ensure_ascii=False, indent=2))
    else:
        for each in shown:
            click.echo(finding_line(each))
    click.echo(summary(library, shown), err=True)
    heaviest = worst(shown)
    order = tuple(Severity)
    if fail_on != NEVER and heaviest and order.index(heaviest) <= order.index(Severity(fail_on)):
        sys.exit(1)


@norms.command()
@_PATHS
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def clauses(paths: tuple[Path, ...], form: str) -> None:
    """Show the clauses in PATHS with modality, actor, condition, measure, cadence and evidence.

    Exit code 1 when a file cannot be read; the others are shown all the same.
    """
    from burgrave.cli.norming.reading import read_all
    from burgrave.cli.norming.writing import clause_lines, clauses_document, finding_line

    library = read_all(paths)
    if form == "json":
        click.echo(json.dumps(clauses_document(library), ensure_ascii=False, indent=2))
    else:
        for norm in library.norms:
            for line in clause_lines(norm):
                click.echo(line)
    for each in library.unread:
        click.echo(finding_line(each), err=True)
    if library.unread:
        sys.exit(1)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{each!r} is no NAME=VALUE", param_hint="--set")
        pairs[name] = value
    return pairs


@norms.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["en", "zh-hans", "both"]), default="both", show_default=True)
@click.option("--organisation", default="", metavar="NAME", help="The name that the documents call you by.")
def starter(folder: Path, language: str, organisation: str) -> None:
    """Write the norm set that ships along into FOLDER: policies, norms and procedures to adapt and adopt.

    Nothing is overwritten. Exit code 1 when a file stands in the way.
    """
    from burgrave.cli.norming.starter import LANGUAGES, write_starter

    if any(not each.isprintable() for each in organisation):
        raise click.BadParameter("a name of printable characters on one line", param_hint="--organisation")
    chosen = LANGUAGES if language == "both" else (language,)
    written = write_starter(folder, languages=chosen, organisation=organisation)
    click.echo(f"{len(written)} documents in {folder}; look at them with: burgrave norms lint {folder}", err=True)
