from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from burgrave.jobs import commands, queries
from burgrave.jobs.errors import Cancelled, JobError, LeaseLost
from burgrave.jobs.models import Job
from burgrave.jobs.terms import LEASE, Args, JobId, JobState, Lease, Registry

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, duration: timedelta) -> None:
        self.now += duration


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(clock: Clock) -> Callable[[Registry], JobId | None]:
    return lambda registry: commands.run_next(registry, worker="test", clock=clock, chance=lambda: 0.0)


def state_of(job_id: JobId) -> JobState:
    row = queries.job(job_id, now=NOON)
    assert row
    return row.state


def test_a_job_runs_with_its_arguments_and_is_done(run, clock) -> None:
    seen: list[Args] = []
    job_id = commands.enqueue("greet", {"name": "Ada"}, now=NOON)
    assert run({"greet": lambda _lease, args: seen.append(args)}) == job_id
    assert seen == [{"name": "Ada"}]
    assert state_of(job_id) is JobState.DONE
    assert run({}) is None


def test_jobs_run_by_priority_then_in_order(run) -> None:
    seen: list[object] = []
    for name, priority in [("a", 0), ("b", 5), ("c", 0)]:
        commands.enqueue("note", {"name": name}, now=NOON, priority=priority)
    while run({"note": lambda _lease, args: seen.append(args["name"])}):
        pass
    assert seen == ["b", "a", "c"]


def test_a_rolled_back_request_leaves_no_job(run) -> None:
    with transaction.atomic():
        commands.enqueue("note", {}, now=NOON)
        transaction.set_rollback(True)
    assert run({"note": lambda _lease, _args: None}) is None


def test_one_key_has_one_open_job(run) -> None:
    first = commands.enqueue("note", {"n": 1}, now=NOON, unique_key="file:7")
    assert commands.enqueue("note", {"n": 2}, now=NOON, unique_key="file:7") == first
    run({"note": lambda _lease, _args: None})
    assert commands.enqueue("note", {"n": 3}, now=NOON, unique_key="file:7") != first


def test_a_failing_job_waits_longer_each_time_and_then_keeps_its_error(run, clock) -> None:
    def fail(_lease: Lease, _args: Args) -> None:
        raise ValueError("the disk is full")

    job_id = commands.enqueue("fail", {}, now=NOON, max_attempts=3)
    starts: list[float] = []
    while state_of(job_id) is not JobState.FAILED:
        if run({"fail": fail}):
            starts.append((clock.now - NOON).total_seconds())
        clock.pass_by(timedelta(seconds=1))
    assert starts == [0, 2, 6]
    row = queries.job(job_id, now=NOON)
    assert row
    assert row.error == "ValueError: the disk is full"
    commands.retry(job_id, now=clock.now)
    assert state_of(job_id) is JobState.QUEUED


def test_a_job_that_finds_the_disk_full_waits_until_there_is_room(run, clock) -> None:
    room: list[str] = []

    def write(_lease: Lease, _args: Args) -> None:
        if not room:
            raise RuntimeError("not kept") from OSError(errno.ENOSPC, "No space left on device")

    job_id = commands.enqueue("write", {}, now=NOON, max_attempts=2)
    for _ in range(20):
        assert run({"write": write}) == job_id
        assert run({"write": write}) is None
        clock.pass_by(timedelta(minutes=10))
    row = queries.job(job_id, now=clock.now)
    assert row
    assert (row.state, row.attempts, row.error) == (JobState.QUEUED, 0, "RuntimeError: not kept")
    room.append("some")
    assert run({"write": write}) == job_id
    assert state_of(job_id) is JobState.DONE


def test_an_unknown_kind_is_named(run) -> None:
    job_id = commands.enqueue("nobody", {}, now=NOON, max_attempts=1)
    run({})
    row = queries.job(job_id, now=NOON)
    assert row
    assert row.state is JobState.FAILED
    assert "no function is registered for jobs of the kind nobody" in row.error


class Killed(BaseException):
    """Stands for SIGKILL: nothing of the worker's own clean-up may be relied on."""


def die(_lease: Lease, _args: Args) -> None:
    raise Killed


def test_a_killed_workers_job_runs_again_after_its_lease_and_not_before(run, clock) -> None:
    job_id = commands.enqueue("die", {}, now=NOON)
    with pytest.raises(Killed):
        run({"die": die})
    assert run({"die": lambda _lease, _args: None}) is None
    clock.pass_by(LEASE + timedelta(seconds=1))
    attempts: list[int] = []
    assert run({"die": lambda lease, _args: attempts.append(lease.attempt)}) == job_id
    assert attempts == [2]


def test_a_job_that_kills_every_worker_is_given_up_and_says_so(run, clock) -> None:
    job_id = commands.enqueue("die", {}, now=NOON, max_attempts=3)
    for _ in range(3):
        with pytest.raises(Killed):
            run({"die": die})
        clock.pass_by(LEASE + timedelta(seconds=1))
    assert run({"die": die}) is None
    row = queries.job(job_id, now=NOON)
    assert row
    assert row.state is JobState.FAILED
    assert row.error == "3 workers began this job and none came to its end; the last was test"


