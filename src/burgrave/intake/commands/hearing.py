"""When a source was last heard."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from burgrave.intake import models


def note_heard(log_source_id: UUID, *, at: datetime) -> None:
    """The source was heard at this moment, or later. That is no decision, so no record is written."""
    earlier = Q(last_heard_at__isnull=True) | Q(last_heard_at__lt=at)
    models.LogSource.objects.filter(earlier, pk=log_source_id).update(last_heard_at=at)
