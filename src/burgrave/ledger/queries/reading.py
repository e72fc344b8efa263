"""Records as pages, histories and handlers read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Min, QuerySet

from burgrave.ledger import models, rules
from burgrave.ledger.errors import NoSuchRecord
from burgrave.ledger.queries.subjects import pending_about, positions_about
from burgrave.ledger.terms import (
    ACTOR_NAME,
    MAX_POSITION,
    HandlerState,
    HistoryRow,
    Neighbour,
    OpenedField,
    RecordId,
    RecordRow,
    StoredRecord,
)
from burgrave.web.errors import Said


def history(subject: str, *, limit: int = 200) -> tuple[HistoryRow, ...]:
    """The newest records about a subject, newest first; those that await their place come before all others.

    Four queries, whatever is in the ledger.
    """
    pending = models.Entry.objects.filter(pk__in=pending_about(subject)).order_by("-arrival")[:limit]
    placed = models.Entry.objects.filter(position__in=positions_about(subject, limit=limit)).order_by("-position")
    return rows_of([*pending, *placed][:limit])


def rows_of(entries: Iterable[models.Entry]) -> tuple[RecordRow, ...]:
    """Rows of the entries in their order, in two queries."""
    found = list(entries)
    opened: dict[int, dict[str, str]] = {}
    for opening in _openings(entry.pk for entry in found):
        opened.setdefault(opening.entry_id, {})[opening.name] = opening.value
    return tuple(_row(entry, opened.get(entry.pk, {})) for entry in found)


def record(position: int) -> RecordRow:
    """The record at a position. Raises NoSuchRecord."""
    found = models.Entry.objects.filter(position=position) if position <= MAX_POSITION else models.Entry.objects.none()
    return _only(found, name=Said("at position %(position)s", {"position": str(position)}))


def neighbours(position: int) -> tuple[Neighbour | None, Neighbour | None]:
    """The records before and after a position."""
    beside = models.Entry.objects.filter(position__in=[position - 1, position + 1]).values_list("position", "kind")
    found = {place: Neighbour(position=place, kind=kind) for place, kind in beside if place is not None}
    return found.get(position - 1), found.get(position + 1)


def record_by_id(record_id: UUID) -> RecordRow:
    """The record with this id, with or without its place. Raises NoSuchRecord."""
    return _only(
        models.Entry.objects.filter(record_id=record_id), name=Said("with the id %(id)s", {"id": str(record_id)})
    )


def pending_count() -> int:
    """How many records await their place."""
    return models.Entry.objects.filter(position__isnull=True).count()


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
    found = models.Opening.objects.filter(entry__record_id=row.record_id).order_by("name")
    return tuple(
        OpenedField(name=each.name, salt=bytes(each.salt).hex(), value=each.value, commitment=sealed.get(each.name, ""))
        for each in found
    )


def next_record(kinds: Sequence[str], *, position: int) -> StoredRecord | None:
    """The first record of one of the kinds at ``position`` or after it, for a handler."""
    candidates = [
        models.Entry.objects.filter(kind=kind, position__gte=position).order_by("position").first() for kind in kinds
    ]
    found = [entry for entry in candidates if entry is not None and entry.position is not None]
    if not found:
        return None
    entry = min(found, key=lambda each: each.position or 0)
    leaf = rules.parse_leaf(bytes(entry.leaf))
    return StoredRecord(
        record_id=leaf.record_id,
        position=entry.position or 0,
        kind=leaf.kind,
        at=leaf.at,
        actor_label=leaf.actor_label,
        subjects=leaf.subjects,
        body=leaf.body,
        opened=dict(entry.openings.values_list("name", "value")),
    )


def _only(entries: QuerySet[models.Entry], *, name: str) -> RecordRow:
    rows = rows_of(entries[:1])
    if not rows:
        raise NoSuchRecord("there is no record %(name)s", words={"name": name})
    return rows[0]


def _openings(arrivals: Iterable[int]) -> QuerySet[models.Opening]:
    return models.Opening.objects.filter(entry_id__in=list(arrivals))


def _row(entry: models.Entry, opened: dict[str, str]) -> RecordRow:
    leaf = rules.parse_leaf(bytes(entry.leaf))
    return RecordRow(
        record_id=RecordId(entry.record_id),
        position=entry.position,
        kind=leaf.kind,
        at=leaf.at,
        actor_label=leaf.actor_label,
        actor_name=opened.get(ACTOR_NAME, ""),
        subjects=leaf.subjects,
        facts=rules.facts(leaf.body, opened),
        leaf=bytes(entry.leaf),
    )
