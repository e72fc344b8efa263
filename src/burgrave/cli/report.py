"""`burgrave report`: reports from a script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from burgrave.cli.ledger import Refusing
from burgrave.site import boot

if TYPE_CHECKING:
    from datetime import datetime

    from burgrave.web.reports import Format, Written
    from burgrave.web.terms import Actor

    Maker = Callable[[Format, Actor, datetime], Written]

Command = TypeVar("Command", bound=Callable[..., None])
FORMATS = ("pdf", "docx", "xlsx", "csv")


def asked(command: Command) -> Command:
    """The options that every report has."""
    for option in (
        click.option("--language", type=click.Choice(["en", "zh-hans"]), default="en", show_default=True),
        click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is made."),
        click.option(
            "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where it is written."
        ),
        click.option("--format", "format_", type=click.Choice(FORMATS), default="pdf", show_default=True),
    ):
        command = option(command)
    return command


@click.group(cls=Refusing)
def report() -> None:
    """Write a report into a file. Each is recorded in the ledger with the digest of the file."""


@report.command("asset-register")
@asked
def asset_register(*, format_: str, out: Path, email: str, language: str) -> None:
    """Every asset that the person may read, with owners and need."""
    boot.boot()
    from django.utils import timezone

    from burgrave.assets import reports
    from burgrave.assets.terms import AssetFilter

    make(
        lambda form, actor, now: reports.register(
            form, AssetFilter(), actor=actor, now=now, today=timezone.localdate(now)
        ),
        format_=format_,
        out=out,
        email=email,
        language=language,
    )


@report.command()
@click.argument("number")
@asked
def incident(number: str, *, format_: str, out: Path, email: str, language: str) -> None:
    """The incident NUMBER: figures, course, alerts, evidence, proof."""
    boot.boot()
    from burgrave.incidents import reports

    make(
        lambda form, actor, now: reports.incident(form, number, actor=actor, now=now),
        format_=format_,
        out=out,
        email=email,
        language=language,
    )


@report.command()
@asked
def access(*, format_: str, out: Path, email: str, language: str) -> None:
    """Who holds which role where."""
    boot.boot()
    from burgrave.people import reports

    make(
        lambda form, actor, now: reports.access(form, actor=actor, now=now),
        format_=format_,
        out=out,
        email=email,
        language=language,
    )


def make(make: Maker, *, format_: str, out: Path, email: str, language: str) -> None:
    """The report is in the file, and its digest on standard output."""
    from django.utils import timezone, translation

    from burgrave.people import queries as people
    from burgrave.web.reports import format_of

    now = timezone.now()
    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    with translation.override(language):
        written = make(format_of(format_), people.actor_of(person_id, now), now)
    try:
        out.write_bytes(written.data)
    except OSError as error:
        raise click.ClickException(f"writing {out}: {error.strerror}; the report was made and recorded") from error
    click.echo(f"sha256:{written.sha256}  {out}")
