"""What is kept: figures, days, and the events themselves for those who try rules on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from burgrave.engines import eventstore
from burgrave.engines.detection import EventSource
from burgrave.engines.eventstore import Kind, Layout, columns
from burgrave.events import models
from burgrave.events.queries.store import as_part, event_store
from burgrave.events.terms import HUNT, DayRow, KeptFigures
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
        events=Sum("events"), parts=Count("pk"), size=Sum("size_bytes"), first=Min("first_at"), last=Max("last_at")
    )
    return KeptFigures(
        events=found["events"] or 0,
        parts=found["parts"],
        size_bytes=found["size"] or 0,
        first_at=found["first"],
        last_at=found["last"],
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
    store = event_store()
    for row in visible_parts(actor, since=since, until=until).select_related("kind").order_by("kept_on", "pk"):
        part = as_part(row)
        if kinds is not None and part.kind is not None and part.kind not in kinds:
            continue
        for group in store.read(part.name):
            for kind, rows in columns.kinds_in(group):
                if kinds is None or kind in kinds:
                    yield from _batches(kind, _within(rows, since, until), part.layout)


def _batches(kind: Kind, rows: pa.Table, layout: Layout) -> Iterator[tuple[pa.Table, EventSource]]:
    for start in range(0, rows.num_rows, ROWS_AT_ONCE):
        piece = rows.slice(start, ROWS_AT_ONCE)
        if layout is Layout.NARROW:
            yield eventstore.detection_batch(piece), kind.source()
            continue
        for each in columns.slices(piece, most=eventstore.DEFAULT_STORE_LIMITS.columns):
            yield eventstore.detection_batch(eventstore.widened(each)), kind.source()


def _within(rows: pa.Table, since: datetime | None, until: datetime | None) -> pa.Table:
    metadata = rows.schema.metadata
    if since is not None:
        rows = rows.filter(pc.greater_equal(rows["time"], pa.scalar(since, rows["time"].type)))
    if until is not None:
        rows = rows.filter(pc.less_equal(rows["time"], pa.scalar(until, rows["time"].type)))
    return rows.replace_schema_metadata(metadata)
