"""Jobs are tried again and cancelled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.jobs import commands as jobs
from burgrave.jobs import queries
from burgrave.jobs.terms import JobId, JobState
from burgrave.ledger import commands as ledger
from burgrave.operations.commands.access import must_manage
from burgrave.operations.terms import JobCancelled, JobRetried, JobsRetried
from burgrave.web.terms import Actor


@transaction.atomic
def retry_job(number: int, *, actor: Actor, now: datetime) -> None:
    """The failed job waits for a worker again. Raises Forbidden, NoSuchJob or JobError."""
    must_manage(actor)
    view = queries.view(number, now=now)

    jobs.retry(JobId(number), now=now)

    ledger.append(JobRetried(job_number=number, job_kind=view.row.kind), actor=actor, at=now)


@transaction.atomic
def cancel_job(number: int, *, actor: Actor, now: datetime) -> JobState:
    """The job is cancelled, or was asked to stop. Raises Forbidden, NoSuchJob or JobError."""
    must_manage(actor)
    view = queries.view(number, now=now)

    state = jobs.cancel(JobId(number), now=now)

    ledger.append(JobCancelled(job_number=number, job_kind=view.row.kind), actor=actor, at=now)
    return state


@transaction.atomic
def retry_jobs(kind: str, *, actor: Actor, now: datetime) -> int:
    """The failed jobs of this kind wait again, at most 1,000 at once. Returns how many; none leaves no record."""
    must_manage(actor)

    numbers = jobs.retry_kind(kind, now=now)

    if numbers:
        ledger.append(JobsRetried(job_kind=kind, job_numbers=tuple(numbers)), actor=actor, at=now)
    return len(numbers)
