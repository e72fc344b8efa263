"""What waits in the spool, and who sends into it."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Sum

from burgrave.engines import spool
from burgrave.intake import models
from burgrave.intake.rules.pressure import Room
from burgrave.intake.rules.tokens import token_hash
from burgrave.intake.terms import LogSourceId, Sender, SourceState, StreamFigures

LOOKED_BACK = timedelta(days=7)


def folder_of(log_source_id: UUID) -> Path:
    """Where the segments of the source stand."""
    return Path(settings.BURGRAVE_SPOOL) / str(log_source_id)


def room_of(log_source_id: UUID) -> Room:
    """How much of the source waits, and what may. No statement: it is asked for every batch."""
    folder = folder_of(log_source_id)
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    return Room(
        waiting_bytes=spool.waiting_bytes(folder),
        most_waiting_bytes=settings.BURGRAVE_SPOOL_BYTES,
        free_bytes=shutil.disk_usage(there).free,
        least_free_bytes=settings.BURGRAVE_SPOOL_FREE_BYTES,
    )


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
