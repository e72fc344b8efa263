"""Numbers without gaps: a series is locked until what was numbered is committed, or rolled back with it."""

from __future__ import annotations

from datetime import UTC, datetime

from burgrave.assurance import models
from burgrave.assurance.rules import actions as rules
from burgrave.people import queries as people
from burgrave.web.terms import UnitId

SAMPLE = "SAMPLE-"


def locked_series(prefix: str, unit_id: UnitId, *, now: datetime) -> models.Counter:
    """The series of the year, locked; what is made up has one of its own."""
    made_up = SAMPLE if unit_id in people.sample_units() else ""
    series = f"{made_up}{prefix}-{now.astimezone(UTC).year}"
    models.Counter.objects.get_or_create(series=series)
    return models.Counter.objects.select_for_update().get(series=series)


def take(counter: models.Counter) -> str:
    """The next number of the series."""
    counter.last += 1
    counter.save(update_fields=["last"])
    return rules.number(counter.series, counter.last)


def next_number(prefix: str, unit_id: UnitId, *, now: datetime) -> str:
    """The next number of the year, such as CA-2026-0001."""
    return take(locked_series(prefix, unit_id, now=now))
