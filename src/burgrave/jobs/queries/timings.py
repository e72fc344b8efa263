"""When a schedule is due, read from its row."""

from __future__ import annotations

from datetime import timedelta

from burgrave.jobs import models
from burgrave.jobs.terms import Timing


def code_timing(row: models.Schedule) -> Timing:
    """The times that the code gives."""
    return Timing(cron=row.code_cron, every=_every(row.code_every_seconds), zone=row.code_zone)


def timing_of(row: models.Schedule) -> Timing:
    """The times that hold: those of an administrator, else those of the code."""
    if not row.own_zone:
        return code_timing(row)
    return Timing(cron=row.own_cron, every=_every(row.own_every_seconds), zone=row.own_zone)


def _every(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
