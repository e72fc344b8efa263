"""Giving records their places. One sequencer at a time, on one row that the others wait for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from burgrave.engines import tlog
from burgrave.engines.merkle import EMPTY_ROOT, leaf_hash
from burgrave.engines.note import Checkpoint
from burgrave.ledger import models
from burgrave.ledger.errors import CheckpointOrder, NotInTransaction
from burgrave.ledger.queries.tiles import StoredTiles
from burgrave.ledger.terms import Head

BATCH = 1000


def sequence(*, now: datetime, limit: int = BATCH) -> Head | None:  # noqa: ARG001 - every command takes the time
    """The oldest pending records, at most ``limit``, have the next positions; None when nothing is pending.

    Must run in a transaction that also stores the checkpoint of the new head: so a crash leaves both or neither. A
    record whose transaction commits late is taken by a later batch: the rows say what is pending, not a cursor.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("sequencing: places and checkpoint are written in one transaction")
    log = _locked_log()
    pending = list(
        models.Entry.objects.filter(position__isnull=True).order_by("arrival").values_list("arrival", "leaf")[:limit]
    )
    if not pending:
        return None

    grown = tlog.append(StoredTiles(), log.size, [leaf_hash(bytes(leaf)) for _, leaf in pending])

    _give_places([(log.size + place, arrival) for place, (arrival, _) in enumerate(pending)])
    models.Tile.objects.bulk_create(
        [models.Tile(level=tile.level, index=tile.index, hashes=tile.hashes) for tile in grown.tiles],
        update_conflicts=True,
        unique_fields=["level", "index"],
        update_fields=["hashes"],
    )
    models.Log.objects.filter(pk=models.LOG_PK).update(size=grown.size, root=grown.root)
    return Head(size=grown.size, root=grown.root)


@transaction.atomic
def accept_checkpoint(note: str, *, checkpoint: Checkpoint, now: datetime) -> None:
    """The signed checkpoint of the present head is stored. Raises CheckpointOrder when it is of another head."""
    log = _locked_log()
    if (checkpoint.size, checkpoint.root) != (log.size, bytes(log.root)):
        raise CheckpointOrder(
            f"storing a checkpoint of {checkpoint.size} entries: the ledger has {log.size}, or another root"
        )
    models.Checkpoint.objects.create(size=checkpoint.size, note=note, signed_at=now)


def _locked_log() -> models.Log:
    log, _ = models.Log.objects.select_for_update().get_or_create(pk=models.LOG_PK, defaults={"root": EMPTY_ROOT})
    return log


def _give_places(places: Sequence[tuple[int, int]]) -> None:
    table = connection.ops.quote_name(models.Entry._meta.db_table)  # noqa: SLF001 - Django's documented model API
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET position = %s WHERE arrival = %s AND position IS NULL",  # noqa: S608 - a table name of ours
            places,
        )
