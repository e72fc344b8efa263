"""Jobs, in a list and one by one."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count
from django.utils import timezone

from burgrave.jobs import models, rules
from burgrave.jobs.errors import NoSuchJob
from burgrave.jobs.terms import (
    OPEN_STATES,
    AttemptEnd,
    AttemptRow,
    JobFilter,
    JobId,
    JobRow,
    JobState,
    JobView,
)
from burgrave.web.pages import page_of
from burgrave.web.terms import Page

MOST_ATTEMPTS = 50


def progress_of(unique_key: str, *, now: datetime | None = None, since: datetime | None = None) -> JobRow | None:
    """The newest job with this key, or None.

    ``since`` is given where the job counts something else from then on, and goes on counting at another attempt.
    """
    job = models.Job.objects.filter(unique_key=unique_key).order_by("-id").first()
    return _row(job, now=now or timezone.now(), since=since) if job else None


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


def jobs(wanted: JobFilter, *, number: int, size: int, now: datetime) -> Page[JobRow]:
    """One page of the jobs, newest first. Two statements."""
    found = models.Job.objects.order_by("-id")
    if wanted.states:
        found = found.filter(state__in=[str(state) for state in wanted.states])
    if wanted.kinds:
        found = found.filter(kind__in=wanted.kinds)
    page = page_of(found, number=number, size=size)
    rows = tuple(_row(each, now=now) for each in page.rows)
    return Page(rows=rows, number=page.number, size=page.size, total=page.total)


def facets() -> tuple[dict[JobState, int], dict[str, int]]:
    """How many jobs are in each state, and of each kind. One statement."""
    states: dict[JobState, int] = dict.fromkeys(JobState, 0)
    kinds: dict[str, int] = {}
    counted = models.Job.objects.order_by("kind").values_list("kind", "state").annotate(Count("id"))
    for kind, state, count in counted:
        states[JobState(state)] += count
        kinds[kind] = kinds.get(kind, 0) + count
    return states, kinds


def view(job_id: int, *, now: datetime) -> JobView:
    """One job with its newest attempts. Three statements. Raises NoSuchJob."""
    found = models.Job.objects.filter(pk=job_id).first()
    if found is None:
        raise NoSuchJob(
            "there is no job %(job)s", words={"job": str(job_id)}, mend="Old jobs are removed after a while."
        )
    tries = list(found.tries.order_by("-number")[: MOST_ATTEMPTS + 1])
    firing = models.Firing.objects.filter(job=found).first()
    return JobView(
        row=_row(found, now=now),
        args=rules.shown_args(found.args),
        unique_key=found.unique_key,
        priority=found.priority,
        run_at=found.run_at,
        worker=found.worker,
        is_cancel_asked=found.cancel_asked,
        attempts=tuple(
            AttemptRow(
                number=each.number,
                worker=each.worker,
                begun_at=each.begun_at,
                ended_at=each.ended_at,
                end=AttemptEnd(each.end),
                error=each.error,
            )
            for each in tries[:MOST_ATTEMPTS]
        ),
        older_attempts=max(0, found.fence - MOST_ATTEMPTS),
        schedule=firing.schedule_id if firing else "",
        due_at=firing.due_at if firing else None,
    )


def _row(job: models.Job, *, now: datetime, since: datetime | None = None) -> JobRow:
    until = job.finished_at or now
    is_known = since is None or job.attempts == 1  # what earlier attempts did is among ``done`` else
    per_second = rules.rate(job.done, since=since or job.started_at, now=until) if is_known else None
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
