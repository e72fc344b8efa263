"""What is kept: figures, days, and the events themselves for those who try rules on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from burgrave.engines import eventstore
from burgrave.engines.detection import EventSource
from burgrave.engines.eventstore import Kind, Layout, columns
from burgrave.events import models
from burgrave.events.queries.store import as_part, event_store
from burgrave.events.terms import HUNT, DayRow, KeptFigures, KeptPiece, KeptScan
from burgrave.people import queries as people
from burgrave.web.terms import Actor, SystemActor

ROWS_AT_ONCE: Final = 50_000


def visible_parts(actor: Actor, *, since: datetime | None, until: datetime | None) -> QuerySet[models.Part]:
    """The parts that may hold events of the time, both ends included, of units where the actor may hunt."""
    found = models.Part.objects.filter(is_whole=True)
    if not isinstance(actor, SystemActor):
        found = found.filter(people.within(actor, HUNT))
    if since is not None:
        found = found.filter(last_at__gte=since)
    if until is not None:
        found = found.filter(first_at__lte=until)
    return found


def kept_figures(*, actor: Actor) -> KeptFigures:
    """How much is kept for the actor, in one statement."""
    found = visible_parts(actor, since=None, until=None).aggregate(
        events=Sum("events"),
        parts=Count("pk"),
        size=Sum("size_bytes"),
        first=Min("first_at"),
        last=Max("last_at"),
        verified=Count("verified_at"),
        longest=Min("verified_at"),
    )
    return KeptFigures(
        events=found["events"] or 0,
        parts=found["parts"],
        size_bytes=found["size"] or 0,
        first_at=found["first"],
        last_at=found["last"],
        verified=found["verified"],
        verified_since=found["longest"],
    )


def days(*, actor: Actor, most: int = 100) -> tuple[DayRow, ...]:
    """The newest days on which events were kept, by unit, in two statements."""
    found = visible_parts(actor, since=None, until=None).order_by("-kept_on", "unit__name")
    rows = found.values_list("unit_id", "unit__name", "kept_on").annotate(
        Sum("events"), Count("pk"), Sum("size_bytes"), unsealed=Count("pk", filter=Q(is_sealed=False))
    )[:most]
    keys = list(rows)
    seals = {
        (day.unit_id, day.kept_on): day
        for day in models.Day.objects.filter(kept_on__in={row[2] for row in keys}, unit_id__in={row[0] for row in keys})
    }
    made = []
    for unit_id, unit_name, kept_on, events, parts, size, unsealed in keys:
        seal = None if unsealed else seals.get((unit_id, kept_on))
        made.append(
            DayRow(
                unit_id=unit_id,
                unit_name=unit_name,
                kept_on=kept_on,
                events=events,
                parts=parts,
                size_bytes=size,
                sha256=seal.sha256 if seal else "",
                sealed_at=seal.sealed_at if seal else None,
            )
        )
    return tuple(made)


def kept_batches(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: Collection[Kind] | None = None,
    actor: Actor,
) -> Iterator[tuple[pa.Table, EventSource]]:
    """The kept events of that time as detection takes them, one kind at a time. Raises PartMissing, PartDamaged.

    Events that state no time are given where no time is asked for. Memory holds one row group of one file.
    """
    parts = visible_parts(actor, since=since, until=until).select_related("kind").order_by("kept_on", "pk")
    is_wanted = partial(_is_among, None if kinds is None else frozenset(kinds))
    for piece in _pieces(parts, since, until, is_wanted):
        yield piece.table, piece.kind.source()


def kept_scan(
    *, since: datetime, until: datetime, is_wanted: Callable[[Kind], bool], most: int, actor: Actor
) -> KeptScan:
    """The kept events of that time and of the kinds that are wanted, the files kept last coming first.

    No more files are opened once ``most`` events were in those before. Raises PartMissing, PartDamaged while it is
    walked. One statement.
    """
    parts = visible_parts(actor, since=since, until=until).select_related("kind").order_by("-kept_on", "-pk")
    every = list(parts)
    wanted = [row for row in every if row.kind is None or is_wanted(as_part(row).kind or Kind())]
    chosen: list[models.Part] = []
    total = 0
    for row in wanted:
        if total >= most:
            break
        chosen.append(row)
        total += row.events
    return KeptScan(
        kept=sum(row.events for row in every),
        total=total,
        is_cut=len(chosen) < len(wanted),
        units=tuple(sorted({row.unit_id for row in every})),
        pieces=_pieces(chosen, since, until, is_wanted),
    )


def _is_among(kinds: frozenset[Kind] | None, kind: Kind) -> bool:
    return kinds is None or kind in kinds


def _pieces(
    parts: Collection[models.Part] | QuerySet[models.Part],
    since: datetime | None,
    until: datetime | None,
    is_wanted: Callable[[Kind], bool],
) -> Iterator[KeptPiece]:
    store = event_store()
    done = 0
    for row in parts:
        part = as_part(row)
        if part.kind is not None and not is_wanted(part.kind):
            continue
        for group in store.read(part.name):
            for kind, rows in columns.kinds_in(group):
                if is_wanted(kind):
                    for table, events in _batches(_within(rows, since, until), part.layout):
                        yield KeptPiece(table=table, events=events, kind=kind, unit_id=row.unit_id, done=done)
            done += group.num_rows


def _batches(rows: pa.Table, layout: Layout) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Pieces of the rows as detection takes them, each with the rows themselves."""
    for start in range(0, rows.num_rows, ROWS_AT_ONCE):
        piece = rows.slice(start, ROWS_AT_ONCE)
        if layout is Layout.NARROW:
            yield eventstore.detection_batch(piece), piece
            continue
        for each in columns.slices(piece, most=eventstore.DEFAULT_STORE_LIMITS.columns):
            yield eventstore.detection_batch(eventstore.widened(each)), each


def _within(rows: pa.Table, since: datetime | None, until: datetime | None) -> pa.Table:
    metadata = rows.schema.metadata
    if since is not None:
        rows = rows.filter(pc.greater_equal(rows["time"], pa.scalar(since, rows["time"].type)))
    if until is not None:
        rows = rows.filter(pc.less_equal(rows["time"], pa.scalar(until, rows["time"].type)))
    return rows.replace_schema_metadata(metadata)
