"""Giving records their places. One sequencer at a time, on one row that the others wait for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from django.db import connection, transaction

from burgrave.engines import tlog
from burgrave.engines.merkle import leaf_hash
from burgrave.engines.note import Checkpoint
from burgrave.ledger.commands import rows
from burgrave.ledger.commands.appending import ROWS_PER_STATEMENT, store
from burgrave.ledger.errors import CheckpointOrder, NotInTransaction
from burgrave.ledger.queries.tiles import StoredTiles
from burgrave.ledger.rules import subjects_of
from burgrave.ledger.terms import GrownHead, Head, Written

BATCH = 1000


def sequence(
    *,
    now: datetime,  # noqa: ARG001 - every command takes the time
    limit: int = BATCH,
    fresh: Sequence[Written] = (),
) -> GrownHead | None:
    """The oldest pending records, at most ``limit``, have the next positions; None when nothing is pending.

    Records in ``fresh`` (from `write_all`) are stored with the positions after those, and never await theirs. Must run
    in a transaction that also stores the checkpoint of the new head: so a crash leaves both or neither. A record whose
    transaction commits late is taken by a later batch: the rows say what is pending, not a cursor.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("sequencing: places and checkpoint are written in one transaction")
    before = rows.locked_head()
    pending = rows.pending(limit)
    if not pending and not fresh:
        return None

    leaves = [leaf for _, leaf in pending] + [each.leaf for each in fresh]
    grown = tlog.append(StoredTiles(), before.size, [leaf_hash(leaf) for leaf in leaves])

    if pending:
        rows.give_places([arrival for arrival, _ in pending], first=before.size)
    beyond = before.size + len(pending)
    for start in range(0, len(fresh), ROWS_PER_STATEMENT):
        store(fresh[start : start + ROWS_PER_STATEMENT], first=beyond + start)
    named = chain((subjects_of(leaf) for _, leaf in pending), (each.subjects for each in fresh))
    rows.file_subjects(named, first=before.size)
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