def test_a_worker_that_slept_through_its_lease_writes_nothing(run, clock) -> None:
    refused: list[str] = []

    def slow(lease: Lease, _args: Args) -> None:
        clock.pass_by(LEASE + timedelta(seconds=1))
        assert run({"slow": lambda _lease, _args: None}) == job_id
        with pytest.raises(LeaseLost) as lost, lease.effects():
            refused.append("effects ran")
        refused.append(str(lost.value))
        lease.progress(1, 2)

    job_id = commands.enqueue("slow", {}, now=NOON)
    run({"slow": slow})
    assert refused == [
        f"job {job_id} was claimed with token 1 and is done under token 2 now; this run writes nothing more"
    ]
    assert state_of(job_id) is JobState.DONE


def test_effects_that_fail_leave_nothing(run) -> None:
    def half(lease: Lease, _args: Args) -> None:
        with lease.effects():
            Job.objects.create(kind="effect", run_at=NOON, created_at=NOON, state=JobState.DONE)
            raise ValueError("half way")

    commands.enqueue("half", {}, now=NOON)
    run({"half": half})
    assert not Job.objects.filter(kind="effect").exists()


def test_final_effects_and_the_end_of_the_job_are_one_commit(run, clock) -> None:
    def last(lease: Lease, _args: Args) -> None:
        with lease.final_effects():
            Job.objects.create(kind="effect", run_at=NOON, created_at=NOON, state=JobState.DONE)
        raise Killed

    job_id = commands.enqueue("last", {}, now=NOON)
    with pytest.raises(Killed):
        run({"last": last})
    clock.pass_by(LEASE * 2)
    assert run({"last": last}) is None
    assert state_of(job_id) is JobState.DONE
    assert Job.objects.filter(kind="effect").count() == 1


def test_progress_is_seen_with_rate_and_time_left(run, clock) -> None:
    def step(lease: Lease, _args: Args) -> None:
        clock.pass_by(timedelta(seconds=10))
        lease.progress(50, 200, "chunk 3 of 12")
        row = queries.progress_of("file:1", now=clock.now)
        assert row
        assert (row.done, row.total, row.note) == (50, 200, "chunk 3 of 12")
        assert row.rate_per_second == pytest.approx(5.0)
        assert row.seconds_left == pytest.approx(30.0)
        assert lease.now() == clock.now

    job_id = commands.enqueue("step", {}, now=NOON, unique_key="file:1")
    run({"step": step})
    assert state_of(job_id) is JobState.DONE


def test_a_waiting_job_is_cancelled_at_once(run) -> None:
    job_id = commands.enqueue("note", {}, now=NOON)
    assert commands.cancel(job_id, now=NOON) is JobState.CANCELLED
    assert run({"note": lambda _lease, _args: None}) is None
    with pytest.raises(JobError, match="is cancelled already"):
        commands.cancel(job_id, now=NOON)


@pytest.mark.parametrize("where", ["progress", "effects", "final_effects"])
def test_a_running_job_stops_at_its_next_step(run, where: str) -> None:
    def step(lease: Lease, _args: Args) -> None:
        commands.cancel(job_id, now=NOON)
        if where == "progress":
            lease.progress(1, 2)
        else:
            with getattr(lease, where)():
                pytest.fail("a cancelled job must not write")

    job_id = commands.enqueue("step", {}, now=NOON)
    run({"step": step})
    assert state_of(job_id) is JobState.CANCELLED


def test_a_job_asked_to_stop_whose_worker_died_is_cancelled(run, clock) -> None:
    def step(_lease: Lease, _args: Args) -> None:
        commands.cancel(job_id, now=NOON)
        raise Killed

    job_id = commands.enqueue("step", {}, now=NOON)
    with pytest.raises(Killed):
        run({"step": step})
    clock.pass_by(LEASE * 2)
    assert run({"step": step}) is None
    assert state_of(job_id) is JobState.CANCELLED


def test_a_worker_that_shuts_down_gives_its_job_back_uncounted(clock) -> None:
    stopping = False

    def step(lease: Lease, _args: Args) -> None:
        nonlocal stopping
        stopping = True
        lease.progress(1, 2)

    job_id = commands.enqueue("step", {}, now=NOON)
    commands.run_next({"step": step}, worker="test", clock=clock, stopping=lambda: stopping)
    row = queries.job(job_id, now=NOON)
    assert row
    assert (row.state, row.attempts) == (JobState.QUEUED, 0)


def test_only_a_failed_job_is_tried_again() -> None:
    job_id = commands.enqueue("note", {}, now=NOON)
    with pytest.raises(JobError, match="only a failed job"):
        commands.retry(job_id, now=NOON)


def test_cancelled_is_a_refusal_with_a_sentence() -> None:
    assert str(Cancelled("job 3 was asked to stop")) == "job 3 was asked to stop"


def test_counting_what_waits() -> None:
    commands.enqueue("note", {}, now=NOON)
    commands.enqueue("note", {}, now=NOON, run_at=NOON + timedelta(hours=1))
    assert queries.open_jobs(now=NOON) == 1
    assert len(queries.newest(10, now=NOON)) == 2
    assert queries.progress_of("nothing", now=NOON) is None
    assert queries.job(JobId(0), now=NOON) is None
