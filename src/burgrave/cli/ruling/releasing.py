"""`burgrave rules attack`: a release of ATT&CK out of its STIX bundle."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("attack")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail address of the person in whose name it is done.")
def attack(bundle: Path, *, email: str) -> None:
    """Bring the release of ATT&CK in BUNDLE, the file enterprise-attack.json as MITRE publishes it (STIX 2.0 or 2.1).

    It names and orders the techniques of the matrix from then on, and takes the place of the release before. Exit code
    1 when the file is refused; nothing was changed then.
    """
    from burgrave.site import boot

    boot.boot()
    from django.utils import timezone

    from burgrave.detection import commands, queries
    from burgrave.people import queries as people
    from burgrave.web.errors import Refusal

    now = timezone.now()
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
