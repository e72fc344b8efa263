"""Numbers without gaps: the row is locked until the number is committed, or rolled back with it."""

from __future__ import annotations

from burgrave.policies import models


def next_serial(name: str) -> int:
    """The next number of the series."""
    models.Serial.objects.get_or_create(name=name)
    row = models.Serial.objects.select_for_update().get(pk=name)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
