"""How one stream fares: what waits, what came, what was refused, how it is fetched, and what is held raw."""

from __future__ import annotations

from datetime import datetime

from burgrave.events import queries as events
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import READ as READ_FILES
from burgrave.incidents.terms import SegmentDayRow
from burgrave.intake.queries.consumers import consumer_state
from burgrave.intake.queries.spool import refused_of, room_of, stream_figures
from burgrave.intake.terms import LogSourceRow, SourceKind, StreamReport
from burgrave.web.terms import Actor, Page, UnitId


def stream_report(row: LogSourceRow, *, actor: Actor, now: datetime) -> StreamReport | None:
    """All of it, for a source that the actor reads; None where files are handed in. Nine statements at most.

    What is held raw is told to those who may read event files.
    """
    if row.kind is SourceKind.UPLOAD:
        return None
    key = row.log_source_id
    room = room_of(key)
    reads_files = actor.may(READ_FILES, UnitId(row.unit_id))
    days = events.retention().segment_days
    return StreamReport(
        waiting_bytes=room.waiting_bytes,
        most_waiting_bytes=room.most_waiting_bytes,
        free_bytes=room.free_bytes,
        least_free_bytes=room.least_free_bytes,
        is_full=room.is_full,
        week=stream_figures(key, now=now),
        refused=refused_of(key, now=now) if row.kind is SourceKind.HTTP else None,
        consumer=consumer_state(key) if row.kind is SourceKind.KAFKA else None,
        raw=incidents.held_segments(key, after_days=days, now=now) if reads_files else None,
    )


def segment_days(row: LogSourceRow, *, number: int, size: int, actor: Actor) -> Page[SegmentDayRow]:
    """What is left of old segments, by day, for a source that the actor reads. Raises Forbidden."""
    actor.must(READ_FILES, UnitId(row.unit_id))
    return incidents.segment_days(row.log_source_id, number=number, size=size)
