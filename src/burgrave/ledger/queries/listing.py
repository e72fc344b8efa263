"""The list of records, narrowed and cut into pages, at a cost that does not grow with the ledger.

Every filter has an index that gives positions, newest first. A filter that matches at most SCAN records is read whole
and settles the list. Where none is so rare, one index is walked SCAN positions at a time, and the page says how far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from burgrave.ledger import models
from burgrave.ledger.queries.reading import rows_of
from burgrave.ledger.queries.subjects import positions_about
from burgrave.ledger.terms import EPOCH, MAX_POSITION, CopiedRecord, Filters, RecordId, RecordPage, Salted

SCAN = 2_000
_PLACED = Q(position__isnull=False)
_NEWEST_OF_KIND = """SELECT position FROM (SELECT position FROM ledger_entry
    WHERE kind = %s AND position < %s ORDER BY position DESC LIMIT %s) AS newest"""


def records(filters: Filters, *, before: int | None = None, size: int = 50) -> RecordPage:
    """Records with a place, newest first, from the one below position ``before`` on; at most seven queries.

    When a span of time is asked for, they are in the order of their times.
    """
    scan = max(SCAN, size + 1)
    found = (
        _of_a_span(filters, before=before, scan=scan)
        if filters.has_span
        else _by_place(filters, before=before, size=size, scan=scan)
    )
    rows = rows_of(found.entries[: size + 1])
    if len(rows) > size:
        return RecordPage(rows=rows[:size], older=rows[size - 1].position)
    return RecordPage(rows=rows, older=found.searched_to, is_searching=found.searched_to is not None)


def copied(first: int, count: int) -> tuple[CopiedRecord, ...]:
    """``count`` records from position ``first`` on, with their openings, in two queries."""
    found = list(models.Entry.objects.filter(position__gte=first, position__lt=first + count).order_by("position"))
    openings: dict[int, dict[str, Salted]] = {}
    for each in models.Opening.objects.filter(entry_id__in=[entry.pk for entry in found]):
        openings.setdefault(each.entry_id, {})[each.name] = Salted(bytes(each.salt), each.value)
    return tuple(
        CopiedRecord(
            record_id=RecordId(entry.record_id),
            kind=entry.kind,
            at=entry.at,
            actor_label=entry.actor_label,
            leaf=bytes(entry.leaf),
            openings=openings.get(entry.pk, {}),
        )
        for entry in found
    )


def position_at(moment: datetime) -> int | None:
    """The position of the newest record that is not dated after ``moment``; None when there is none."""
    found = models.Entry.objects.filter(_PLACED, at__lte=moment).order_by("-at", "-position")
    return found.values_list("position", flat=True).first()


@dataclass(frozen=True, slots=True)
class _Found:
    """The entries in their order; ``searched_to`` is the last position looked at when there may be more beyond it."""

    entries: QuerySet[models.Entry]
    searched_to: int | None = None


def _by_place(filters: Filters, *, before: int | None, size: int, scan: int) -> _Found:
    streams = _streams(filters, before=before, scan=scan)
    if not streams:
        everything = models.Entry.objects.filter(position__lt=MAX_POSITION if before is None else before)
        return _Found(everything.order_by("-position"))
    whole = [stream for stream in streams if len(stream) <= scan]
    if whole:
        candidates = sorted(set(whole[0]).intersection(*whole[1:]), reverse=True)
        chosen = candidates[: size + 1] if len(whole) == len(streams) else candidates
        return _Found(_narrowed(filters).filter(position__in=chosen).order_by("-position"))
    # What a subject has comes first; of the others the rarest reaches furthest down.
    walked = streams[0] if filters.subject else min(streams, key=lambda stream: stream[-1])
    found = models.Entry.objects.order_by("-position")
    if len(streams) == 1:
        return _Found(found.filter(position__in=walked[: size + 1]))
    chosen = sorted(_those_of(walked[:scan], filters), reverse=True)
    return _Found(found.filter(position__in=chosen[: size + 1]), walked[scan - 1])


def _those_of(positions: Sequence[int], filters: Filters) -> set[int]:
    """Which of the positions every filter but that of the subject matches, each looked up in its own index."""
    left = set(positions)
    placed = models.Entry.objects.filter(position__in=positions)
    if filters.actor_label:
        left &= set(placed.filter(actor_label=filters.actor_label).values_list("position", flat=True))
    if filters.kinds:
        left &= set(placed.filter(kind__in=filters.kinds).values_list("position", flat=True))
    return left


def _of_a_span(filters: Filters, *, before: int | None, scan: int) -> _Found:
    within = _PLACED
    if filters.since:
        within &= Q(at__gte=filters.since)
    if filters.until:
        within &= Q(at__lt=filters.until)
    if before is not None:
        last = models.Entry.objects.filter(position=before).values_list("at", flat=True).first()
        within &= Q(at__lte=last) & (Q(at__lt=last) | Q(position__lt=before)) if last else Q(position__lt=before)
    of_span = _narrowed(filters).filter(within).order_by("-at", "-position")
    streams = _streams(filters, before=None, scan=scan)
    whole = [stream for stream in streams if len(stream) <= scan]
    if whole:
        return _Found(of_span.filter(position__in=set(whole[0]).intersection(*whole[1:])))
    if not streams:
        return _Found(of_span)
    walked = models.Entry.objects.filter(within).order_by("-at", "-position").values_list("position", flat=True)
    candidates = [position for position in walked[: scan + 1] if position is not None]
    entries = of_span.filter(position__in=candidates[:scan])
    return _Found(entries, candidates[scan - 1] if len(candidates) > scan else None)


def _streams(filters: Filters, *, before: int | None, scan: int) -> list[list[int]]:
    """For each filter the newest positions that it matches, at most scan + 1 of them; those of a subject come first."""
    below, limit = MAX_POSITION if before is None else before, scan + 1
    streams = []
    if filters.subject:
        streams.append(positions_about(filters.subject, limit=limit, before=below))
    if filters.actor_label:
        by = models.Entry.objects.filter(actor_label=filters.actor_label, position__lt=below).order_by("-position")
        streams.append([position for position in by.values_list("position", flat=True)[:limit] if position is not None])
    if filters.kinds:
        streams.append(_of_kinds(filters.kinds, below=below, limit=limit))
    return streams


def _of_kinds(kinds: Sequence[str], *, below: int, limit: int) -> list[int]:
    statement = " UNION ALL ".join([_NEWEST_OF_KIND] * len(kinds))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for kind in kinds for value in (kind, below, limit)])
        return sorted((int(row[0]) for row in cursor.fetchall()), reverse=True)[:limit]


def _narrowed(filters: Filters) -> QuerySet[models.Entry]:
    """Every filter once more, on rows that an index has found already."""
    entries = models.Entry.objects.all()
    if filters.actor_label:
        entries = entries.filter(actor_label=filters.actor_label)
    if filters.kinds:
        entries = entries.filter(kind__in=filters.kinds)
    if filters.subject:
        filed = models.Subject.objects.filter(
            epoch=OuterRef("position") / EPOCH, subject=filters.subject, position=OuterRef("position")
        )
        entries = entries.filter(Exists(filed))
    return entries
