"""Plays the attacks in a process of its own: ``python -m burgrave.cli.drilling.playing`` under the home of the copy.

It is started with BURGRAVE_HOME naming an empty directory, reads the records to copy from standard input, one JSON
object to a line, and prints the result as JSON. The copy has a key of its own: no forged checkpoint ever bears the
signature of the real ledger.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from burgrave.cli.drilling.terms import NEWEST, Attack, DrillFault, Outcome, Result, Stage
from burgrave.cli.witnessing.home import open_witness
from burgrave.cli.witnessing.server import WitnessServer
from burgrave.custody.errors import CustodyError
from burgrave.ledger.errors import LedgerBroken
from burgrave.site import boot

VERIFY, WITNESS, KEPT = "verify", "witness", "kept checkpoint"
COPIED = ("ledger", "custody")


def attacks() -> Sequence[Attack]:
    """All attacks. They are imported once Django is ready."""
    from burgrave.cli.drilling.attacks import ATTACKS

    return ATTACKS


def main(attacks: Callable[[], Sequence[Attack]] = attacks) -> None:
    """Copy, stage, attack, print."""
    boot.boot()
    from django.conf import settings

    _make_tables()
    lines = [json.loads(line) for line in sys.stdin]
    home = Path(settings.BURGRAVE_HOME)
    try:
        with _witness(home.parent / "witness") as (address_of, store):
            stage = _set(home, lines, address_of, now=datetime.now(UTC))
            outcomes = tuple(_play(each, stage, store) for each in attacks())
    except (DrillFault, LookupError) as fault:
        sys.exit(str(fault))
    sys.stdout.write(Result(size=stage.size, outcomes=outcomes).text())


def _make_tables() -> None:
    """The copy has the tables of the ledger and of custody, and no others: nothing else is looked at."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in COPIED])


def _set(home: Path, lines: Sequence[dict[str, object]], address_of: Callable[[], object], *, now: datetime) -> Stage:
    """The records stand in the copy in two batches, witnessed after both, and both states are kept as snapshots."""
    from django.db import connection

    from burgrave.cli.drilling.copying import write
    from burgrave.custody import commands as custody
    from burgrave.custody import queries as keys
    from burgrave.custody.terms import WitnessAddress
    from burgrave.ledger import commands, queries

    custody.ensure_log_key(home=home, passphrase=None)
    write(lines[:-NEWEST], now=now)
    older_size, older = queries.head().size, home.parent / "older"
    _snapshot(home, older)
    write(lines[-NEWEST:], now=now)
    commands.disarm_guards(connection)
    verifier, address = keys.verifier(), address_of()
    if not isinstance(address, WitnessAddress):
        raise DrillFault("the witness of the drill has no address")
    kept = custody.ask_witness(address).note
    _snapshot(home, home.parent / "before")
    shutil.copytree(home.parent / "witness", home.parent / "witness-before")
    return Stage(
        home=home,
        older=older,
        verifier=verifier,
        witness=address,
        kept=kept,
        size=queries.head().size,
        older_size=older_size,
        now=now,
    )


def _play(attack: Attack, stage: Stage, store: Path) -> Outcome:
    """The attack alone, on the copy as it was before; then everybody who can tell looks at it."""
    from burgrave.custody import commands as custody
    from burgrave.custody import queries as keys
    from burgrave.ledger import queries

    _restore(stage, store)
    attack.act(stage)
    refused: list[tuple[str, str]] = []
    for who, kept in ((VERIFY, keys.kept_checkpoints()), (KEPT, (stage.kept,))):
        try:
            queries.verify(verifier=stage.verifier, kept=kept)
        except LedgerBroken as broken:
            names = ", ".join(dict.fromkeys(type(fault).__name__ for fault in broken.faults))
            refused.append((who, names))
    try:
        custody.ask_witness(stage.witness)
    except CustodyError as refusal:
        refused.append((WITNESS, _said(refusal)))
    order = (VERIFY, WITNESS, KEPT)
    return Outcome(
        attack=attack.name, how=attack.how, refused=tuple(sorted(refused, key=lambda each: order.index(each[0])))
    )


def _said(refusal: Exception) -> str:
    """The error's name, and the witness's own word for it where it gave one."""
    name, sentence = type(refusal).__name__, str(refusal)
    own = next((word for word in ("Rollback", "Fork", "BadProof", "BadSignature") if f"{word}: " in sentence), "")
    return f"{name} ({own})" if own else name


def _snapshot(home: Path, place: Path) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    shutil.copytree(home / "keys", place / "keys")
    shutil.copy(home / "burgrave.sqlite3", place / "burgrave.sqlite3")


def _restore(stage: Stage, store: Path) -> None:
    from django.db import connection

    connection.close()
    before = stage.home.parent / "before"
    for file in stage.home.glob("burgrave.sqlite3*"):
        file.unlink()
    shutil.rmtree(stage.home / "keys")
    shutil.copytree(before / "keys", stage.home / "keys")
    shutil.copy(before / "burgrave.sqlite3", stage.home / "burgrave.sqlite3")
    for file in store.glob("witness.sqlite3*"):
        file.unlink()
    for file in (stage.home.parent / "witness-before").glob("witness.sqlite3*"):
        shutil.copy(file, store / file.name)


@contextlib.contextmanager
def _witness(home: Path) -> Iterator[tuple[Callable[[], object], Path]]:
    """A real witness on the loopback, with a key and a store of its own. It trusts the copy once that has its key."""
    from burgrave.custody import queries as keys
    from burgrave.custody.terms import parse_witness

    witness = open_witness(home, name="drill.example/witness")
    server = WitnessServer(("127.0.0.1", 0), witness)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()

    def address_of() -> object:
        witness.trust(keys.verifier())
        return parse_witness(f"{witness.key.text()}@http://127.0.0.1:{server.server_address[1]}/")

    try:
        yield address_of, home
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    main()
