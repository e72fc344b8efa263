"""The store of this installation, and what its catalogue says to the jobs."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from burgrave.engines.eventstore import EventStore, Kind, Layout, Part
from burgrave.events import models
from burgrave.events.terms import FULL_DAY, RETENTION_DAYS, SEGMENT_DAYS, RetentionRow


def event_store() -> EventStore:
    """The files of this installation's events."""
    return EventStore(Path(settings.BURGRAVE_EVENTS))


def retention() -> RetentionRow:
    """How long events and raw segments are kept."""
    row = models.Retention.objects.first()
    if row is None:
        return RetentionRow(days=RETENTION_DAYS, segment_days=SEGMENT_DAYS, version=1, changed_at=None)
    return RetentionRow(days=row.days, segment_days=row.segment_days, version=row.version, changed_at=row.changed_at)


def as_part(row: models.Part) -> Part:
    kind = Kind(*(getattr(row.kind, name) for name in models.KIND_TEXTS)) if row.kind else None
    return Part(
        name=row.name,
        layout=Layout.NARROW if kind else Layout.MIXED,
        kind=kind,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        events=row.events,
        first_at=row.first_at,
        last_at=row.last_at,
    )


def open_days(now: datetime) -> tuple[tuple[UUID, date], ...]:
    """Units and days that are over and hold what is not sealed."""
    rows = models.Part.objects.filter(is_whole=True, is_sealed=False, kept_on__lt=now.date())
    return tuple(_named(unit_id, day) for unit_id, day in _distinct(rows.values_list("unit_id", "kept_on")))


def full_days() -> tuple[tuple[UUID, date], ...]:
    """Units and days that hold many files."""
    rows = models.Part.objects.filter(is_whole=True, is_sealed=False).order_by().values("unit_id", "kept_on")
    many = rows.annotate(parts=Count("pk")).filter(parts__gte=FULL_DAY)
    return tuple(_named(unit_id, day) for unit_id, day in _distinct(many.values_list("unit_id", "kept_on")))


def units_with_events() -> tuple[UUID, ...]:
    return tuple(models.Part.objects.order_by("unit_id").values_list("unit_id", flat=True).distinct())


def _distinct(rows: object) -> list[tuple[UUID, date | None]]:
    return sorted(rows.distinct(), key=str)  # type: ignore[attr-defined]  # a query set of pairs


def _named(unit_id: UUID, day: date | None) -> tuple[UUID, date]:
    if day is None:
        raise TypeError("a part that is whole has a day")
    return unit_id, day
