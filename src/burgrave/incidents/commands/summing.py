"""Segments of which nothing is left but what the ledger says become counts of their day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db import transaction

from burgrave.assurance import commands as assurance
from burgrave.incidents import models, queries
from burgrave.incidents.queries.segments import Place
from burgrave.incidents.terms import SegmentsSummed, log_source_subject
from burgrave.ledger import commands as ledger
from burgrave.web.terms import Actor

SHOWN_AFTER_REMOVAL: Final = timedelta(days=90)
"""So long the page of a segment still says that its raw bytes were removed, to whoever comes back to it."""
MOST_SUMMED_AT_ONCE: Final = 500


@transaction.atomic
def sum_segments(
    log_source_id: UUID, *, after: Place | None = None, actor: Actor, now: datetime
) -> tuple[int, Place | None]:
    """A bounded step: the oldest segments of a source that nothing names any more are counts of their day.

    Returns how many, and behind which place the next step looks; None when none is left. For the worker alone.
    """
    before = now - SHOWN_AFTER_REMOVAL
    rows = list(queries.bare_segments(log_source_id, before=before, after=after, most=MOST_SUMMED_AT_ONCE))
    if not rows:
        return 0, None
    place = (rows[-1].received_at, rows[-1].pk)
    named = queries.named_segments(rows)
    days: defaultdict[tuple[date, UUID], list[models.EventFile]] = defaultdict(list)
    for row in rows:
        if row.pk not in named:
            days[row.received_at.astimezone(UTC).date(), row.unit_id].append(row)

    for (day, unit_id), some in sorted(days.items()):
        record = _sum(log_source_id, unit_id, day, some, now=now)
        models.EventFile.objects.filter(pk__in=record.event_file_ids).delete()
        ledger.append(record, actor=actor, at=now)
    # A row of evidence for each segment would stay for ever, and nothing names it any more.
    gone = [row.evidence_id for some in days.values() for row in some]
    assurance.forget_evidence(gone, about=log_source_subject(log_source_id), actor=actor, now=now)
    return sum(map(len, days.values())), place


def _sum(
    log_source_id: UUID, unit_id: UUID, day: date, rows: Sequence[models.EventFile], *, now: datetime
) -> SegmentsSummed:
    found, _ = models.SegmentDay.objects.select_for_update().get_or_create(
        log_source_id=log_source_id, unit_id=unit_id, day=day, defaults={"summed_at": now}
    )
    before = found.sha256
    events, size_bytes = sum(row.events for row in rows), sum(row.size_bytes for row in rows)
    found.segments += len(rows)
    found.events += events
    found.late += sum(row.late for row in rows)
    found.early += sum(row.early for row in rows)
    found.unreadable += sum(row.unreadable for row in rows)
    found.size_bytes += size_bytes
    lines = (before, *sorted(row.sha256 for row in rows))
    found.sha256 = sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    found.summed_at = now
    found.save()
    return SegmentsSummed(
        log_source_id=log_source_id,
        unit_id=unit_id,
        day=day,
        segments=len(rows),
        events=events,
        size_bytes=size_bytes,
        was_sha256=before,
        sha256=found.sha256,
        event_file_ids=tuple(row.pk for row in rows),
    )
