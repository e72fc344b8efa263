"""The JSON API of how streams fare: the same figures as the page of a log source."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from burgrave.intake import queries
from burgrave.intake.errors import WrongKind
from burgrave.intake.terms import StreamReport
from burgrave.web.rest.api import conflicts
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.terms import Page

router = Router(tags=["log sources"])
NO_STREAM = conflicts("files of this log source are handed in, so it has no stream")


class StreamFiguresOut(FromRow):
    """Within seven days. ``repeated`` batches came again and stand once; ``torn_bytes`` were never acknowledged."""

    segments: int
    batches: int
    repeated: int
    torn_bytes: int
    dropped: int
    cut: int


class RefusedOut(FromRow):
    """Batches over HTTP within seven days: for want of room on ``disk``, or because too much waited."""

    disk: int
    waiting: int
    last_disk_at: datetime | None
    last_waiting_at: datetime | None


class ConsumerOut(FromRow):
    """What the listeners of a Kafka source said last. ``lag`` messages wait at the brokers."""

    at: datetime
    trouble: str
    lag: int
    partitions: int
    listeners: int
    is_waiting: bool
    last_message_at: datetime | None


class HeldSegmentsOut(FromRow):
    """Raw segments that are held as evidence. ``kept`` are older than ``after_days`` and stay; ``due`` go at night.

    Of ``summed`` segments of ``summed_days`` days only counts and a digest a day are left.
    """

    segments: int
    size_bytes: int
    oldest_at: datetime | None
    kept: int
    due: int
    due_bytes: int
    is_more_due: bool
    next_at: datetime | None
    after_days: int
    summed: int
    summed_days: int


class SegmentDayOut(FromRow):
    """Segments of one day (UTC) whose rows are gone.

    ``sha256`` is over the line of the digest before, empty at first, and a line for the digest of each segment, sorted;
    ``incidents.segments_summed`` records each step.
    """

    day: date
    unit_id: UUID
    segments: int
    events: int
    late: int
    early: int
    unreadable: int
    size_bytes: int
    sha256: str
    summed_at: datetime


class StreamOut(FromRow):
    """``is_full``: batches are refused until there is room. ``raw`` is told to those who may read event files."""

    waiting_bytes: int
    most_waiting_bytes: int
    free_bytes: int
    least_free_bytes: int
    is_full: bool
    week: StreamFiguresOut
    refused: RefusedOut | None
    consumer: ConsumerOut | None
    raw: HeldSegmentsOut | None


@router.get("/log-sources/{uuid:log_source_id}/stream", response=StreamOut, openapi_extra=NO_STREAM)
def log_source_stream(request: HttpRequest, log_source_id: UUID) -> StreamReport:
    """How a stream fares: what waits to be read, what was refused, and how much of it is held raw."""
    actor, now = actor_of(request), timezone.now()
    view = queries.log_source(log_source_id, actor=actor, now=now)
    found = queries.stream_report(view.row, actor=actor, now=now)
    if found is None:
        raise WrongKind("files of this log source are handed in, so it has no stream")
    return found


@router.get("/log-sources/{uuid:log_source_id}/segment-days", response=PageOut[SegmentDayOut])
def log_source_segment_days(request: HttpRequest, log_source_id: UUID, wanted: Query[PageIn]) -> Page[Any]:
    """What is left of old segments of a stream in which nothing was found: counts and a digest a day, newest first."""
    actor = actor_of(request)
    row = queries.log_source(log_source_id, actor=actor, now=timezone.now()).row
    return queries.segment_days(row, number=wanted.page, size=wanted.size, actor=actor)
