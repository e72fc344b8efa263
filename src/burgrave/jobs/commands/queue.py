"""Jobs go into the queue, and are asked to stop."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from burgrave.jobs import models
from burgrave.jobs.errors import JobError, NoSuchJob
from burgrave.jobs.terms import OPEN_STATES, Args, JobId, JobState, Outcome
from burgrave.web.errors import Said

KEEP_ENDED = timedelta(days=30)
KEEP_FAILED = timedelta(days=365)

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
    job = _locked(job_id)
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
    job = _locked(job_id)
    if job.state != JobState.FAILED:
        raise JobError(
            "job %(job)s is %(state)s; only a failed job can be tried again",
            words={"job": str(job_id), "state": _SAID[JobState(job.state)]},
        )
    if job.unique_key and models.Job.objects.filter(unique_key=job.unique_key, state__in=OPEN_STATES).exists():
        raise JobError(
            "job %(job)s cannot be tried again: another job does the same work already",
            words={"job": str(job_id)},
            mend="Look at the jobs that wait or run; this one may stay failed.",
        )
    job.state, job.attempts, job.error, job.run_at, job.finished_at = JobState.QUEUED, 0, "", now, None
    job.lease_until, job.cancel_asked = None, False
    job.save(update_fields=["state", "attempts", "error", "run_at", "finished_at", "lease_until", "cancel_asked"])


MOST_AT_ONCE = 1_000


@transaction.atomic
def retry_kind(kind: str, *, now: datetime) -> tuple[JobId, ...]:
    """The oldest 1,000 failed jobs of the kind wait again, save those whose work another open job does already."""
    failed = models.Job.objects.select_for_update().filter(kind=kind, state=JobState.FAILED).order_by("id")
    jobs = list(failed[:MOST_AT_ONCE])
    keys = {job.unique_key for job in jobs if job.unique_key}
    open_keys = models.Job.objects.filter(unique_key__in=keys, state__in=OPEN_STATES).values_list(
        "unique_key", flat=True
    )
    taken, chosen = set(open_keys), []
    for job in reversed(jobs):
        # Of several with one key the newest is tried again.
        if job.unique_key not in taken:
            chosen.append(JobId(job.pk))
            taken |= {job.unique_key} - {""}
    models.Job.objects.filter(pk__in=chosen).update(
        state=JobState.QUEUED,
        attempts=0,
        error="",
        run_at=now,
        finished_at=None,
        lease_until=None,
        cancel_asked=False,
    )
    return tuple(sorted(chosen))


def prune(*, now: datetime, ended_for: timedelta = KEEP_ENDED, failed_for: timedelta = KEEP_FAILED) -> int:
    """Jobs that ended well or were cancelled long ago are gone, and much later the failed too. Returns how many jobs.

    Firings and workers of that age go with them.
    """
    gone = 0
    for states, kept_for in (
        ((JobState.DONE, JobState.CANCELLED), ended_for),
        ((JobState.FAILED,), failed_for),
    ):
        old = models.Job.objects.filter(state__in=states, finished_at__lt=now - kept_for).order_by("id")
        while numbers := list(old.values_list("pk", flat=True)[:MOST_AT_ONCE]):
            with transaction.atomic():
                models.Job.objects.filter(pk__in=numbers, state__in=states).delete()
            gone += len(numbers)
    models.Firing.objects.filter(at__lt=now - ended_for).exclude(outcome=Outcome.MISSED).delete()
    models.Firing.objects.filter(at__lt=now - failed_for).delete()
    models.Worker.objects.filter(beat_at__lt=now - ended_for).delete()
    return gone


def _locked(job_id: JobId) -> models.Job:
    job = models.Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None:
        raise NoSuchJob("there is no job %(job)s", words={"job": str(job_id)})
    return job
