"""Giving records their places. One sequencer at a time, on one row that the others wait for."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from burgrave.engines import tlog
from burgrave.engines.merkle import leaf_hash
from burgrave.engines.note import Checkpoint
from burgrave.ledger.commands import rows
from burgrave.ledger.errors import CheckpointOrder, NotInTransaction
from burgrave.ledger.queries.tiles import StoredTiles
from burgrave.ledger.terms import GrownHead, Head

BATCH = 1000


def sequence(*, now: datetime, limit: int = BATCH) -> GrownHead | None:  # noqa: ARG001 - every command takes the time
    """The oldest pending records, at most ``limit``, have the next positions; None when nothing is pending.

    Must run in a transaction that also stores the checkpoint of the new head: so a crash leaves both or neither. A
    record whose transaction commits late is taken by a later batch: the rows say what is pending, not a cursor.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("sequencing: places and checkpoint are written in one transaction")
    before = rows.locked_head()
    pending = rows.pending(limit)
    if not pending:
        return None

    grown = tlog.append(StoredTiles(), before.size, [leaf_hash(leaf) for _, leaf in pending])

    rows.give_places([arrival for arrival, _ in pending], first=before.size)
    rows.store_growth(grown.tiles, size=grown.size, root=grown.root)
    return GrownHead(size=grown.size, root=grown.root, before=Head(size=before.size, root=grown.old_root))


@transaction.atomic
def accept_checkpoint(note: str, *, checkpoint: Checkpoint, now: datetime) -> None:
    """The signed checkpoint of the present head is stored. Raises CheckpointOrder when it is of another head."""
    head = rows.locked_head()
    if (checkpoint.size, checkpoint.root) != (head.size, head.root):
        raise CheckpointOrder(
            f"storing a checkpoint of {checkpoint.size} entries: the ledger has {head.size}, or another root"
        )
    rows.add_checkpoint(checkpoint.size, note, at=now)
