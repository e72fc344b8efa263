"""What of a file is to become alerts, in parts: so many matches, and so many alerts, as one transaction takes."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from django.db.models import Count, QuerySet

from burgrave.incidents import models
from burgrave.incidents.rules import grouping
from burgrave.incidents.rules.grouping import Match, Span, Stretch
from burgrave.incidents.terms import GROUP_WINDOW, EventFileId

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from datetime import datetime

ALERTS_AT_ONCE: Final = 100
MATCHES_AT_ONCE: Final = 2_000

Found = QuerySet[models.Detection]


def matches_to_raise(event_file_id: EventFileId) -> tuple[int, int]:
    """How many matches of the file are part of no alert yet, and how many it has. For the worker. One statement."""
    counted = models.Detection.objects.filter(event_file=event_file_id).aggregate(of=Count("pk"), done=Count("alert"))
    return counted["of"] - counted["done"], counted["of"]


def parts_to_raise(event_file_id: EventFileId) -> Iterator[tuple[Stretch, ...]]:
    """The matches that are part of no alert yet, the most serious first; none holds more than one transaction takes.

    For the worker alone. The next part is asked for when those before it stand; whoever begins anew begins with what
    is left, which is in the same order.
    """
    found = models.Detection.objects.filter(event_file=event_file_id, alert=None)
    for rule_ids, count in _together(found):
        if count > MATCHES_AT_ONCE:
            yield from _of_one_rule(found.filter(rule_id=rule_ids[0]))
        else:
            place = {rule_id: number for number, rule_id in enumerate(rule_ids)}
            rows = _read(found.filter(rule_id__in=rule_ids), most=MATCHES_AT_ONCE)
            yield from _parts(_cut(sorted(rows, key=lambda row: place[row.rule_id])))


def _together(found: Found) -> Iterator[tuple[list[UUID], int]]:
    """Rules whose matches are read at once, and how many those are: several rules, or one that has too many."""
    counted = found.order_by().values_list("rule__level_rank", "rule__title", "rule_id").annotate(Count("pk"))
    held: list[UUID] = []
    total = 0
    for _rank, _title, rule_id, count in sorted(counted, key=lambda row: (-row[0], *row[1:3])):
        if held and total + count > MATCHES_AT_ONCE:
            yield held, total
            held, total = [], 0
        held.append(rule_id)
        total += count
    if held:
        yield held, total


def _of_one_rule(found: Found) -> Iterator[tuple[Stretch, ...]]:
    computer = ""
    while True:
        rows = _read(found.filter(computer__gte=computer), most=MATCHES_AT_ONCE + 1)
        if len(rows) <= MATCHES_AT_ONCE:
            yield from _parts(_cut(rows))
            return
        computer = rows[-1].computer
        if rows[0].computer == computer:
            yield from _of_one_computer(found.filter(computer=computer), rows)
        else:  # of the last computer there may be more
            yield from _parts(_cut(row for row in rows if row.computer != computer))


def _of_one_computer(found: Found, rows: Sequence[Match]) -> Iterator[tuple[Stretch, ...]]:
    """The first stretches of a computer with more matches of a rule than are read at once; ``rows`` are those."""
    *whole, last = _cut(rows)
    if whole:  # the last may go on
        yield from _parts(whole)
    else:
        yield from _of_one_alert(found, last)


def _of_one_alert(found: Found, begun: Stretch) -> Iterator[tuple[Stretch, ...]]:
    """One stretch of more matches than are handed over at once, piece by piece."""
    if begun.span.first_at is None:
        own, span = found.filter(at=None), Span(first_at=None, last_at=None, count=found.filter(at=None).count())
    else:
        times = found.filter(at__gte=begun.span.first_at).order_by("at").values_list("at", flat=True)
        with closing(cast("Generator[datetime, None, None]", times.iterator(chunk_size=MATCHES_AT_ONCE))) as moments:
            span = next(grouping.spans(moments, window=GROUP_WINDOW))
        own = found.filter(at__gte=span.first_at, at__lte=span.last_at)
    distinct = own.order_by().values("event_sha256").distinct().count()
    left = own
    while True:
        rows = _read(left, most=MATCHES_AT_ONCE + 1)
        keys = tuple(row.key for row in rows[:MATCHES_AT_ONCE])
        is_whole = len(rows) <= MATCHES_AT_ONCE
        yield (
            Stretch(
                rule_id=begun.rule_id,
                computer=begun.computer,
                span=span,
                distinct=distinct,
                keys=keys,
                is_whole=is_whole,
            ),
        )
        if is_whole:
            return
        at = rows[-1].at
        left = own.filter(pk__gt=keys[-1]) if at is None else own.filter(at__gte=at)


def _read(found: Found, *, most: int) -> list[Match]:
    rows = found.order_by("rule_id", "computer", "at", "pk")[:most]
    return [
        Match(key=key, rule_id=rule_id, computer=computer, at=at, digest=digest)
        for key, rule_id, computer, at, digest in rows.values_list("pk", "rule_id", "computer", "at", "event_sha256")
    ]


def _cut(rows: Iterable[Match]) -> Iterator[Stretch]:
    return grouping.stretches(rows, window=GROUP_WINDOW)


def _parts(stretches: Iterable[Stretch]) -> Iterator[tuple[Stretch, ...]]:
    left = iter(stretches)
    while part := tuple(islice(left, ALERTS_AT_ONCE)):
        yield part
