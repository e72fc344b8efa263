"""Records as pages, histories and handlers read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Min, Sum

from burgrave.ledger import models, rules
from burgrave.ledger.errors import NoSuchRecord
from burgrave.ledger.queries import stored
from burgrave.ledger.queries.stored import Stored
from burgrave.ledger.queries.subjects import newest_about
from burgrave.ledger.terms import (
    ACTOR_NAME,
    HandlerState,
    HistoryRow,
    Neighbour,
    OpenedField,
    RecordId,
    RecordRow,
    Salted,
    StoredRecord,
)
from burgrave.web.errors import Said


def history(subject: str, *, limit: int = 200) -> tuple[HistoryRow, ...]:
    """The newest records about a subject, newest first; those that await their place come before all others.

    Three queries.
    """
    return rows_of(newest_about(subject, limit=limit))


def rows_of(found: Sequence[Stored]) -> tuple[RecordRow, ...]:
    """Rows of the records in their order, in one query."""
    opened = stored.opened(found)
    return tuple(_row(each, stored.values(opened[each.address])) for each in found)


def record(position: int) -> RecordRow:
    """The record at a position. Raises NoSuchRecord."""
    return _only(stored.at_position(position), name=Said("at position %(position)s", {"position": str(position)}))


def neighbours(position: int) -> tuple[Neighbour | None, Neighbour | None]:
    """The records before and after a position."""
    beside = models.Entry.objects.filter(position__in=[position - 1, position + 1]).values_list("position", "kind")
    found = {place: Neighbour(position=place, kind=kind) for place, kind in beside if place is not None}
    missing = {place for place in (position - 1, position + 1) if place not in found and place >= 0}
    for sheaf in stored.covering(missing):
        found |= {place: Neighbour(position=place, kind=sheaf.kind) for place in missing.intersection(sheaf.places)}
    return found.get(position - 1), found.get(position + 1)


def record_by_id(record_id: UUID) -> RecordRow:
    """The record with this id, with or without its place. Raises NoSuchRecord."""
    return _only(stored.with_id(record_id), name=Said("with the id %(id)s", {"id": str(record_id)}))


def pending_count() -> int:
    """How many records await their place."""
    count: int | None = models.Entry.objects.filter(position__isnull=True).aggregate(count=Sum("count"))["count"]
    return count or 0


def oldest_pending_at() -> datetime | None:
    """The time of the oldest record that awaits its place."""
    oldest: datetime | None = models.Entry.objects.filter(position__isnull=True).aggregate(oldest=Min("at"))["oldest"]
    return oldest


def handler_states() -> tuple[HandlerState, ...]:
    """Every handler that ever ran, those that fail first."""
    return tuple(
        HandlerState(
            name=cursor.handler,
            position=cursor.position,
            attempts=cursor.attempts,
            error=cursor.error,
            next_attempt_at=cursor.next_attempt_at,
        )
        for cursor in models.Cursor.objects.order_by("-attempts", "handler")
    )


def kinds() -> tuple[str, ...]:
    """Every kind of record in the ledger, found by stepping through the index and not through the records."""
    table = connection.ops.quote_name(models.Entry._meta.db_table)  # noqa: SLF001 - Django's documented model API
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE step(kind) AS (SELECT min(kind) FROM {table} WHERE position IS NOT NULL UNION ALL "  # noqa: S608 - a table name of ours
            f"SELECT (SELECT min(kind) FROM {table} WHERE position IS NOT NULL AND kind > step.kind) FROM step "
            "WHERE step.kind IS NOT NULL) "
            "SELECT kind FROM step WHERE kind IS NOT NULL"
        )
        return tuple(row[0] for row in cursor.fetchall())


def openings(record_id: UUID) -> tuple[OpenedField, ...]:
    """The sealed fields of a record that can still be opened, with what anybody needs to check the commitment."""
    return openings_of(record_by_id(record_id))


def openings_of(row: RecordRow) -> tuple[OpenedField, ...]:
    """What `openings` gives, for a record that was read already; one query."""
    sealed = rules.commitments(rules.parse_leaf(row.leaf).body)
    own = models.Opening.objects.filter(entry__record_id=row.record_id, entry__count=1)
    opened = {each.name: Salted(bytes(each.salt), each.value) for each in own}
    if not opened and (found := stored.with_id(row.record_id)) is not None:
        opened = stored.opened([found])[found.address]
    return tuple(
        OpenedField(name=name, salt=each.salt.hex(), value=each.value, commitment=sealed.get(name, ""))
        for name, each in sorted(opened.items())
    )


def next_record(kinds: Sequence[str], *, position: int) -> StoredRecord | None:
    """The first record of one of the kinds at ``position`` or after it, for a handler."""
    found = stored.sheaf_before(position)
    if found is None or found.row.kind not in kinds:
        beyond = [
            models.Entry.objects.filter(kind=kind, position__gte=position).order_by("position").first()
            for kind in kinds
        ]
        rows = [row for row in beyond if row is not None]
        if not rows:
            return None
        found = stored.of_row(min(rows, key=lambda each: each.position or 0))[0]
    leaf = found.parsed
    return StoredRecord(
        record_id=leaf.record_id,
        position=found.position or 0,
        kind=leaf.kind,
        at=leaf.at,
        actor_label=leaf.actor_label,
        subjects=leaf.subjects,
        body=leaf.body,
        opened=stored.values(stored.opened([found])[found.address]),
    )


def _only(found: Stored | None, *, name: Said) -> RecordRow:
    if found is None:
        raise NoSuchRecord("there is no record %(name)s", words={"name": name})
    return rows_of([found])[0]


def _row(each: Stored, opened: dict[str, str]) -> RecordRow:
    leaf = each.parsed
    return RecordRow(
        record_id=RecordId(each.record_id),
        position=each.position,
        kind=leaf.kind,
        at=leaf.at,
        actor_label=leaf.actor_label,
        actor_name=opened.get(ACTOR_NAME, ""),
        subjects=leaf.subjects,
        facts=rules.facts(leaf.body, opened),
        leaf=each.leaf,
    )
