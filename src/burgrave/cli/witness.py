"""`burgrave witness`: a witness that remembers what other logs signed, and refuses a past that was rewritten."""

from __future__ import annotations

import ipaddress
import signal
import threading
from pathlib import Path

import click

from burgrave.cli.witnessing.home import Witness, WitnessFault, open_witness
from burgrave.cli.witnessing.server import WitnessServer
from burgrave.engines.note import NoteError, parse_verifier_key

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("witness"),
    show_default=True,
    help="Directory of the witness: its key, and what it saw.",
)


@click.group()
def witness() -> None:
    """Witness the ledgers of other installations.

    Run it on another machine, under another administrator, than the ledgers that it witnesses.
    """


@witness.command()
@HOME
@click.option("--name", help="Name in the cosignatures, chosen once when the key is made.")
def key(home: Path, name: str | None) -> None:
    """Print the witness's public key; it is made when there is none."""
    click.echo(_open(home, name=name).key.text())


@witness.command()
@HOME
@click.argument("vkey")
def trust(home: Path, vkey: str) -> None:
    """Take checkpoints of the log whose public key VKEY is (the line in its file keys/ledger.vkey)."""
    try:
        log = parse_verifier_key(vkey.strip())
        _open(home).trust(log)
    except (NoteError, WitnessFault) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"checkpoints of {log.name} are witnessed; its key is {log.fingerprint}")


@witness.command()
@HOME
@click.option("--bind", default="127.0.0.1:8901", show_default=True, help="Address and port to listen on.")
def serve(home: Path, bind: str) -> None:
    """Answer the logs that ask for cosignatures, until stopped."""
    opened = _open(home)
    try:
        server = WitnessServer(_address(bind), opened)
    except OSError as error:
        raise click.ClickException(f"listening on {bind}: {error.strerror or error}") from error
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop to end, and a signal arrives inside of that loop.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    host, port = server.server_address[0], server.server_address[1]
    click.echo(f"witness {opened.name} listens on {host!s}:{port}")
    with server:
        server.serve_forever(poll_interval=0.2)


def _open(home: Path, *, name: str | None = None) -> Witness:
    try:
        return open_witness(home, name=name)
    except WitnessFault as error:
        raise click.ClickException(str(error)) from error


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        number = int(port)
    except ValueError as error:
        raise click.BadParameter(f"expected an IP address and a port like 127.0.0.1:8901, got {bind}") from error
    return str(address), number
