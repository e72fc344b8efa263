"""A worker claims a job, holds its lease, and lets go of it."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Q, QuerySet

from burgrave.jobs import models, rules
from burgrave.jobs.errors import Cancelled, Interrupted, LeaseLost, UnknownKind
from burgrave.jobs.terms import LEASE, OPEN_STATES, Args, AttemptEnd, JobId, JobState, KindPolicy, Policies, Registry
from burgrave.web.errors import Refusal

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]

NO_POLICIES: Policies = {}
_drawn = secrets.SystemRandom().random
_CLAIMS = 20_260_302
"""The key of PostgreSQL's advisory lock under which claims of limited kinds are counted."""


def run_next(
    registry: Registry,
    *,
    worker: str,
    clock: Clock,
    stopping: Callable[[], bool] = lambda: False,
    policies: Policies = NO_POLICIES,
    without_long: bool = False,
    chance: Callable[[], float] = _drawn,
) -> JobId | None:
    """Run the next job that is due, to its end. Returns its number, or None when nothing is due.

    A function that raises is tried again after a pause; after ``max_attempts`` claims the job is failed and keeps
    the error of each attempt. One that found the disk full is tried again until there is room.
    ``without_long`` passes over the kinds that the policies call long.
    """
    shunned = frozenset(kind for kind, policy in policies.items() if without_long and policy.is_long)
    held = _claim(worker=worker, clock=clock, stopping=stopping, policies=policies, shunned=shunned, chance=chance)
    if held is None:
        return None
    with held.renewed():
        try:
            if held.kind not in registry:
                raise UnknownKind(f"no function is registered for jobs of the kind {held.kind}")
            registry[held.kind](held, held.args)
            held.finish()
        except Cancelled:
            held.close(JobState.CANCELLED)
        except Interrupted:
            held.give_back()
        except LeaseLost as lost:
            log.warning("%s", lost)
        except Exception as error:  # the edge of the worker: any fault of a job is kept with the job
            if rules.is_out_of_room(error):
                log.warning("job %s (%s) found no room at attempt %s: %s", *held.told, error)
                held.wait_for_room(error)
                return held.job_id
            if isinstance(error, Refusal):  # what a function refuses in words needs no trace
                log.warning("job %s (%s) failed at attempt %s: %s", *held.told, error)
            else:
                log.exception("job %s (%s) failed at attempt %s", *held.told)
            held.postpone(error)
    return held.job_id


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".replace("\0", "\N{SYMBOL FOR NULL}")[:2000]


def _due(now: datetime, shunned: frozenset[str]) -> Q:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Q(state__in=[str(state) for state in OPEN_STATES], run_at__lte=now) & free
    return due & ~Q(kind__in=sorted(shunned)) if shunned else due


def _claim(
    *,
    worker: str,
    clock: Clock,
    stopping: Callable[[], bool],
    policies: Policies,
    shunned: frozenset[str],
    chance: Callable[[], float],
) -> HeldJob | None:
    # The look without a lock keeps idle workers from taking SQLite's write lock many times a second.
    if not models.Job.objects.filter(_due(clock(), shunned)).exists():
        return None
    with transaction.atomic():
        now = clock()
        job = _next_due(policies, shunned, now)
        if job is None or not _may_run(job, now):
            return None
        _begin(job, worker=worker, now=now)
    return HeldJob(
        job_id=JobId(job.pk),
        kind=job.kind,
        args=job.args,
        fence=job.fence,
        attempt=job.attempts,
        clock=clock,
        stopping=stopping,
        policy=policies.get(job.kind, KindPolicy()),
        chance=chance,
    )


def _next_due(policies: Policies, shunned: frozenset[str], now: datetime) -> models.Job | None:
    """The first due job, locked, whose kind is not at its limit."""
    limited = {kind: policy.concurrency for kind, policy in policies.items() if policy.concurrency}
    if limited and connection.vendor == "postgresql":
        # Two claims at once would each count without the other; SQLite lets only one write at a time anyway.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CLAIMS])
    if limited:
        held = models.Job.objects.filter(kind__in=sorted(limited), state=JobState.RUNNING, lease_until__gte=now)
        running = dict(held.order_by().values_list("kind").annotate(Count("id")))
        shunned |= {kind for kind, limit in limited.items() if running.get(kind, 0) >= limit}
    waiting = models.Job.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    return waiting.filter(_due(now, shunned)).order_by("-priority", "id").first()


def _may_run(job: models.Job, now: datetime) -> bool:
    """False when the job was cancelled meanwhile, or has no attempt left; it is closed then."""
    if job.state == JobState.RUNNING:
        sentence = f"the worker {job.worker} was not heard any more"
        _end_attempt(job.pk, job.fence, AttemptEnd.LOST, error=sentence, now=now)
    if job.cancel_asked:
        _close_unrun(job, JobState.CANCELLED, "", now)
        return False
    if job.attempts >= job.max_attempts:
        sentence = f"{job.attempts} workers began this job and none came to its end; the last was {job.worker}"
        _close_unrun(job, JobState.FAILED, job.error or sentence, now)
        return False
    return True


def _begin(job: models.Job, *, worker: str, now: datetime) -> None:
    job.state, job.worker, job.started_at = JobState.RUNNING, worker, now
    job.fence += 1
    job.attempts += 1
    job.lease_until = now + LEASE
    job.done = job.total = 0
    job.save(
        update_fields=["state", "worker", "started_at", "fence", "attempts", "lease_until", "done", "total"],
    )
    models.Attempt.objects.create(job=job, number=job.fence, worker=worker, begun_at=now)


