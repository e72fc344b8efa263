from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from burgrave.cli.main import main
from burgrave.jobs import commands
from burgrave.jobs.terms import Args, JobId, Lease, ScheduleSpec, Timing

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fail(_lease: Lease, _args: Args) -> None:
    raise ValueError("the disk is full")


def dead() -> JobId:
    job_id = commands.enqueue("mail", {}, now=NOON, max_attempts=1)
    commands.run_next({"mail": fail}, worker="w/any", clock=lambda: NOON)
    return job_id


def call(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(arguments))
    return done.exit_code, done.output


def test_jobs_are_listed_for_people_and_for_programs() -> None:
    number = dead()
    commands.enqueue("file", {}, now=NOON)
    code, told = call("jobs", "list", "--state", "failed")
    assert code == 0
    assert f"{number}  failed     1/1  mail  ValueError: the disk is full" in told
    assert "1 of 1 jobs" in told
    code, told = call("jobs", "list", "--format", "jsonl", "--kind", "mail")
    assert json.loads(told.splitlines()[0])["kind"] == "mail"


def test_jobs_are_retried_and_cancelled() -> None:
    first, second = dead(), dead()
    assert call("jobs", "retry", str(first)) == (0, f"job {first} waits for a worker again\n")
    assert call("jobs", "retry", "--kind", "mail") == (0, "1 jobs wait for a worker again\n")
    assert call("jobs", "cancel", str(second)) == (0, f"job {second} is cancelled\n")
    code, told = call("jobs", "cancel", str(second))
    assert (code, "is cancelled already" in told) == (1, True)
    assert call("jobs", "retry")[0] == 2
    assert call("jobs", "retry", "1", "--kind", "mail")[0] == 2


def test_schedules_are_listed_and_run() -> None:
    specs = [
        ScheduleSpec(name="tidy", kind="tidy", timing=Timing(every=timedelta(hours=1)), words="x"),
        ScheduleSpec(name="nightly", kind="tidy", timing=Timing(cron="30 2 * * *", zone="Asia/Shanghai"), words="x"),
    ]
    commands.write_schedules(specs, now=NOON)
    commands.pause_schedule("nightly", is_paused=True, now=NOON)
    code, told = call("schedules", "list")
    assert code == 0
    assert "paused" in told
    assert "30 2 * * * (Asia/Shanghai)" in told
    assert "2026-03-02T13:00:00Z" in told
    assert call("schedules", "run", "tidy")[0] == 0
    code, told = call("schedules", "run", "nothing")
    assert (code, "there is no schedule nothing" in told) == (1, True)
