"""What the queue holds."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from burgrave.jobs import models, rules
from burgrave.jobs.terms import OPEN_STATES, JobId, JobRow, JobState


def progress_of(unique_key: str, *, now: datetime | None = None) -> JobRow | None:
    """The newest job with this key, or None."""
    job = models.Job.objects.filter(unique_key=unique_key).order_by("-id").first()
    return _row(job, now=now or timezone.now()) if job else None


def job(job_id: JobId, *, now: datetime | None = None) -> JobRow | None:
    """The job with this number, or None."""
    found = models.Job.objects.filter(pk=job_id).first()
    return _row(found, now=now or timezone.now()) if found else None


def open_jobs(*, now: datetime) -> int:
    """How many jobs wait or run and could run now."""
    return models.Job.objects.filter(state__in=OPEN_STATES, run_at__lte=now).count()


def newest(limit: int, *, now: datetime) -> tuple[JobRow, ...]:
    """The newest jobs of all kinds, newest first."""
    return tuple(_row(found, now=now) for found in models.Job.objects.order_by("-id")[:limit])


def _row(job: models.Job, *, now: datetime) -> JobRow:
    until = job.finished_at or now
    per_second = rules.rate(job.done, since=job.started_at, now=until)
    return JobRow(
        job_id=JobId(job.pk),
        kind=job.kind,
        state=JobState(job.state),
        attempts=job.attempts,
        max_attempts=job.max_attempts,
        done=job.done,
        total=job.total,
        note=job.note,
        error=job.error,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        rate_per_second=per_second,
        seconds_left=rules.seconds_left(job.done, job.total, per_second),
    )
