"""Raw segments of streams: how much is held, what keeps some of it, and what goes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum

from burgrave.assurance import queries as assurance
from burgrave.assurance.terms import evidence_subject
from burgrave.events import queries as events
from burgrave.incidents import models
from burgrave.incidents.rules.files import EARLY_AFTER, UNFINISHED
from burgrave.incidents.terms import AlertState, HeldSegments, SegmentDayRow, alert_subject, event_file_subject
from burgrave.web.paging import page_of
from burgrave.web.terms import Page

Place: TypeAlias = "tuple[datetime, UUID]"
"""When a segment came, and its identifier: the order in which they go."""
OPEN: Final = (AlertState.NEW, AlertState.ACKNOWLEDGED)
MOST_LOOKED_AT: Final = 1_000
EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
LINKS: Final[tuple[type[models.AlertSource | models.CountedSource], ...]] = (models.AlertSource, models.CountedSource)
"""Why an alert keeps a file: the alert was raised from it, or events of it counted."""


def streams_with_segments() -> tuple[UUID | None, ...]:
    """The log sources of which raw segments are held. One statement."""
    found = _held().order_by("log_source_id").values_list("log_source_id", flat=True).distinct()
    return tuple(found)


def expired_segments(
    log_source_id: UUID | None, *, before: datetime, after: Place | None, most: int
) -> QuerySet[models.EventFile]:
    """The oldest raw segments that came before this time and that no alert keeps, behind a place; locked."""
    found = _over(_held().filter(log_source_id=log_source_id), before=before).filter(~_kept_by_alerts())
    if after is not None:
        found = found.filter(Q(received_at__gt=after[0]) | Q(received_at=after[0], pk__gt=after[1]))
    return found.order_by("received_at", "pk").select_for_update(of=("self",))[:most]


def kept_segments(rows: Sequence[models.EventFile]) -> frozenset[UUID]:
    """Those of the segments that somebody holds, that an open finding is about, or that correlations may still read."""
    held = assurance.held_among([row.evidence_id for row in rows])
    alerts = _alerts_of([row.pk for row in rows])
    subjects = {
        row.pk: {
            event_file_subject(row.pk),
            evidence_subject(row.evidence_id),
            *map(alert_subject, alerts.get(row.pk, ())),
        }
        for row in rows
    }
    found = assurance.with_open_findings({each for own in subjects.values() for each in own})
    waits = _waiting_since({row.unit_id for row in rows})
    return frozenset(
        row.pk
        for row in rows
        if row.evidence_id in held
        or subjects[row.pk] & found
        or (row.unit_id in waits and row.received_at >= waits[row.unit_id] - EARLY_AFTER)
    )


def held_segments(log_source_id: UUID, *, after_days: int, now: datetime) -> HeldSegments:
    """How much of a stream is held raw, and what goes with the next night. Whoever calls has read the source.

    Nine statements at most.
    """
    held = _held().filter(log_source_id=log_source_id)
    before = now - timedelta(days=after_days)
    totals = held.aggregate(segments=Count("pk"), size=Sum("size_bytes", default=0), oldest=Min("received_at"))
    over = _over(held, before=before)
    keeps = _kept_by_alerts()
    kept = over.filter(keeps).count()
    due = list(over.filter(~keeps).order_by("received_at", "pk")[:MOST_LOOKED_AT])
    also = kept_segments(due) if due else frozenset()
    going = [row for row in due if row.pk not in also]
    oldest = held.filter(received_at__gte=before).aggregate(oldest=Min("received_at"))["oldest"]
    counted = models.SegmentDay.objects.filter(log_source_id=log_source_id)
    summed = counted.aggregate(segments=Sum("segments", default=0), days=Count("day", distinct=True))
    return HeldSegments(
        segments=totals["segments"],
        size_bytes=totals["size"],
        oldest_at=totals["oldest"],
        kept=kept + len(also),
        due=len(going),
        due_bytes=sum(row.size_bytes for row in going),
        is_more_due=len(due) == MOST_LOOKED_AT,
        next_at=None if oldest is None else oldest + timedelta(days=after_days),
        after_days=after_days,
        summed=summed["segments"],
        summed_days=summed["days"],
    )


def summed_streams() -> tuple[UUID, ...]:
    """The log sources that have segments without raw bytes. One statement."""
    found = models.EventFile.objects.filter(segment_id__isnull=False, raw_removed_at__isnull=False)
    keys = found.order_by("log_source_id").values_list("log_source_id", flat=True).distinct()
    return tuple(key for key in keys if key is not None)


def bare_segments(
    log_source_id: UUID, *, before: datetime, after: Place | None, most: int
) -> QuerySet[models.EventFile]:
    """The oldest segments whose raw bytes went before this time and in which nothing was found; locked."""
    bare = models.EventFile.objects.filter(
        log_source_id=log_source_id, segment_id__isnull=False, raw_removed_at__lt=before, matches=0
    )
    for model, name in (
        (models.AlertSource, "event_file"),
        (models.CountedSource, "event_file"),
        (models.Detection, "event_file"),
        (models.MatchedEvent, "event_file"),
        (models.CorrelationFinding, "event_file"),
        (models.CorrelationFinding, "holder"),
    ):
        bare = bare.filter(~Exists(model.objects.filter(**{name: OuterRef("pk")})))
    if after is not None:
        bare = bare.filter(Q(received_at__gt=after[0]) | Q(received_at=after[0], pk__gt=after[1]))
    return bare.order_by("received_at", "pk").select_for_update(of=("self",))[:most]


def named_segments(rows: Sequence[models.EventFile]) -> frozenset[UUID]:
    """Those of the segments whose events are still kept, or that an open finding is about. Two statements."""
    heard = events.brought_by([row.pk for row in rows])
    subjects = {row.pk: {event_file_subject(row.pk), evidence_subject(row.evidence_id)} for row in rows}
    found = assurance.with_open_findings({each for own in subjects.values() for each in own})
    return heard | {row.pk for row in rows if subjects[row.pk] & found}


def segment_days(log_source_id: UUID, *, number: int = 1, size: int = 50) -> Page[SegmentDayRow]:
    """What is left of segments whose rows are gone, newest day first. Whoever calls has read the source."""
    found = models.SegmentDay.objects.filter(log_source_id=log_source_id).order_by("-day", "unit_id")
    return page_of(found, number=number, size=size).of(
        lambda row: SegmentDayRow(
            day=row.day,
            unit_id=row.unit_id,
            segments=row.segments,
            events=row.events,
            late=row.late,
            early=row.early,
            unreadable=row.unreadable,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            summed_at=row.summed_at,
        )
    )


def _held() -> QuerySet[models.EventFile]:
    return models.EventFile.objects.filter(segment_id__isnull=False, raw_removed_at__isnull=True)


def _over(found: QuerySet[models.EventFile], *, before: datetime) -> QuerySet[models.EventFile]:
    """What came before this time and was read, or is not going to be."""
    return found.filter(received_at__lt=before).exclude(state__in=UNFINISHED)


def _kept_by_alerts() -> Q:
    """What an alert that is open or in a case was raised from, or counted."""
    kept = Q()
    for model in LINKS:
        links = model.objects.filter(event_file=OuterRef("pk"))
        kept |= Q(Exists(links.filter(Q(alert__state__in=OPEN) | Q(alert__case__isnull=False))))
    return kept


def _alerts_of(event_file_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The alerts that were raised from each file, or counted events of it. One statement."""
    alerts: dict[UUID, list[UUID]] = {}
    own, counted = (
        model.objects.filter(event_file_id__in=event_file_ids).values_list("event_file_id", "alert_id")
        for model in LINKS
    )
    for file_id, alert_id in own.union(counted):
        alerts.setdefault(file_id, []).append(alert_id)
    return alerts


def _waiting_since(unit_ids: set[UUID]) -> dict[UUID, datetime]:
    """Units whose correlations have not decided yet what came since then: the events at its end are read once more."""
    waiting = models.CorrelationMemory.objects.filter(unit_id__in=unit_ids, waiting__gt=0)
    return {unit_id: closed_at or EVER for unit_id, closed_at in waiting.values_list("unit_id", "closed_at")}
