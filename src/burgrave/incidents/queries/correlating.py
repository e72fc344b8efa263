"""What correlations remember of the streams of units."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from burgrave.incidents import models


def units_that_wait(*, before: datetime) -> tuple[UUID, ...]:
    """Units in whose streams something waits for its time, and of which nothing came since. For the worker."""
    found = models.CorrelationMemory.objects.filter(waiting__gt=0, changed_at__lte=before)
    return tuple(found.order_by("unit_id").values_list("unit_id", flat=True))
