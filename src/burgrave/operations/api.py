"""The JSON API of the background work: the same queries and commands as the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.jobs import queries
from burgrave.jobs.terms import AttemptEnd, CatchUp, JobFilter, JobState, Outcome, Overlap, Timing, WorkerState
from burgrave.ledger.terms import storable
from burgrave.operations import commands
from burgrave.web.errors import BadInput
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Page

router = Router(tags=["operations"])

BIGGEST = 2**53 - 1
Number = Annotated[int, Field(ge=1, le=BIGGEST)]
Code = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(storable)]


class JobOut(FromRow):
    """``rate_per_second`` is an average since this attempt began."""

    job_id: int
    kind: str
    state: JobState
    attempts: int
    max_attempts: int
    done: int
    total: int
    note: str
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rate_per_second: float | None
    seconds_left: float | None


class AttemptOut(FromRow):
    """``number`` is the fencing token."""

    number: int
    worker: str
    begun_at: datetime
    ended_at: datetime | None
    end: AttemptEnd
    error: str


class JobDetailOut(FromRow):
    """``args`` are pairs of name and value; what is named like a secret is withheld."""

    row: JobOut
    args: list[tuple[str, str]]
    unique_key: str
    priority: int
    run_at: datetime
    worker: str
    is_cancel_asked: bool
    attempts: list[AttemptOut]
    older_attempts: int
    schedule: str
    due_at: datetime | None


class KindOut(FromRow):
    kind: str
    waiting: int
    running: int
    failed: int


class FiguresOut(FromRow):
    """Counts at ``at``; those of the last hour end there."""

    at: datetime
    due: int
    later: int
    running: int
    failed: int
    oldest_due_at: datetime | None
    done_last_hour: int
    failed_last_hour: int
    mean_seconds: float | None
    kinds: list[KindOut]


class WorkerOut(FromRow):
    """``jobs`` are pairs of number and kind."""

    name: str
    host: str
    state: WorkerState
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None
    jobs: list[tuple[int, str]]


class TimingOut(FromRow):
    """Five fields of cron in a zone, or an interval."""

    cron: str
    every: timedelta | None
    zone: str


class FiringOut(FromRow):
    """``count`` is above one for a stretch of missed due times that begins at ``due_at``."""

    due_at: datetime
    at: datetime
    outcome: Outcome
    count: int
    job_id: int | None
    job_state: str


class ScheduleOut(FromRow):
    """``own``: an administrator gave it another time than ``code_timing``."""

    name: str
    kind: str
    words: str
    timing: TimingOut
    code_timing: TimingOut
    own: bool
    catch_up: CatchUp
    overlap: Overlap
    is_paused: bool
    next_run_at: datetime
    last_due_at: datetime | None
    last_job_id: int | None
    last_job_state: str
    missed: int
    version: int
    upcoming: list[datetime]
    firings: list[FiringOut]


class JobQuery(PageIn):
    state: list[JobState] = []
    kind: list[Code] = []


class KindIn(Schema):
    kind: Code


class TimingIn(Schema):
    """``cron`` or ``every_seconds``; neither gives the schedule the time that ships with Burgrave."""

    cron: Annotated[str, Field(max_length=100), AfterValidator(storable)] = ""
    every_seconds: int | None = Field(None, ge=60, le=31_622_400)
    zone: Annotated[str, Field(max_length=64), AfterValidator(storable)] = "UTC"

    def timing(self) -> Timing | None:
        """Raises BadInput for both at once."""
        cron = " ".join(self.cron.split())
        if not cron and self.every_seconds is None:
            return None
        every = None if self.every_seconds is None else timedelta(seconds=self.every_seconds)
        try:
            return Timing(cron=cron, every=every, zone=self.zone)
        except ValueError as error:
            raise BadInput(str(error), mend="Send cron or every_seconds, and not both.") from error


class RetriedOut(Schema):
    """How many jobs wait again."""

    jobs: int


class QueuedOut(Schema):
    job_id: int


@router.get("/operations/figures", response=FiguresOut)
def figures(request: HttpRequest) -> object:
    """How the queue is now."""
    commands.must_read(actor_of(request))
    return queries.figures(now=timezone.now())


@router.get("/operations/workers", response=list[WorkerOut])
def workers(request: HttpRequest) -> object:
    """Who runs jobs, and when each was last heard."""
    commands.must_read(actor_of(request))
    return list(queries.workers(now=timezone.now()))


@router.get("/operations/jobs", response=PageOut[JobOut])
def jobs(request: HttpRequest, wanted: Query[JobQuery]) -> Page[Any]:
    """The jobs, newest first."""
    commands.must_read(actor_of(request))
    narrowed = JobFilter(states=tuple(wanted.state), kinds=tuple(wanted.kind))
    return queries.jobs(narrowed, number=wanted.page, size=wanted.size, now=timezone.now())


@router.post("/operations/jobs/retry", response=RetriedOut)
def retry_jobs(request: HttpRequest, sent: KindIn) -> dict[str, int]:
    """Let the failed jobs of a kind wait again, at most 1,000 at once."""
    return {"jobs": commands.retry_jobs(sent.kind, actor=actor_of(request), now=timezone.now())}


@router.get("/operations/jobs/{number}", response=JobDetailOut)
def job(request: HttpRequest, number: Number) -> object:
    """One job with its attempts."""
    commands.must_read(actor_of(request))
    return queries.view(number, now=timezone.now())


@router.post("/operations/jobs/{number}/retry", response=JobDetailOut)
def retry_job(request: HttpRequest, number: Number) -> object:
    """Let a failed job wait again."""
    commands.retry_job(number, actor=actor_of(request), now=timezone.now())
    return queries.view(number, now=timezone.now())


@router.post("/operations/jobs/{number}/cancel", response=JobDetailOut)
def cancel_job(request: HttpRequest, number: Number) -> object:
    """Cancel a waiting job, or ask a running one to stop."""
    commands.cancel_job(number, actor=actor_of(request), now=timezone.now())
    return queries.view(number, now=timezone.now())


@router.get("/operations/schedules", response=list[ScheduleOut])
def schedules(request: HttpRequest) -> object:
    """Every schedule; its coming times and firings are told by its own address."""
    commands.must_read(actor_of(request))
    return list(queries.schedules())


@router.get("/operations/schedules/{name}", response=ScheduleOut)
def schedule(request: HttpRequest, response: HttpResponse, name: Code) -> object:
    """One schedule with its coming times and what became of those that passed."""
    commands.must_read(actor_of(request))
    row = queries.schedule(name)
    response["ETag"] = etag_of(row.version)
    return row


@router.put("/operations/schedules/{name}", response=ScheduleOut)
def change_schedule(
    request: HttpRequest, response: HttpResponse, name: Code, sent: TimingIn, if_match: IfMatch
) -> object:
    """Give a schedule other times, or with an empty body those that ship with Burgrave."""
    commands.change_schedule(
        name,
        timing=sent.timing(),
        version=expected_version(if_match),
        actor=actor_of(request),
        now=timezone.now(),
    )
    row = queries.schedule(name)
    response["ETag"] = etag_of(row.version)
    return row


@router.post("/operations/schedules/{name}/run", response={201: QueuedOut})
def run_schedule(request: HttpRequest, name: Code) -> Status[dict[str, int]]:
    """Queue the schedule's job once more, now."""
    number = commands.run_schedule(name, actor=actor_of(request), now=timezone.now())
    return Status(201, {"job_id": number})


@router.post("/operations/schedules/{name}/pause", response=ScheduleOut)
def pause_schedule(request: HttpRequest, name: Code) -> object:
    """Let a schedule rest."""
    commands.pause_schedule(name, actor=actor_of(request), now=timezone.now())
    return queries.schedule(name)


@router.post("/operations/schedules/{name}/resume", response=ScheduleOut)
def resume_schedule(request: HttpRequest, name: Code) -> object:
    """Let a schedule go on with its next due time."""
    commands.resume_schedule(name, actor=actor_of(request), now=timezone.now())
    return queries.schedule(name)
