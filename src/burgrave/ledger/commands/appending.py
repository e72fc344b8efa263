"""Appending records in the transaction of the change that they record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from burgrave.ledger import rules
from burgrave.ledger.commands import rows
from burgrave.ledger.errors import NotInTransaction
from burgrave.ledger.terms import Record, RecordId, Sheaf, Written
from burgrave.web.terms import Actor

ROWS_PER_STATEMENT = 1000


def append(record: Record, *, actor: Actor, at: datetime) -> RecordId:
    """The record stands in the ledger once the caller's transaction commits, and nowhere if it does not.

    It awaits its place in the tree until the next batch. Raises NotInTransaction, NotARecord, RecordTooLarge.
    """
    return append_all((record,), actor=actor, at=at)[0]


def append_all(records: Sequence[Record], *, actor: Actor, at: datetime) -> tuple[RecordId, ...]:
    """All records stand in the ledger, in this order, once the caller's transaction commits."""
    _must_be_in_transaction(records)
    written = write_all(records, actor=actor, at=at)
    store(written)
    return tuple(each.record_id for each in written)


def write_all(records: Sequence[Record], *, actor: Actor, at: datetime) -> tuple[Written, ...]:
    """The leaves and openings of the records; nothing is stored yet. Raises NotARecord, RecordTooLarge.

    They are stored by `custody.commands.seal` as ``fresh``: so that the work of many writers is done outside the
    transaction that they share.
    """
    name = "" if actor.person_id is None else actor.name
    return rules.write_all(records, actor_label=actor.label, actor_name=name, at=at)


def append_bulk(records: Sequence[Record], *, actor: Actor, at: datetime) -> int:
    """All records stand in the ledger, in this order, once the caller's transaction commits. Returns how many.

    For those who record much at once: neighbours of one class share a row (ADR 0013). Whoever reads sees no difference.
    Raises NotInTransaction, NotARecord, RecordTooLarge.
    """
    _must_be_in_transaction(records)
    store(bind_all(records, actor=actor, at=at))
    return len(records)


def bind_all(records: Sequence[Record], *, actor: Actor, at: datetime) -> tuple[Sheaf, ...]:
    """What `write_all` gives, in sheaves: for `custody.commands.seal` as ``fresh``."""
    name = "" if actor.person_id is None else actor.name
    return rules.bind_all(records, actor_label=actor.label, actor_name=name, at=at)


def store(written: Sequence[Written | Sheaf], *, first: int | None = None) -> None:
    """Records and openings are stored, with the positions from ``first`` on or awaiting their place."""
    given: list[rows.Row] = []
    for each in written:
        row = _row(each, position=first)
        given.append(row)
        first = None if first is None else first + row.records
    for start in range(0, len(given), ROWS_PER_STATEMENT):
        rows.store(given[start : start + ROWS_PER_STATEMENT])


def _row(each: Written | Sheaf, *, position: int | None) -> rows.Row:
    if isinstance(each, Written):
        opened = [(name, *salted) for name, salted in each.openings.items()]
        return rows.Row(each.record_id, each.kind, each.at, each.actor_label, each.leaf, position, 1, opened)
    records = len(each.leaves)
    if records == 1:
        leaf = each.leaves[0]
        opened = [(name, salts, values[0] or "") for name, (salts, values) in each.openings.items()]
    else:
        leaf = rules.bound(each.leaves)
        opened = [(name, salts, rules.bound_values(values)) for name, (salts, values) in each.openings.items()]
    record_id = UUID(each.record_ids[0])
    return rows.Row(record_id, each.kind, each.at, each.actor_label, leaf, position, records, opened)


def _must_be_in_transaction(records: Sequence[Record]) -> None:
    if not connection.in_atomic_block:
        kinds = ", ".join(sorted({record.kind for record in records}))
        raise NotInTransaction(f"appending {kinds}: a record belongs into the transaction of what it records")
