"""Event files and what could not be read in them."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from burgrave.assurance import queries as assurance
from burgrave.engines.events import DEFAULT_LIMITS, EventFileError
from burgrave.engines.events.opening import opened
from burgrave.incidents import models
from burgrave.incidents.queries.origins import tables_of
from burgrave.incidents.queries.paging import paged, person_ref, visible
from burgrave.incidents.rules.files import UNFINISHED
from burgrave.incidents.terms import (
    EventFileId,
    EventFileRow,
    EventFileState,
    FacetCount,
    FileFilter,
    FileOrigin,
    FileToRead,
    UnreadableRow,
    reading_key,
)
from burgrave.jobs import queries as jobs
from burgrave.jobs.terms import JobRow
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, Cursor, Page

ORDERS = {"received": "received_at pk", "name": "name pk", "size": "size_bytes pk", "matches": "matches pk"}
"""What a list of files is sorted by."""


def event_files(
    wanted: FileFilter,
    *,
    order: tuple[str, ...] = ("-received_at", "-pk"),
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    actor: Actor,
) -> Page[EventFileRow]:
    """The files that the actor may see, in three statements at most."""
    found = _narrowed(models.EventFile.objects.filter(visible(actor)), wanted)
    return paged(
        found.select_related("unit", "received_by").order_by(*order), file_row, number=number, size=size, at=at
    )


def ids_of(wanted: FileFilter, *, most: int, actor: Actor) -> tuple[UUID, ...]:
    """The keys of the narrowed list, so many at most."""
    found = _narrowed(models.EventFile.objects.filter(visible(actor)), wanted)
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def export(wanted: FileFilter, *, order: tuple[str, ...], actor: Actor) -> Generator[EventFileRow, None, None]:
    """Every file of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    found = _narrowed(models.EventFile.objects.filter(visible(actor)), wanted).select_related("unit", "received_by")
    yield from map(file_row, found.order_by(*order).iterator(chunk_size=2_000))


def event_file_facets(wanted: FileFilter, *, actor: Actor) -> tuple[FacetCount, ...]:
    """How many files are in each state, whatever state is chosen."""
    every_state = replace(wanted, states=())
    found = _narrowed(models.EventFile.objects.filter(visible(actor)), every_state)
    counts = dict(found.order_by().values_list("state").annotate(Count("pk")))
    return tuple(FacetCount(value=state, label=state, count=counts.get(state, 0)) for state in EventFileState)


def event_file(event_file_id: UUID, *, actor: Actor) -> EventFileRow:
    """One file. Raises NotFound."""
    rows = models.EventFile.objects.filter(visible(actor), pk=event_file_id)
    found = rows.select_related("unit", "received_by").first()
    if found is None:
        raise NotFound("there is no such event file, or you may not see it")
    return file_row(found)


def unreadable_records(event_file_id: UUID, *, number: int, size: int, actor: Actor) -> Page[UnreadableRow]:
    """What could not be read, in the order of the file. Raises NotFound."""
    event_file(event_file_id, actor=actor)
    found = models.UnreadableRecord.objects.filter(event_file_id=event_file_id).order_by("ordinal")
    return paged(found, _unreadable_row, number=number, size=size)


def reading_of(event_file_id: UUID, *, now: datetime, raising_at: datetime | None = None) -> JobRow | None:
    """The newest job that reads the file; its progress, rate and time left, of raising alerts alone once it is at that.

    It counts bytes before ``raising_at``, and matches from then on.
    """
    return jobs.progress_of(reading_key(event_file_id), now=now, since=raising_at)


def event_file_to_read(event_file_id: EventFileId) -> FileToRead:
    """Where the bytes of the file stand, when they were received, and where they come from. For the worker."""
    found = models.EventFile.objects.get(pk=event_file_id)
    origin = FileOrigin(
        log_source_id=found.log_source_id,
        product=found.product,
        category=found.category,
        service=found.service,
        segment_id=found.segment_id,
    )
    return FileToRead(
        path=assurance.evidence_path(found.evidence_id),
        unit_id=found.unit_id,
        received_at=found.received_at,
        origin=origin,
        tables=tables_of(found.unit_id, origin),
    )


