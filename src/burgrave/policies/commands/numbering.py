"""Numbers without gaps: the row is locked until the number is committed, or rolled back with it."""

from __future__ import annotations

from burgrave.policies import models

SAMPLE = "sample."


def next_serial(name: str, *, is_sample: bool) -> int:
    """The next number of the series; what is made up has one of its own, which counts downwards from -1."""
    if is_sample:
        return -_next(f"{SAMPLE}{name}")
    return _next(name)


def _next(name: str) -> int:
    models.Serial.objects.get_or_create(name=name)
    row = models.Serial.objects.select_for_update().get(pk=name)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
