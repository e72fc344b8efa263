"""`burgrave rules attack` and `layer`: a release of ATT&CK, and layers of its Navigator, into an installation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from burgrave.engines.attack.comparing import Agreement, Cover
from burgrave.engines.attack.layers import MOST_LAYER_BYTES
from burgrave.site import boot
from burgrave.web.errors import Refusal


@click.command("attack")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is done.")
def attack(bundle: Path, *, email: str) -> None:
    """Bring the release of ATT&CK in BUNDLE, the file enterprise-attack.json as MITRE publishes it (STIX 2.0 or 2.1).

    It names and orders the techniques of the matrix from then on, and takes the place of the release before. Exit code
    1 when the file is refused; nothing was changed then.
    """
    boot.boot()

    from burgrave.detection import commands, queries
    from burgrave.people import queries as people

    now = datetime.now(UTC)
    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    actor = people.actor_of(person_id, now)
    try:
        with bundle.open("rb") as file:
            commands.bring_attack(file, actor=actor, now=now)
        found = queries.release(actor=actor)
        odd = queries.odd_tags(now=now, actor=actor)
    except Refusal as refusal:
        raise click.ClickException(f"{refusal}. {refusal.mend}".strip()) from refusal
    if found is not None:
        click.echo(
            f"ATT&CK {found.version or 'without a number'}: {found.tactics:,} tactics, {found.current:,} current "
            f"techniques, {found.revoked:,} revoked, {found.deprecated:,} deprecated"
        )
    for each in odd:
        became = f", now {each.tag.successor}" if each.tag.successor else ""
        click.echo(f"{each.tag.technique} is {each.tag.state}{became}: {len(each.rules):,} live rules", err=True)


@click.command("layer")
@click.argument("file", metavar="LAYER.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is done.")
@click.option("--name", default="", help="What the layer is called here; as the file calls itself if not given.")
def layer(file: Path, *, email: str, name: str) -> None:
    """Bring the layer of the ATT&CK Navigator in LAYER.json, and say what live rules cover of it.

    A layer of the same name is replaced. Techniques that no live rule names are printed, one a line. Exit code 1 when
    the file is refused; nothing was changed then.
    """
    boot.boot()

    from burgrave.detection import commands, queries
    from burgrave.people import queries as people

    now = datetime.now(UTC)
    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    actor = people.actor_of(person_id, now)
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_LAYER_BYTES + 1)
        key = commands.put_layer(content, name=name, actor=actor, now=now)
        found = queries.layer(key, now=now, actor=actor)
    except Refusal as refusal:
        raise click.ClickException(f"{refusal}. {refusal.mend}".strip()) from refusal
    for each in found.comparison.techniques:
        if each.cover is Cover.GAP:
            click.echo(f"{each.technique} {each.name}".rstrip())
    row = found.row
    if row.agreement is Agreement.OTHER:
        click.echo(
            f"warning: the layer is of ATT&CK {row.attack_version}, and {row.release} was brought here", err=True
        )
    click.echo(
        f"{row.name}: {row.techniques:,} techniques, {row.gaps:,} without a live rule, {row.silent:,} whose rules hear "
        f"nothing, {row.covered:,} covered, {row.unknown:,} not known",
        err=True,
    )
