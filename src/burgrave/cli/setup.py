"""`burgrave setup`: what the set-up page does, from a script."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from burgrave.people.errors import PeopleError
from burgrave.site import boot

STDIN_LIMIT = 4_096


@click.command()
@click.option("--organisation", required=True, metavar="NAME", help="Name of the organisation.")
@click.option("--admin", "email", required=True, metavar="EMAIL", help="E-mail address of the first administrator.")
@click.option("--name", default="", metavar="NAME", help="Their name; the e-mail address when it is not given.")
@click.option(
    "--password-stdin",
    "reads_password",
    is_flag=True,
    help="Read the password from standard input, up to the end of the first line.",
)
@click.option("--sample", is_flag=True, help="Load the sample that ships with Burgrave.")
def setup(*, organisation: str, email: str, name: str, reads_password: bool, sample: bool) -> None:
    """Name the organisation and create its first administrator.

    It works once. The password is never given on the command line, where every process could read it.
    """
    if not reads_password:
        raise click.UsageError("--password-stdin is needed: the password comes from standard input and nowhere else.")
    organisation, email = organisation.strip(), email.strip()
    if not organisation:
        raise click.BadParameter("the name is empty", param_hint="--organisation")
    password = _first_line()
    _set_up(organisation=organisation, email=email, name=name.strip() or email, password=password, sample=sample)
    click.echo(f"{organisation} is set up. Start “burgrave serve” and sign in as {email}.")


def _first_line() -> str:
    line = sys.stdin.readline(STDIN_LIMIT).rstrip("\r\n")
    if not line:
        raise click.ClickException(
            "no password came on standard input. Write it to a pipe: burgrave setup … < password-file"
        )
    return line


def _set_up(*, organisation: str, email: str, name: str, password: str, sample: bool) -> None:
    boot.boot()
    from django.conf import settings
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from burgrave.people import commands

    try:
        validate_email(email)
    except ValidationError as error:
        raise click.BadParameter(f"expected an e-mail address, got {email!r}", param_hint="--admin") from error
    if sample and not getattr(settings, "BURGRAVE_SAMPLE", ""):
        raise click.ClickException("this installation ships no sample. Leave --sample away.")
    boot.migrate()
    try:
        commands.set_up(
            organisation=organisation,
            email=email,
            name=name,
            password=password,
            sample=sample,
            now=datetime.now(UTC),
        )
    except PeopleError as refusal:
        mend = f" {refusal.mend}" if refusal.mend else ""
        raise click.ClickException(f"setting up {organisation}: {refusal}{_stop(str(refusal))}{mend}") from refusal


def _stop(sentence: str) -> str:
    return "" if sentence.endswith((".", "。")) else "."
