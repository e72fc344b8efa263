"""`burgrave ledger`: verify the ledger, print its newest checkpoint, show a record."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from burgrave.custody.errors import CopyFailed
from burgrave.ledger.errors import LedgerBroken
from burgrave.site import boot
from burgrave.web.errors import Refusal

if TYPE_CHECKING:
    from burgrave.ledger.terms import RecordRow


class Refusing(click.Group):
    """A refusal is a sentence for whoever called, and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(f"{refusal}. {refusal.mend}".rstrip(". ") + ".") from refusal


@click.group(cls=Refusing)
def ledger() -> None:
    """Verify and read the ledger: standard output carries results, standard error the rest."""


@ledger.command()
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A checkpoint that was kept elsewhere and must lie on the stored history; may be given several times.",
)
def verify(checkpoints: tuple[Path, ...]) -> None:
    """Re-derive everything from the records: leaves, tiles, roots, signatures, openings.

    The newest checkpoint in the state directory, those that witnesses cosigned, and the newest copies are compared
    too. Exit code 0 when all is sound, 1 when not.
    """
    _boot()
    from django.conf import settings

    from burgrave.custody import queries as custody
    from burgrave.ledger import queries

    try:
        copies = custody.copied_checkpoints(settings.BURGRAVE_ANCHORS)
    except CopyFailed as away:
        copies = ()
        click.echo(f"not compared with the copies: {away}", err=True)
    kept = (
        *custody.kept_checkpoints(),
        *custody.cosigned_checkpoints(),
        *copies,
        *(path.read_text(encoding="utf-8") for path in checkpoints),
    )
    verifier = custody.verifier()
    try:
        verified = queries.verify(verifier=verifier, kept=kept)
    except LedgerBroken as broken:
        for fault in broken.faults:
            click.echo(f"NOT VERIFIED  {type(fault).__name__}: {fault}")
        click.echo(f"the ledger does not verify: {len(broken.faults)} faults", err=True)
        sys.exit(1)
    click.echo(f"verified  {verified}")
    click.echo(f"verified  the newest checkpoint is signed by {verifier.name}, key {verifier.fingerprint}")


@ledger.command()
@click.option("--size", type=click.IntRange(min=1), help="The checkpoint of exactly so many records.")
def checkpoint(size: int | None) -> None:
    """Print the newest signed checkpoint. Keep it elsewhere: it shows later whether the ledger was put back."""
    _boot()
    from burgrave.ledger import queries

    note = queries.checkpoint() if size is None else queries.checkpoint_of(size)
    if note is None:
        click.echo("nothing is signed yet: no record has its place", err=True)
        sys.exit(1)
    click.echo(note, nl=False)


@ledger.command()
@click.argument("witness")
def cosign(witness: str) -> None:
    """Have WITNESS cosign the newest checkpoint, and print it with the cosignature.

    WITNESS is written name+hex+base64@http://host:port/: the line that `burgrave witness key` prints, and its address.
    A witness that saw another past refuses: exit code 1.
    """
    _boot()
    from burgrave.custody import commands
    from burgrave.custody.terms import parse_witness

    try:
        address = parse_witness(witness)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    cosigned = commands.ask_witness(address)
    click.echo(cosigned.note, nl=False)
    click.echo(f"{address.key.name} cosigned {cosigned.size} records", err=True)


@ledger.command()
@click.argument("record")
@click.option("--proof", is_flag=True, help="Print its inclusion proof (c2sp.org/tlog-proof) instead.")
@click.option("--leaf", is_flag=True, help="Print the leaf, byte for byte as it is hashed, instead.")
def show(record: str, *, proof: bool, leaf: bool) -> None:
    """Print the RECORD at a position or with an id, as JSON with what its sealed fields open to."""
    _boot()
    from burgrave.ledger import queries

    row = _found(record)
    if leaf:
        click.echo(row.leaf, nl=False)
    elif proof:
        if row.position is None:
            click.echo("this record still awaits its place, so nothing can be proved about it yet", err=True)
            sys.exit(1)
        click.echo(queries.proof_text(row.position), nl=False)
    else:
        shown = {
            "position": row.position,
            "leaf": json.loads(row.leaf),
            "opened": {field.name: field.value for field in queries.openings(row.record_id)},
        }
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def _found(record: str) -> RecordRow:
    from burgrave.ledger import queries

    if record.isascii() and record.isdigit():
        return queries.record(int(record))
    try:
        return queries.record_by_id(UUID(record))
    except ValueError as error:
        raise click.BadParameter(f"{record!r} is neither a position nor the id of a record") from error


def _boot() -> None:
    boot.boot()
