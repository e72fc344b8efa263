"""Jobs go into the queue, and are asked to stop."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.jobs import models
from burgrave.jobs.errors import JobError
from burgrave.jobs.terms import OPEN_STATES, Args, JobId, JobState
from burgrave.web.errors import Said

_SAID = {
    JobState.QUEUED: Said("queued"),
    JobState.RUNNING: Said("running"),
    JobState.DONE: Said("done"),
    JobState.FAILED: Said("failed"),
    JobState.CANCELLED: Said("cancelled"),
}


def enqueue(
    kind: str,
    args: Args,
    *,
    now: datetime,
    unique_key: str = "",
    priority: int = 0,
    max_attempts: int = 5,
    run_at: datetime | None = None,
) -> JobId:
    """The job runs once the caller's transaction has committed, or never if it is rolled back.

    While a job with the same ``unique_key`` is open, that one's number is returned and nothing is added.
    """
    job = models.Job(
        kind=kind,
        args=dict(args),
        unique_key=unique_key,
        priority=priority,
        max_attempts=max_attempts,
        run_at=run_at or now,
        created_at=now,
    )
    if not unique_key:
        job.save(force_insert=True)
        return JobId(job.pk)
    with transaction.atomic():
        # ON CONFLICT DO NOTHING: two requests at once leave one job, and neither fails.
        models.Job.objects.bulk_create([job], ignore_conflicts=True)
        return JobId(
            models.Job.objects.filter(unique_key=unique_key, state__in=OPEN_STATES).values_list("pk", flat=True).get()
        )


@transaction.atomic
def cancel(job_id: JobId, *, now: datetime) -> JobState:
    """A waiting job is cancelled at once; a running one is asked to stop. Returns the state after that.

    The command of the domain that owns the job checks the permission and writes the ledger record.
    """
    job = models.Job.objects.select_for_update().get(pk=job_id)
    if not JobState(job.state).is_open:
        raise JobError(
            "job %(job)s is %(state)s already; only a queued or running job can be cancelled",
            words={"job": str(job_id), "state": _SAID[JobState(job.state)]},
        )
    job.cancel_asked = True
    if job.state == JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED, now
    job.save(update_fields=["cancel_asked", "state", "finished_at"])
    return JobState(job.state)


@transaction.atomic
def retry(job_id: JobId, *, now: datetime) -> None:
    """A failed job waits for a worker again, with all its attempts before it."""
    job = models.Job.objects.select_for_update().get(pk=job_id)
    if job.state != JobState.FAILED:
        raise JobError(
            "job %(job)s is %(state)s; only a failed job can be tried again",
            words={"job": str(job_id), "state": _SAID[JobState(job.state)]},
        )
    job.state, job.attempts, job.error, job.run_at, job.finished_at = JobState.QUEUED, 0, "", now, None
    job.lease_until = None
    job.save(update_fields=["state", "attempts", "error", "run_at", "finished_at", "lease_until"])
