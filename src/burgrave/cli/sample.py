"""`burgrave sample`: the made-up enterprise, from a script."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

import click

from burgrave.cli.ledger import Refusing
from burgrave.site import boot
from burgrave.web.terms import system_actor

SHOWN_EVERY_SECONDS = 1.0


@click.group(cls=Refusing)
def sample() -> None:
    """Load a made-up enterprise to look around in, walk in its people's shoes, and remove it."""


@sample.command()
@click.option("--language", type=click.Choice(["en", "zh-hans"]), default="en", show_default=True)
@click.option("--seed", type=int, default=20_261, show_default=True, help="The same seed makes the same company.")
@click.option("--scale", type=int, default=1, show_default=True, help="So many companies, for load tests.")
def load(*, language: str, seed: int, scale: int) -> None:
    """Load the sample below a unit of its own.

    An attempt that was interrupted is removed before. Standard error tells how far it is, standard output what stands.
    """
    _boot()

    from burgrave.sample import commands
    from burgrave.sample.terms import Tongue, Wanted
    from burgrave.site.wiring import DESK

    wanted = Wanted(tongue=Tongue(language), seed=seed, scale=scale)
    begun = time.monotonic()
    counts = commands.load(wanted, desk=DESK, actor=system_actor(), now=datetime.now(UTC), progress=_progress(begun))
    seconds = time.monotonic() - begun
    for name, count in asdict(counts).items():
        click.echo(f"{name.replace('_', ' ')}: {count:,}")
    rows = sum(asdict(counts).values())
    click.echo(f"{seconds:.1f} s, {rows / max(seconds, 0.001):,.0f} objects a second", err=True)


@sample.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(*, yes: bool) -> None:
    """Remove everything of the sample. Its records stay in the ledger; what is sealed in them is erased."""
    _boot()

    from burgrave.sample import commands

    if not yes:
        click.confirm("Remove the sample, and whatever was changed in it?", abort=True, err=True)
    begun = time.monotonic()
    erased = commands.remove(actor=system_actor(), now=datetime.now(UTC), progress=_progress(begun))
    click.echo(f"the sample is gone; {erased:,} sealed values were erased")


@sample.command()
@click.argument("role")
def invite(role: str) -> None:
    """Print a link, once, with which to sign in as somebody of the sample who holds ROLE.

    Whoever opens the link chooses the password. Nobody of the sample has one before.
    """
    _boot()

    from burgrave.sample import commands

    email, invited = commands.invite(role, actor=system_actor(), now=datetime.now(UTC))
    click.echo(f"{email} {invited.path}")
    click.echo(f"Open this path on the address of Burgrave before {invited.expires_at:%Y-%m-%d %H:%M} UTC.", err=True)


def _progress(begun: float) -> Callable[[int, int, str], None]:
    last = begun

    def tell(done: int, total: int, note: str) -> None:
        nonlocal last
        now = time.monotonic()
        if done not in {0, total} and now - last < SHOWN_EVERY_SECONDS:
            return
        last = now
        left = f", about {(now - begun) / done * (total - done):.0f} s left" if 0 < done < total else ""
        click.echo(f"{done} of {total} {note}{left}".rstrip(), err=True)

    return tell


def _boot() -> None:
    boot.boot()
    boot.migrate()