def _close_unrun(job: models.Job, state: JobState, error: str, now: datetime) -> None:
    job.state, job.error, job.finished_at = state, error, now
    job.save(update_fields=["state", "error", "finished_at"])


def _end_attempt(job_id: int, number: int, end: AttemptEnd, *, now: datetime, error: str = "") -> None:
    begun = models.Attempt.objects.filter(job_id=job_id, number=number, end=AttemptEnd.UNDER_WAY)
    begun.update(end=end, ended_at=now, error=error)


@dataclass(frozen=True, kw_only=True)
class HeldJob:
    """A claimed job: the `Lease` that its function is given."""

    job_id: JobId
    kind: str
    args: Args
    fence: int
    attempt: int
    clock: Clock
    stopping: Callable[[], bool]
    policy: KindPolicy
    chance: Callable[[], float]

    @property
    def told(self) -> tuple[JobId, str, int]:
        return self.job_id, self.kind, self.attempt

    def now(self) -> datetime:
        return self.clock()

    def progress(self, done: int, total: int, note: str = "") -> None:
        self._stay()
        row = self._mine().filter(cancel_asked=False)
        if not row.update(done=done, total=total, note=note[:300], lease_until=self.now() + LEASE):
            self._refuse()

    @contextmanager
    def effects(self) -> Iterator[None]:
        self._stay()
        with transaction.atomic():
            self._hold()
            yield

    @contextmanager
    def final_effects(self) -> Iterator[None]:
        self._stay()
        with transaction.atomic():
            self._hold()
            yield
            self.close(JobState.DONE)

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """While inside, a thread renews the lease, so that a long step does not lose it."""
        stop = threading.Event()
        thread = threading.Thread(target=self._renew_until, args=(stop,), name=f"lease-{self.job_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def finish(self) -> None:
        """The job is done, unless its final effects said so already."""
        self._let_go(AttemptEnd.DONE, state=JobState.DONE, finished_at=self.now(), lease_until=None, error="")

    def close(self, state: JobState) -> None:
        end = AttemptEnd.DONE if state is JobState.DONE else AttemptEnd.CANCELLED
        if not self._let_go(end, state=state, finished_at=self.now(), lease_until=None, error=""):
            self._refuse()

    def postpone(self, error: Exception) -> None:
        """The job waits for its next attempt, or has failed for good after the last."""
        now, sentence = self.now(), _told(error)
        job = self._mine().first()
        if job is None:
            return
        if job.attempts >= job.max_attempts:
            self._let_go(
                AttemptEnd.FAILED, sentence, state=JobState.FAILED, error=sentence, finished_at=now, lease_until=None
            )
            return
        wait = rules.wait_after(job.attempts, policy=self.policy, chance=self.chance())
        self._let_go(
            AttemptEnd.FAILED, sentence, state=JobState.QUEUED, error=sentence, run_at=now + wait, lease_until=None
        )

    def wait_for_room(self, error: Exception) -> None:
        """The job waits for its next attempt, and this one does not count: only room was missing."""
        wait = rules.wait_after(self.fence, policy=self.policy, chance=self.chance())
        self._let_go(
            AttemptEnd.FAILED,
            _told(error),
            state=JobState.QUEUED,
            attempts=self.attempt - 1,
            error=_told(error),
            run_at=self.now() + wait,
            lease_until=None,
        )

    def give_back(self) -> None:
        """The job is queued as if this attempt had not begun."""
        self._let_go(AttemptEnd.GIVEN_BACK, state=JobState.QUEUED, attempts=self.attempt - 1, lease_until=None)

    @transaction.atomic
    def _let_go(self, end: AttemptEnd, sentence: str = "", **changes: str | int | datetime | None) -> bool:
        """The job and its attempt are changed together; False when another worker has the job."""
        if not self._mine().update(**changes):
            return False
        _end_attempt(self.job_id, self.fence, end, error=sentence, now=self.now())
        return True

    def _stay(self) -> None:
        if self.stopping():
            raise Interrupted(f"the worker of job {self.job_id} is shutting down")

    def _mine(self) -> QuerySet[models.Job]:
        return models.Job.objects.filter(pk=self.job_id, fence=self.fence, state=JobState.RUNNING)

    def _hold(self) -> None:
        if not self._mine().select_for_update().filter(cancel_asked=False).exists():
            self._refuse()

    def _refuse(self) -> None:
        job = models.Job.objects.get(pk=self.job_id)
        if job.fence == self.fence and job.cancel_asked:
            raise Cancelled(f"job {self.job_id} was asked to stop")
        raise LeaseLost(
            f"job {self.job_id} was claimed with token {self.fence} and is {job.state} under token {job.fence} now; "
            "this run writes nothing more"
        )

    def _renew_until(self, stop: threading.Event) -> None:
        try:
            while not stop.wait(LEASE.total_seconds() / 3):
                try:
                    self._mine().update(lease_until=self.now() + LEASE)
                except DatabaseError as error:
                    # Not renewed this time; the fence guards the effects should the lease run out.
                    log.warning("renewing the lease of job %s: %s", self.job_id, error)
        finally:
            connection.close()
