"""`burgrave frameworks` and `burgrave standing`: requirements from a script."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from burgrave.cli.ledger import Refusing
from burgrave.site import boot

if TYPE_CHECKING:
    from burgrave.web.terms import Actor


@click.group(cls=Refusing)
def frameworks() -> None:
    """Work on frameworks: standards and norms as lists of requirements."""


@frameworks.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--identifier", help="The framework's identifier, such as ISO27001; a TOML file says it itself.")
@click.option("--title", help="The framework's title; a TOML file says it itself.")
@click.option("--version", "version_", default="", help="The framework's version.")
@click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is loaded.")
def load(*, file: Path, identifier: str | None, title: str | None, version_: str, email: str) -> None:
    """Load the requirements in FILE, a CSV with the columns identifier and title, or TOML.

    The framework consists of exactly these then: what is gone is withdrawn, with its history.
    """
    boot.boot()

    from burgrave.assurance import commands
    from burgrave.assurance.commands import Named, parse_framework

    now = datetime.now(UTC)
    actor = _acting(email, now=now)
    named = Named(identifier=identifier, title=title, version=version_) if identifier and title else None
    draft = parse_framework(file.read_bytes(), name=file.name, named=named)
    _tell(commands.load_framework(draft, actor=actor, now=now), actor=actor)


@frameworks.command()
@click.argument("identifiers", nargs=-1, metavar="[IDENTIFIER]...")
@click.option("--language", type=click.Choice(["en", "zh-hans"]), default="en", show_default=True)
@click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is adopted.")
def adopt(*, identifiers: tuple[str, ...], language: str, email: str) -> None:
    """Adopt frameworks that ship along: ISO27001, CSF, MLPS; all of them when none is named.

    The identifiers are those of the standards, the titles our own. Adopted again they change nothing.
    """
    boot.boot()

    from burgrave.assurance import commands, queries
    from burgrave.engines.norms import Language

    now, tongue = datetime.now(UTC), Language(language)
    actor = _acting(email, now=now)
    known = [each.identifier for each in queries.shipped_frameworks(tongue, actor=actor)]
    for identifier in dict.fromkeys(identifiers or known):
        _tell(commands.adopt_framework(identifier, tongue, actor=actor, now=now), actor=actor)


def _acting(email: str, *, now: datetime) -> Actor:
    from burgrave.people import queries as people

    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    return people.actor_of(person_id, now)


def _tell(framework_id: UUID, *, actor: Actor) -> None:
    from burgrave.assurance import queries

    row = queries.framework(framework_id, actor=actor)
    click.echo(f"{row.identifier}  {row.requirements} requirements  sha256 {row.digest}")


@click.command(cls=click.Command)
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="The end of a past day (UTC).")
@click.option("--framework", help="Only this framework, by its identifier.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def standing(*, as_of: datetime | None, framework: str | None, form: str) -> None:
    """Print how every requirement in force stands: today, or at the end of a past day."""
    boot.boot()
    from burgrave.assurance import queries

    on = as_of.date() if as_of else datetime.now(UTC).date()
    rows = queries.keyed_standings(on, framework=framework or "")
    if form == "json":
        told = {"on": on.isoformat(), "standings": {key: state.name.lower() for key, state in rows.items()}}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for key, state in rows.items():
        click.echo(f"{state.name.lower():12}  {key}")
