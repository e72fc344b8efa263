"""What the attacks are made of: statements past the guards, trees computed anew, checkpoints of a thief."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from burgrave.cli.drilling.terms import Stage
from burgrave.custody import commands as custody
from burgrave.engines import tlog
from burgrave.engines.canonical import canonical_json, parse_canonical
from burgrave.engines.merkle import leaf_hash
from burgrave.engines.note import Checkpoint, sign_note
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import SIGNED_AT, LedgerDrillRun, time_text
from burgrave.web.terms import system_actor

IN_SHEAF = 5


class _NoTiles:
    """The tiles of a tree that begins with nothing."""

    def read(self, level: int, index: int) -> bytes:
        raise tlog.TileMissing(f"tile {level}/{index} belongs to no tree")


def sql(statement: str, *values: str | int | bytes) -> None:
    """The statement changed something. Raises LookupError when not: an attack that does nothing proves nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.rowcount < 1:
            raise LookupError(f"this attack found nothing to change: {statement}")


def edit_leaf(position: int) -> None:
    """The record says one thing more than was recorded, in canonical form."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM ledger_entry WHERE position = %s", (position,))
        leaf = parse_canonical(bytes(cursor.fetchone()[0]))
    if not isinstance(leaf, dict) or not isinstance(leaf["body"], dict):
        raise TypeError(f"record {position} has no body to change")
    forged = canonical_json({**leaf, "body": {**leaf["body"], "forged": True}})
    sql("UPDATE ledger_entry SET leaf = %s WHERE position = %s", forged, position)


def cut(size: int) -> None:
    """The records from ``size`` on are gone, with all that belongs to them but the checkpoints."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ledger_opening WHERE entry_id IN (SELECT arrival FROM ledger_entry WHERE position >= %s)",
            (size,),
        )
        cursor.execute("DELETE FROM ledger_subject WHERE position >= %s", (size,))
    sql("DELETE FROM ledger_entry WHERE position >= %s", size)


def rebuild_tiles() -> tuple[int, bytes]:
    """Tiles and head follow from the records that are left. Returns size and root."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM ledger_entry WHERE position IS NOT NULL ORDER BY position")
        grown = tlog.append(_NoTiles(), 0, [leaf_hash(bytes(row[0])) for row in cursor.fetchall()])
        cursor.execute("DELETE FROM ledger_tile")
        cursor.executemany(
            'INSERT INTO ledger_tile (level, "index", hashes) VALUES (%s, %s, %s)',
            [(tile.level, tile.index, tile.hashes) for tile in grown.tiles],
        )
        cursor.execute("UPDATE ledger_log SET size = %s, root = %s", (grown.size, grown.root))
    return grown.size, grown.root


def sign_as_thief(stage: Stage) -> None:
    """The thief of the key leaves nothing by which this machine alone could tell, its kept checkpoint included."""
    size, root = rebuild_tiles()
    checkpoint = Checkpoint(stage.verifier.name, size, root, (SIGNED_AT + time_text(stage.now),))
    private = custody.private_key(home=stage.home, passphrase=settings.BURGRAVE_KEY_PASSPHRASE)
    note = sign_note(checkpoint.text(), name=checkpoint.origin, private=private)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_checkpoint")
        cursor.execute(
            "INSERT INTO ledger_checkpoint (size, note, signed_at) VALUES (%s, %s, %s)",
            (size, note, connection.ops.adapt_datetimefield_value(stage.now)),
        )
    (stage.home / "keys" / "ledger.checkpoint").write_text(note, encoding="utf-8")


def rewrite_sheaf(stage: Stage, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Records that share a row are sealed as they should be; then the row holds what ``change`` makes of its leaves."""
    records = [LedgerDrillRun(size=number, attacks=0, refused=0, undetected=()) for number in range(IN_SHEAF)]
    custody.seal(now=stage.now, fresh=ledger.bind_all(records, actor=system_actor(), at=stage.now))
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM ledger_entry WHERE position = %s", (stage.size,))
        leaves = change(_apart(bytes(cursor.fetchone()[0])))
    row = b"".join(len(leaf).to_bytes(2) + leaf for leaf in leaves)
    sql('UPDATE ledger_entry SET leaf = %s, "count" = %s WHERE position = %s', row, len(leaves), stage.size)


def _apart(row: bytes) -> list[bytes]:
    """The leaves of a row that holds many, each behind its length in 16 bits."""
    leaves = []
    while row:
        end = 2 + int.from_bytes(row[:2])
        leaves.append(row[2:end])
        row = row[end:]
    return leaves


def append_forged(count: int, stage: Stage, *, at: datetime | None = None) -> None:
    """Records of things that never happened stand at the end, sealed as everything is."""
    records = [LedgerDrillRun(size=number, attacks=0, refused=0, undetected=()) for number in range(count)]
    fresh = ledger.write_all(records, actor=system_actor(), at=at or stage.now)
    custody.seal(now=stage.now, fresh=fresh)
