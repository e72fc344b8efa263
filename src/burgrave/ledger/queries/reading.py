"""Records as pages, histories and handlers read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, F, Min, Q, QuerySet

from burgrave.ledger import models, rules
from burgrave.ledger.errors import NoSuchRecord
from burgrave.ledger.terms import (
    ACTOR_NAME,
    Filters,
    HandlerState,
    HistoryRow,
    RecordId,
    RecordPage,
    RecordRow,
    StoredRecord,
)


def history(subject: str, *, limit: int = 200) -> tuple[HistoryRow, ...]:
    """The newest records about a subject, newest first; those that await their place come before all others."""
    about = models.Subject.objects.filter(subject=subject).values("entry_id")
    newest_first = models.Entry.objects.filter(pk__in=about).order_by(F("position").desc(nulls_first=True), "-arrival")
    return _rows(newest_first[:limit])


def records(filters: Filters, *, before: int | None = None, size: int = 50) -> RecordPage:
    """Records with a place, newest first, from the one below position ``before`` on."""
    found = _narrowed(filters)
    if before is not None:
        found = found.filter(position__lt=before)
    rows = _rows(found.order_by("-position")[: size + 1])
    more = len(rows) > size
    return RecordPage(rows=rows[:size], older=rows[size - 1].position if more else None)


def record(position: int) -> RecordRow:
    """The record at a position. Raises NoSuchRecord."""
    return _only(models.Entry.objects.filter(position=position), name=f"at position {position}")


def record_by_id(record_id: UUID) -> RecordRow:
    """The record with this id, with or without its place. Raises NoSuchRecord."""
    return _only(models.Entry.objects.filter(record_id=record_id), name=f"with the id {record_id}")


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


def facet_values() -> tuple[tuple[str, int], ...]:
    """Every kind that has a place, with how many records are of it."""
    counted = models.Entry.objects.filter(position__isnull=False).values("kind").annotate(count=Count("arrival"))
    return tuple((row["kind"], row["count"]) for row in counted.order_by("kind"))


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


def _narrowed(filters: Filters) -> QuerySet[models.Entry]:
    wanted = Q(position__isnull=False)
    if filters.kind:
        wanted &= Q(kind=filters.kind)
    if filters.actor_label:
        wanted &= Q(actor_label=filters.actor_label)
    if filters.subject:
        wanted &= Q(pk__in=models.Subject.objects.filter(subject=filters.subject).values("entry_id"))
    if filters.day is not None:
        begin = datetime.combine(filters.day, time(), tzinfo=UTC)
        wanted &= Q(at__gte=begin, at__lt=begin + timedelta(days=1))
    return models.Entry.objects.filter(wanted)


def _only(entries: QuerySet[models.Entry], *, name: str) -> RecordRow:
    rows = _rows(entries[:1])
    if not rows:
        raise NoSuchRecord(f"there is no record {name}")
    return rows[0]


def _rows(entries: QuerySet[models.Entry]) -> tuple[RecordRow, ...]:
    """Rows of the entries in their order, in two queries."""
    found = list(entries)
    opened: dict[int, dict[str, str]] = {}
    for opening in _openings(entry.pk for entry in found):
        opened.setdefault(opening.entry_id, {})[opening.name] = opening.value
    return tuple(_row(entry, opened.get(entry.pk, {})) for entry in found)


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