def head_of_event_file(event_file_id: UUID, *, most_bytes: int, actor: Actor) -> bytes:
    """The first bytes of the file, unpacked where it is gzip. Raises NotFound, BadInput where it cannot be read."""
    row = event_file(event_file_id, actor=actor)
    try:
        with opened(assurance.evidence_path(row.evidence_id), limits=DEFAULT_LIMITS, on_progress=None) as stream:
            return stream.peek(most_bytes)
    except EventFileError as failure:
        raise BadInput("the bytes of this event file cannot be read", mend="Look at its evidence.") from failure


def is_stream_being_read(log_source_id: UUID) -> bool:
    """Whether a segment of the source is read at this moment, or waits for that. Two statements, of the job's too."""
    found = models.EventFile.objects.filter(
        log_source_id=log_source_id, segment_id__isnull=False, state__in=UNFINISHED
    ).order_by("-received_at")
    newest = found.values_list("pk", "received_at").first()
    if newest is None:
        return False
    job = jobs.progress_of(reading_key(newest[0]), now=newest[1])
    return job is not None and job.state.is_open


def events_of_log_sources(
    log_source_ids: Collection[UUID], *, day: datetime, week: datetime
) -> Mapping[UUID, tuple[int, int]]:
    """How many events of each log source were read out of what came since ``day`` and since ``week``. One statement.

    Whoever calls says which sources the reader may see; those that sent nothing are missing.
    """
    if not log_source_ids:
        return {}
    found = models.EventFile.objects.filter(log_source_id__in=log_source_ids, received_at__gt=week).order_by()
    counts = found.values_list("log_source_id").annotate(
        in_day=Sum("events", filter=Q(received_at__gt=day), default=0), in_week=Sum("events", default=0)
    )
    return {key: (in_day, in_week) for key, in_day, in_week in counts if key is not None}


def _narrowed(found: QuerySet[models.EventFile], wanted: FileFilter) -> QuerySet[models.EventFile]:
    if not wanted.streams:
        found = found.filter(segment_id__isnull=True)
    if wanted.log_source_id:
        found = found.filter(log_source_id=wanted.log_source_id)
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    if wanted.text:
        by_name = found.filter(name__icontains=wanted.text)
        found = by_name | found.filter(sha256__startswith=wanted.text.lower())
    return found


def file_row(found: models.EventFile) -> EventFileRow:
    return EventFileRow(
        event_file_id=EventFileId(found.pk),
        name=found.name,
        sha256=found.sha256,
        size_bytes=found.size_bytes,
        unit_id=found.unit_id,
        unit_name=found.unit.name,
        evidence_id=found.evidence_id,
        state=EventFileState(found.state),
        received_at=found.received_at,
        received_by=person_ref(found.received_by),
        started_at=found.started_at,
        finished_at=found.finished_at,
        refusal=found.refusal,
        ruleset_sha256=found.ruleset_sha256,
        rules=found.rules,
        events=found.events,
        unreadable=found.unreadable,
        matches=found.matches,
        alerts_raised=found.alerts_raised,
        alerts_extended=found.alerts_extended,
        log_source_id=found.log_source_id,
        product=found.product,
        category=found.category,
        service=found.service,
        is_stream=found.segment_id is not None,
        raising_at=found.raising_at,
        late=found.late,
        early=found.early,
        columns_sha256=found.columns_sha256,
        raw_removed_at=found.raw_removed_at,
        raw_removed_after_days=found.raw_removed_after_days or 0,
    )


def _unreadable_row(found: models.UnreadableRecord) -> UnreadableRow:
    return UnreadableRow(position=found.position, reason=found.reason, excerpt=bytes(found.excerpt))
