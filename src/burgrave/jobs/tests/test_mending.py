"""Attempts, limits, lanes, dead letters, pruning, figures and workers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from burgrave.jobs import commands, queries
from burgrave.jobs.errors import JobError, NoSuchJob
from burgrave.jobs.models import Attempt, Job
from burgrave.jobs.terms import (
    LEASE,
    Args,
    AttemptEnd,
    JobFilter,
    JobId,
    JobState,
    KindPolicy,
    Lease,
    WorkerState,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def fail(_lease: Lease, _args: Args) -> None:
    raise ValueError("the disk is full\0")


def fine(_lease: Lease, _args: Args) -> None:
    return


def run(kind: str, function=fine, *, at: datetime = NOON, worker: str = "w/any", **options) -> JobId | None:
    return commands.run_next({kind: function}, worker=worker, clock=lambda: at, **options)


def dead(kind: str = "mail", **options) -> JobId:
    job_id = commands.enqueue(kind, {}, now=NOON, max_attempts=1, **options)
    assert run(kind, fail) == job_id
    return job_id


def test_a_failed_job_keeps_every_attempt_with_time_worker_and_error() -> None:
    job_id = commands.enqueue("mail", {}, now=NOON, max_attempts=2)
    run("mail", fail, worker="first/any")
    run("mail", fail, at=NOON + MINUTE, worker="second/any")
    newest, oldest = queries.view(job_id, now=NOON).attempts
    assert (oldest.number, oldest.worker, oldest.begun_at, oldest.end) == (1, "first/any", NOON, AttemptEnd.FAILED)
    assert (newest.number, newest.worker, newest.ended_at) == (2, "second/any", NOON + MINUTE)
    assert oldest.error == newest.error == "ValueError: the disk is full␀"


class Killed(BaseException):
    """Stands for SIGKILL."""


def die(_lease: Lease, _args: Args) -> None:
    raise Killed


def test_a_killed_worker_leaves_an_attempt_that_is_called_lost_once_it_is_claimed_again() -> None:
    job_id = commands.enqueue("mail", {}, now=NOON)
    with pytest.raises(Killed):
        run("mail", die, worker="poisoned/any")
    assert [each.end for each in queries.view(job_id, now=NOON).attempts] == [AttemptEnd.UNDER_WAY]
    run("mail", at=NOON + LEASE + MINUTE)
    ends = [(each.end, each.error) for each in queries.view(job_id, now=NOON).attempts]
    assert ends == [(AttemptEnd.DONE, ""), (AttemptEnd.LOST, "the worker poisoned/any was not heard any more")]


def test_a_job_that_was_given_back_or_cancelled_says_so() -> None:
    job_id = commands.enqueue("step", {}, now=NOON)
    run("step", lambda lease, _args: lease.progress(1, 2), stopping=lambda: True)

    def cancelled(lease: Lease, _args: Args) -> None:
        commands.cancel(job_id, now=NOON)
        lease.progress(1, 2)

    run("step", cancelled)
    ends = [each.end for each in queries.view(job_id, now=NOON).attempts]
    assert ends == [AttemptEnd.CANCELLED, AttemptEnd.GIVEN_BACK]


def test_a_kind_at_its_limit_waits_while_others_run() -> None:
    first, second = (commands.enqueue("mail", {}, now=NOON) for _ in range(2))
    other = commands.enqueue("other", {}, now=NOON)
    limit = {"mail": KindPolicy(concurrency=1)}
    seen: list[JobId | None] = []

    def nested(_lease: Lease, _args: Args) -> None:
        seen.append(commands.run_next({"other": fine}, worker="x", clock=lambda: NOON, policies=limit))
        seen.append(commands.run_next({}, worker="y", clock=lambda: NOON, policies=limit))

    assert run("mail", nested, policies=limit) == first
    assert seen == [other, None]
    assert run("mail", policies=limit) == second


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite lets one write at a time; tests/test_processes.py has processes"
)
@pytest.mark.django_db(transaction=True)
def test_claims_at_the_same_time_keep_the_limit() -> None:
    for _ in range(12):
        commands.enqueue("mail", {}, now=NOON)
    running, most, lock = 0, 0, threading.Lock()
    begun = threading.Barrier(6)

    def body(_lease: Lease, _args: Args) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.05)
        with lock:
            running -= 1

    def work() -> None:
        begun.wait()
        for _ in range(40):
            run("mail", body, policies={"mail": KindPolicy(concurrency=2)})
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most <= 2


def test_the_short_lane_passes_over_long_kinds() -> None:
    policies = {"file": KindPolicy(is_long=True)}
    long, short = commands.enqueue("file", {}, now=NOON, priority=9), commands.enqueue("mail", {}, now=NOON)
    assert run("mail", policies=policies, without_long=True) == short
    assert run("mail", policies=policies, without_long=True) is None
    assert run("file", policies=policies) == long


def test_all_failed_jobs_of_a_kind_are_tried_again_save_those_whose_work_is_under_way() -> None:
    plain, older = dead(), dead(unique_key="file:1")
    newer, other = dead(unique_key="file:1"), dead("other")
    taken = dead(unique_key="file:2")
    commands.enqueue("mail", {}, now=NOON, unique_key="file:2", run_at=NOON + MINUTE)
    assert commands.retry_kind("mail", now=NOON) == (plain, newer)
    states = {job.pk: job.state for job in Job.objects.all()}
    assert [states[each] for each in (plain, newer)] == ["queued", "queued"]
    assert [states[each] for each in (older, other, taken)] == ["failed", "failed", "failed"]
    with pytest.raises(JobError, match="another job does the same work already"):
        commands.retry(taken, now=NOON)


def test_an_unknown_job_is_named() -> None:
    for act in (commands.retry, commands.cancel):
        with pytest.raises(NoSuchJob, match="there is no job 77"):
            act(JobId(77), now=NOON)
    with pytest.raises(NoSuchJob, match="there is no job 77"):
        queries.view(77, now=NOON)


def test_what_ended_long_ago_is_pruned_and_the_failed_much_later() -> None:
    failed = dead()
    commands.enqueue("mail", {}, now=NOON)
    run("mail")
    waiting = commands.enqueue("mail", {}, now=NOON)
    commands.beat("w", host="h", started_at=NOON, now=NOON)
    assert commands.prune(now=NOON + timedelta(days=30)) == 0
    assert commands.prune(now=NOON + timedelta(days=31)) == 1
    assert set(Job.objects.values_list("pk", flat=True)) == {failed, waiting}
    assert queries.workers(now=NOON + timedelta(days=31)) == ()
    assert commands.prune(now=NOON + timedelta(days=366)) == 1
    assert not Attempt.objects.exists()


def test_the_figures_of_the_queue() -> None:
    dead()
    commands.enqueue("mail", {}, now=NOON)
    run("mail")
    commands.enqueue("mail", {}, now=NOON - MINUTE, run_at=NOON - MINUTE)
    commands.enqueue("file", {}, now=NOON, run_at=NOON + MINUTE)
    found = queries.figures(now=NOON)
    assert (found.due, found.later, found.running, found.failed) == (1, 1, 0, 1)
    assert (found.done_last_hour, found.failed_last_hour, found.mean_seconds) == (1, 1, 0.0)
    assert found.oldest_due_seconds == 60
    assert [(each.kind, each.waiting, each.failed) for each in found.kinds] == [("file", 1, 0), ("mail", 1, 1)]


def test_an_empty_queue_has_figures_too() -> None:
    found = queries.figures(now=NOON)
    assert (found.oldest_due_seconds, found.mean_seconds, found.kinds) == (None, None, ())


def test_workers_are_alive_silent_or_stopped_and_show_what_they_hold() -> None:
    for name in ("alive", "silent", "stopped"):
        commands.beat(name, host="h", started_at=NOON, now=NOON)
    commands.farewell("stopped", now=NOON)
    commands.beat("alive", host="h", started_at=NOON, now=NOON + MINUTE)
    job_id = commands.enqueue("mail", {}, now=NOON)
    with pytest.raises(Killed):
        run("mail", die, worker="silent/any")
    rows = {row.name: row for row in queries.workers(now=NOON + MINUTE)}
    assert {name: row.state for name, row in rows.items()} == {
        "alive": WorkerState.ALIVE,
        "silent": WorkerState.SILENT,
        "stopped": WorkerState.STOPPED,
    }
    assert rows["silent"].jobs == ((job_id, "mail"),)
    assert queries.silent_workers(now=NOON + MINUTE) == ("silent",)


def test_new_dead_letters_are_told_with_the_token_of_their_last_attempt() -> None:
    job_id = dead()
    assert queries.newly_failed(since=NOON) == ((job_id, "mail", 1),)
    assert queries.newly_failed(since=NOON + MINUTE) == ()


def test_the_list_is_narrowed_by_state_and_kind() -> None:
    failed, waiting = dead(), commands.enqueue("file", {}, now=NOON)
    page = queries.jobs(JobFilter(), number=1, size=50, now=NOON)
    assert [row.job_id for row in page.rows] == [waiting, failed]
    only = queries.jobs(JobFilter(states=(JobState.FAILED,)), number=1, size=50, now=NOON)
    assert [row.job_id for row in only.rows] == [failed]
    files = queries.jobs(JobFilter(kinds=("file",)), number=1, size=50, now=NOON)
    assert [row.job_id for row in files.rows] == [waiting]
    states, kinds = queries.facets()
    assert (states[JobState.FAILED], states[JobState.QUEUED], kinds) == (1, 1, {"file": 1, "mail": 1})


@pytest.mark.parametrize("count", [1, 50])
def test_a_page_of_jobs_costs_the_same_at_any_length(count: int, django_assert_num_queries) -> None:
    for _ in range(count):
        commands.enqueue("mail", {}, now=NOON)
    with django_assert_num_queries(2):
        queries.jobs(JobFilter(), number=1, size=50, now=NOON)
    with django_assert_num_queries(2):
        queries.figures(now=NOON)
