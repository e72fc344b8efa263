"""What is loaded."""

from __future__ import annotations

from datetime import datetime

from burgrave.jobs import queries as jobs
from burgrave.jobs.terms import JobRow
from burgrave.sample import models
from burgrave.sample.terms import LOAD_JOB, REMOVE_JOB, Counts, SampleState, Tongue


def state() -> SampleState | None:
    """What is loaded or half loaded; None where nothing is. One statement."""
    row = models.Sample.objects.first()
    if row is None:
        return None
    return SampleState(
        tongue=Tongue(row.tongue),
        seed=row.seed,
        scale=row.scale,
        root_unit_id=row.root_id,
        begun_at=row.begun_at,
        loaded_at=row.loaded_at,
        counts=Counts(**row.counts),
    )


def running_job(*, now: datetime) -> JobRow | None:
    """The work on the sample that waits or goes on, or None."""
    found = (jobs.progress_of(key, now=now) for key in (LOAD_JOB, REMOVE_JOB))
    return next((job for job in found if job is not None and job.state.is_open), None)
