"""Appending records in the transaction of the change that they record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from burgrave.ledger import rules
from burgrave.ledger.commands import rows
from burgrave.ledger.errors import NotInTransaction
from burgrave.ledger.rules import Written
from burgrave.ledger.terms import Record, RecordId
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
    name = "" if actor.person_id is None else actor.name
    written = [
        rules.write(record, record_id=RecordId(uuid.uuid4()), actor_label=actor.label, actor_name=name, at=at)
        for record in records
    ]
    for start in range(0, len(written), ROWS_PER_STATEMENT):
        _store(written[start : start + ROWS_PER_STATEMENT])
    return tuple(each.record_id for each in written)


def _store(written: Sequence[Written]) -> None:
    arrivals = rows.add_entries(written)
    rows.add_subjects(
        [(arrival, subject) for arrival, each in zip(arrivals, written, strict=True) for subject in each.subjects]
    )
    rows.add_openings(
        [
            (arrival, name, opening.salt, opening.value)
            for arrival, each in zip(arrivals, written, strict=True)
            for name, opening in each.openings.items()
        ]
    )
