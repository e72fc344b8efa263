"""Appending records in the transaction of the change that they record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from burgrave.ledger import models, rules
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
    _store(written)
    return tuple(each.record_id for each in written)


def _store(written: Sequence[Written]) -> None:
    entries = models.Entry.objects.bulk_create(
        [
            models.Entry(
                record_id=each.record_id, kind=each.kind, at=each.at, actor_label=each.actor_label, leaf=each.leaf
            )
            for each in written
        ],
        batch_size=ROWS_PER_STATEMENT,
    )
    pairs = list(zip(entries, written, strict=True))
    models.Subject.objects.bulk_create(
        [models.Subject(entry=entry, subject=subject) for entry, each in pairs for subject in each.subjects],
        batch_size=ROWS_PER_STATEMENT,
    )
    models.Opening.objects.bulk_create(
        [
            models.Opening(entry=entry, name=name, salt=opening.salt, value=opening.value)
            for entry, each in pairs
            for name, opening in each.openings.items()
        ],
        batch_size=ROWS_PER_STATEMENT,
    )
