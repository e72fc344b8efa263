"""`burgrave search`: the index of the search from a script."""

from __future__ import annotations

import json

import click

from burgrave.cli.ledger import Refusing
from burgrave.site import boot


@click.group(cls=Refusing)
def search() -> None:
    """Work on the index of the search."""


@search.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def rebuild(*, as_json: bool) -> None:
    """Make the index of the search anew from the tables, while the program may be running.

    Needed when rows came into the database without the program, as from a restored backup of single tables.
    """
    boot.boot()
    from burgrave.lists import commands
    from burgrave.site.wiring import SEARCHED

    entries = commands.rebuild(SEARCHED)
    click.echo(json.dumps({"entries": entries}) if as_json else f"{entries} entries")
