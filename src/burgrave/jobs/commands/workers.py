"""Workers are heard."""

from __future__ import annotations

from datetime import datetime

from burgrave.jobs import models


def beat(name: str, *, host: str, started_at: datetime, now: datetime) -> None:
    """The worker was heard at ``now``."""
    if not models.Worker.objects.filter(pk=name).update(beat_at=now):
        models.Worker.objects.create(name=name, host=host[:100], started_at=started_at, beat_at=now)


def farewell(name: str, *, now: datetime) -> None:
    """The worker said that it stops; its silence from here on means nothing."""
    models.Worker.objects.filter(pk=name).update(beat_at=now, stopped_at=now)
