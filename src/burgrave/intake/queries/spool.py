"""What waits in the spool, and who sends into it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Sum

from burgrave.engines import spool
from burgrave.intake import models
from burgrave.intake.rules.pressure import Room
from burgrave.intake.rules.tokens import token_hash
from burgrave.intake.terms import LogSourceId, RefusedBatches, Sender, SourceState, SpoolHealth, StreamFigures

LOOKED_BACK = timedelta(days=7)


def folder_of(log_source_id: UUID) -> Path:
    """Where the segments of the source stand."""
    return Path(settings.BURGRAVE_SPOOL) / str(log_source_id)


def room_of(log_source_id: UUID) -> Room:
    """How much of the source waits, and what may. No statement: it is asked for every batch."""
    folder = folder_of(log_source_id)
    return Room(
        waiting_bytes=spool.waiting_bytes(folder),
        most_waiting_bytes=settings.BURGRAVE_SPOOL_BYTES,
        free_bytes=shutil.disk_usage(_there(folder)).free,
        least_free_bytes=settings.BURGRAVE_SPOOL_FREE_BYTES,
    )


def refused_of(log_source_id: UUID, *, now: datetime, days: int = LOOKED_BACK.days) -> RefusedBatches:
    """What a sender was refused lately. No statement."""
    found = spool.refused(folder_of(log_source_id), now_ms=int(now.timestamp() * 1_000), days=days)
    return RefusedBatches(
        disk=found.disk,
        waiting=found.waiting,
        last_disk_at=_moment(found.last_disk_ms),
        last_waiting_at=_moment(found.last_waiting_ms),
    )


def spool_health(*, now: datetime) -> SpoolHealth:
    """How the spool as a whole fares: what waits, what is free, what was refused within a day. No statement."""
    root = Path(settings.BURGRAVE_SPOOL)
    folders = [path for path in root.glob("*-*") if path.is_dir()]
    refused = [spool.refused(folder, now_ms=int(now.timestamp() * 1_000), days=2) for folder in folders]
    since_ms = int((now - timedelta(days=1)).timestamp() * 1_000)
    recent = [each for each in refused if max(each.last_disk_ms, each.last_waiting_ms) >= since_ms]
    return SpoolHealth(
        waiting_bytes=sum(map(spool.waiting_bytes, folders)),
        free_bytes=shutil.disk_usage(_there(root)).free,
        least_free_bytes=settings.BURGRAVE_SPOOL_FREE_BYTES,
        disk=sum(each.disk for each in recent if each.last_disk_ms >= since_ms),
        waiting=sum(each.waiting for each in recent if each.last_waiting_ms >= since_ms),
        log_sources=len(recent),
        last_at=_moment(max((max(each.last_disk_ms, each.last_waiting_ms) for each in recent), default=0)),
        damaged=tuple(path for folder in folders for path in spool.damaged_segments(folder)),
    )


def _there(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.is_dir())


def _moment(at_ms: int) -> datetime | None:
    return datetime.fromtimestamp(at_ms / 1_000, tz=UTC) if at_ms else None


def sender_by_token(log_source_id: UUID, token: str, *, now: datetime) -> Sender | None:
    """Who sends with this token; None for one that is unknown, ended, revoked, or of another source. One statement."""
    found = (
        models.SourceToken.objects.filter(
            token_hash=token_hash(token), log_source_id=log_source_id, revoked_at__isnull=True, expires_at__gt=now
        )
        .select_related("log_source")
        .first()
    )
    if found is None:
        return None
    return Sender(
        log_source_id=LogSourceId(found.log_source_id),
        token_id=found.pk,
        name=found.log_source.name,
        state=SourceState(found.log_source.state),
        close_after=timedelta(seconds=found.log_source.close_after_seconds),
        last_used_at=found.last_used_at,
    )


def is_known_batch(log_source_id: UUID, key_hash: str) -> bool:
    """Whether a batch with this key was taken out of the spool already."""
    return models.BatchKey.objects.filter(log_source_id=log_source_id, key_hash=key_hash).exists()


def stream_figures(log_source_id: UUID, *, now: datetime) -> StreamFigures:
    """What came of the source as a stream within seven days. One statement."""
    found = models.Segment.objects.filter(log_source_id=log_source_id, taken_in_at__gt=now - LOOKED_BACK)
    sums = found.aggregate(
        segments=Count("pk"),
        batches=Sum("batches", default=0),
        repeated=Sum("repeated", default=0),
        torn_bytes=Sum("torn_bytes", default=0),
        dropped=Sum("dropped", default=0),
        cut=Sum("cut", default=0),
    )
    return StreamFigures(**sums)
