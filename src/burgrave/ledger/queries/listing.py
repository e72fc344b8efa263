"""The list of records, narrowed and cut into pages, at a cost that does not grow with the ledger.

Every filter has an index that gives positions, newest first. A filter that matches at most SCAN records is read whole
and settles the list. Where none is so rare, one index is walked SCAN positions at a time, and the page says how far.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.db import connection
from django.db.models import Q

from burgrave.ledger import models
from burgrave.ledger.queries import stored
from burgrave.ledger.queries.reading import rows_of
from burgrave.ledger.queries.stored import Stored
from burgrave.ledger.queries.subjects import among, positions_about
from burgrave.ledger.terms import MAX_POSITION, CopiedRecord, Filters, RecordId, RecordPage

SCAN = 2_000
_PLACED = Q(position__isnull=False)
_NEWEST_OF_KIND = """SELECT position, "count" FROM (SELECT position, "count" FROM ledger_entry
    WHERE kind = %s AND position < %s ORDER BY position DESC LIMIT %s) AS newest"""


def records(filters: Filters, *, before: int | None = None, size: int = 50) -> RecordPage:
    """Records with a place, newest first, from the one below position ``before`` on; at most seven queries.

    When a span of time is asked for, they are in the order of their times.
    """
    scan = max(SCAN, size + 1)
    found = (
        _of_a_span(filters, before=before, size=size, scan=scan)
        if filters.has_span
        else _by_place(filters, before=before, size=size, scan=scan)
    )
    rows = rows_of(found.read(size + 1))
    if len(rows) > size:
        return RecordPage(rows=rows[:size], older=rows[size - 1].position)
    return RecordPage(rows=rows, older=found.searched_to, is_searching=found.searched_to is not None)


def copied(first: int, count: int) -> tuple[CopiedRecord, ...]:
    """``count`` records from position ``first`` on, with their openings."""
    found = stored.at_positions(range(first, first + count))[::-1]
    opened = stored.opened(found)
    return tuple(
        CopiedRecord(
            record_id=RecordId(each.record_id),
            kind=each.row.kind,
            at=each.row.at,
            actor_label=each.row.actor_label,
            leaf=each.leaf,
            openings=opened[each.address],
        )
        for each in found
    )


def position_at(moment: datetime) -> int | None:
    """The position of the newest record that is not dated after ``moment``; None when there is none."""
    found = models.Entry.objects.filter(_PLACED, at__lte=moment).order_by("-at", "-position")
    return max((place for row in found.values_list("position", "count")[:1] for place in _places(*row)), default=None)


@dataclass(frozen=True, slots=True)
class _Found:
    """Positions in the order of the list; ``searched_to`` is the last looked at when there may be more beyond it."""

    positions: Sequence[int]
    searched_to: int | None = None

    def read(self, most: int) -> list[Stored]:
        found = {each.position: each for each in stored.at_positions(self.positions[:most])}
        return [found[position] for position in self.positions[:most] if position in found]


def _by_place(filters: Filters, *, before: int | None, size: int, scan: int) -> _Found:
    streams = _streams(filters, before=before, scan=scan)
    if not streams:
        below = MAX_POSITION if before is None else before
        return _Found(stored.newest(models.Entry.objects.all(), below=below, limit=size + 1))
    if (settled := _settled(streams, filters, scan=scan)) is not None:
        return _Found(sorted(settled, reverse=True))
    # What a subject has comes first; of the others the rarest reaches furthest down.
    walked = streams["subject"] if filters.subject else min(streams.values(), key=lambda stream: stream[-1])
    if len(streams) == 1:
        return _Found(walked)
    return _Found(sorted(_those_of(walked[:scan], filters), reverse=True), walked[scan - 1])


def _settled(streams: Mapping[str, list[int]], filters: Filters, *, scan: int) -> set[int] | None:
    """What matches every filter, where one of them is so rare that its stream is whole; else None."""
    whole = {name: stream for name, stream in streams.items() if len(stream) <= scan}
    if not whole:
        return None
    candidates = set.intersection(*map(set, whole.values()))
    nothing = Filters()
    left = replace(filters, **{name: getattr(nothing, name) for name in whole})
    return candidates if len(whole) == len(streams) else _those_of(candidates, left)


def _those_of(positions: Collection[int], filters: Filters) -> set[int]:
    """Which of the positions every filter matches."""
    single = models.Entry.objects.filter(position__in=positions, count=1)
    if filters.actor_label:
        single = single.filter(actor_label=filters.actor_label)
    if filters.kinds:
        single = single.filter(kind__in=filters.kinds)
    left = set(positions)
    if filters.actor_label or filters.kinds:
        left &= {
            *single.values_list("position", flat=True),
            *(
                place
                for sheaf in stored.covering(positions)
                if not filters.actor_label or sheaf.actor_label == filters.actor_label
                if not filters.kinds or sheaf.kind in filters.kinds
                for place in sheaf.places
            ),
        }
    return among(left, filters.subject) if filters.subject and left else left


def _of_a_span(filters: Filters, *, before: int | None, size: int, scan: int) -> _Found:
    within = _PLACED
    if filters.since:
        within &= Q(at__gte=filters.since)
    if filters.until:
        within &= Q(at__lt=filters.until)
    last = None if before is None else _time_at(before)
    if before is not None:
        within &= Q(at__lte=last) & (Q(at__lt=last) | Q(position__lt=before)) if last else Q(position__lt=before)

    def is_within(at: datetime, position: int) -> bool:
        return (
            (filters.since is None or at >= filters.since)
            and (filters.until is None or at < filters.until)
            and (before is None or (position < before if last is None else (at, position) < (last, before)))
        )

    streams = _streams(filters, before=None, scan=scan)
    if (settled := _settled(streams, filters, scan=scan)) is not None:
        timed = [(at, position) for at, position in _times_of(settled) if is_within(at, position)]
        return _Found([position for _, position in sorted(timed, reverse=True)])
    newest = models.Entry.objects.filter(within).order_by("-at", "-position").values_list("at", "position", "count")
    most = scan + 1 if streams else size + 1
    within_span = (
        place
        for at, first, count in stored.as_needed(newest[:most])
        for place in reversed(_places(first, count))
        if is_within(at, place)
    )
    walked = [*islice(within_span, most)]
    if not streams:
        return _Found(walked)
    matched = _those_of(walked[:scan], filters)
    found = [position for position in walked[:scan] if position in matched]
    return _Found(found, walked[scan - 1] if len(walked) > scan else None)


def _times_of(positions: Collection[int]) -> list[tuple[datetime, int]]:
    single = models.Entry.objects.filter(position__in=positions, count=1).values_list("at", "position")
    return [
        *((at, position) for at, position in single if position is not None),
        *(
            (sheaf.at, place)
            for sheaf in stored.covering(positions)
            for place in {*sheaf.places}.intersection(positions)
        ),
    ]


def _time_at(position: int) -> datetime | None:
    found = models.Entry.objects.filter(position=position).values_list("at", flat=True).first()
    return found or next((sheaf.at for sheaf in stored.covering([position])), None)


def _places(first: int | None, count: int) -> range:
    return range(0) if first is None else range(first, first + count)


def _streams(filters: Filters, *, before: int | None, scan: int) -> dict[str, list[int]]:
    """For each filter, by its name, the newest positions that it matches, at most scan + 1 of them."""
    below, limit = MAX_POSITION if before is None else before, scan + 1
    streams: dict[str, list[int]] = {}
    if filters.subject:
        streams["subject"] = positions_about(filters.subject, limit=limit, before=below)
    if filters.actor_label:
        by = models.Entry.objects.filter(actor_label=filters.actor_label)
        streams["actor_label"] = stored.newest(by, below=below, limit=limit)
    if filters.kinds:
        streams["kinds"] = _of_kinds(filters.kinds, below=below, limit=limit)
    return streams


def _of_kinds(kinds: Sequence[str], *, below: int, limit: int) -> list[int]:
    if len(kinds) == 1:
        return stored.newest(models.Entry.objects.filter(kind=kinds[0]), below=below, limit=limit)
    statement = " UNION ALL ".join([_NEWEST_OF_KIND] * len(kinds))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for kind in kinds for value in (kind, below, limit)])
        rows = sorted(((int(first), int(count)) for first, count in cursor.fetchall()), reverse=True)
    return stored.expanded(rows, below=below, limit=limit)
