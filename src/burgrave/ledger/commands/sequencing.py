"""Giving records their places. One sequencer at a time, on one row that the others wait for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from burgrave.engines import tlog
from burgrave.engines.merkle import leaf_hash
from burgrave.engines.note import Checkpoint
from burgrave.ledger import rules
from burgrave.ledger.commands import rows
from burgrave.ledger.commands.appending import store
from burgrave.ledger.errors import CheckpointOrder, NotInTransaction
from burgrave.ledger.queries.tiles import GatheredTiles
from burgrave.ledger.terms import EPOCH, GrownHead, Head, Sheaf, Written

BATCH = 1000


def sequence(
    *,
    now: datetime,  # noqa: ARG001 - every command takes the time
    limit: int = BATCH,
    fresh: Sequence[Written | Sheaf] = (),
) -> GrownHead | None:
    """The oldest pending records, at most ``limit``, have the next positions; None when nothing is pending.

    Records in ``fresh`` (from `write_all` or `bind_all`) are stored with the positions after those, and never await
    theirs. Must run in a transaction that also stores the checkpoint of the new head: so a crash leaves both or
    neither. A record whose transaction commits late is taken by a later batch: the rows say what is pending, not a
    cursor.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("sequencing: places and checkpoint are written in one transaction")
    before = rows.locked_head()
    pending = rows.pending(limit)
    if not pending and not fresh:
        return None

    batch = [*map(_read, pending), *map(_laid, fresh)]
    grown = tlog.append(
        GatheredTiles(sizes=[before.size]), before.size, [leaf_hash(leaf) for each in batch for leaf in each.leaves]
    )

    if pending:
        rows.give_places(pending, first=before.size)
    store(fresh, first=before.size + sum(each.records for each in pending))
    _file(batch, first=before.size)
    rows.merge_keys(range(before.size // EPOCH, grown.size // EPOCH))
    rows.store_growth(grown.tiles, size=grown.size, root=grown.root)
    return GrownHead(size=grown.size, root=grown.root, before=Head(size=before.size, root=grown.old_root))


class _Laid(NamedTuple):
    """The leaves of one row in their order, and what each is about."""

    leaves: Sequence[bytes]
    subjects: Sequence[tuple[str, ...]]


def _read(row: rows.Pending) -> _Laid:
    leaves = rules.unbound(row.leaf, row.records)
    return _Laid(leaves, [rules.subjects_of(leaf) for leaf in leaves])


def _laid(each: Written | Sheaf) -> _Laid:
    return _Laid((each.leaf,), (each.subjects,)) if isinstance(each, Written) else _Laid(each.leaves, each.subjects)


def _file(batch: Sequence[_Laid], *, first: int) -> None:
    """The records are found under their subjects: single ones by rows of their own, those in sheaves by keys."""
    position = first
    single: list[tuple[int, tuple[str, ...]]] = []
    keys: list[tuple[int, bytes]] = []
    for each in batch:
        if len(each.leaves) == 1:
            single.append((position, each.subjects[0]))
        else:
            keys += rules.keys_of(each.subjects, first=position)
        position += len(each.leaves)
    rows.file_subjects(single)
    rows.file_keys(keys, first=first)


@transaction.atomic(savepoint=False)
def accept_checkpoint(note: str, *, checkpoint: Checkpoint, now: datetime) -> None:
    """The signed checkpoint of the present head is stored. Raises CheckpointOrder when it is of another head."""
    head = rows.locked_head()
    if (checkpoint.size, checkpoint.root) != (head.size, head.root):
        raise CheckpointOrder(
            f"storing a checkpoint of {checkpoint.size} entries: the ledger has {head.size}, or another root"
        )
    rows.add_checkpoint(checkpoint.size, note, at=now)
