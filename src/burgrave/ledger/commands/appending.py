"""Appending records in the transaction of the change that they record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from burgrave.ledger import rules
from burgrave.ledger.commands import rows
from burgrave.ledger.errors import NotInTransaction
from burgrave.ledger.terms import Record, RecordId, Written
from burgrave.web.terms import Actor

ROWS_PER_STATEMENT = 1000


def append(record: Record, *, actor: Actor, at: datetime) -> RecordId:
    """The record stands in the ledger once the caller's transaction commits, and nowhere if it does not.

    It awaits its place in the tree until the next batch. Raises NotInTransaction, NotARecord, RecordTooLarge.
    """
    return append_all((record,), actor=actor, at=at)[0]


def append_all(records: Sequence[Record], *, actor: Actor, at: datetime) -> tuple[RecordId, ...]:
    """All records stand in the ledger, in this order, once the caller's transaction commits."""
    if not connection.in_atomic_block:
        kinds = ", ".join(sorted({record.kind for record in records}))
        raise NotInTransaction(f"appending {kinds}: a record belongs into the transaction of what it records")
    written = write_all(records, actor=actor, at=at)
    for start in range(0, len(written), ROWS_PER_STATEMENT):
        store(written[start : start + ROWS_PER_STATEMENT])
    return tuple(each.record_id for each in written)


def write_all(records: Sequence[Record], *, actor: Actor, at: datetime) -> tuple[Written, ...]:
    """The leaves and openings of the records; nothing is stored yet. Raises NotARecord, RecordTooLarge.

    They are stored by `custody.commands.seal` as ``fresh``: so that the work of many writers is done outside the
    transaction that they share.
    """
    name = "" if actor.person_id is None else actor.name
    return rules.write_all(records, actor_label=actor.label, actor_name=name, at=at)


def store(written: Sequence[Written], *, first: int | None = None) -> None:
    """Records and openings are stored, with the positions from ``first`` on or awaiting their place."""
    arrivals = rows.add_entries(written, first=first)
    rows.add_openings(
        [
            (arrival, name, opening.salt, opening.value)
            for arrival, each in zip(arrivals, written, strict=True)
            for name, opening in each.openings.items()
        ]
    )
