"""Several processes do the same at once, and are killed with SIGKILL while they do.

One due time fires once. The schedule is due every second and makes up for each due time. Afterwards every second from
the first to the last has exactly one firing, each firing one job, and each job wrote its effect once.

Events are kept once. Two processes keep them while one compacts and seals the same day: what was acknowledged is there,
each event once, and nothing else is.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from live import environment, installation, prepare, run
from postgres import NoPostgres, temporary_postgres
from tables import Tables
from writers import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("kills"),
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the round without DATABASE_URL kills on both databases"),
]

PREPARE = """
from datetime import timedelta
from burgrave.site import boot
boot.boot(); boot.migrate()
from django.utils import timezone
from burgrave.jobs import commands
from burgrave.jobs.terms import CatchUp, Overlap, ScheduleSpec, Timing
commands.write_schedules([ScheduleSpec(name="tick", kind="tick", timing=Timing(every=timedelta(seconds=1)), words="x",
    catch_up=CatchUp.EACH, overlap=Overlap.ALLOW, max_attempts=1000)], now=timezone.now())
"""
WORK = """
from burgrave.site import boot
boot.boot()
import os, time
from django.utils import timezone
from burgrave.jobs import commands, models
def tick(lease, args):
    with lease.final_effects():
        now = timezone.now()
        models.Job.objects.create(kind="effect", state="done", run_at=now, created_at=now, finished_at=now)
print("up", flush=True)
while True:
    fired = commands.fire_due(now=timezone.now())
    ran = commands.run_next({"tick": tick}, worker=f"w-{os.getpid()}", clock=timezone.now)
    if not fired and not ran:
        time.sleep(0.05)
"""
KILLS = 3
WORKERS = 3
QUIET_SECONDS = 120
STORE_SECONDS = 60
STORE = str(Path(__file__).with_name("store_writers.py"))
UNIT = """
from burgrave.site import boot
boot.boot()
from django.utils import timezone
from burgrave.people.models import Unit
print(Unit.objects.create(name="Works", changed_by="x", changed_at=timezone.now()).pk)
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(temporary_postgres())
        except NoPostgres as reason:
            pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(scope="module")
def home(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory of an installation whose tables stand, and which has a schedule that is due every second."""
    made = tmp_path_factory.mktemp("home")
    if not url:
        prepare(made)
    done = subprocess.run(
        [sys.executable, "-c", PREPARE], env=environment(made, url), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return made


def worker(home: Path, url: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORK], env=environment(home, url), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    assert process.stdout.readline() == b"up\n"
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdout
    process.stdout.close()


def drawn() -> random.Random:
    seed = os.environ.get("BURGRAVE_KILL_SEED") or str(random.randrange(2**32))
    print(f"BURGRAVE_KILL_SEED={seed}")
    return random.Random(seed)


def test_one_due_time_fires_once_across_workers_that_are_killed(url: str, home: Path) -> None:
    chance = drawn()
    tables = Tables(home, url)
    workers = [worker(home, url) for _ in range(WORKERS)]
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.02, 0.6))
            place = chance.randrange(WORKERS)
            end(workers[place])
            workers[place] = worker(home, url)
        assert wait_until(lambda: quiet(tables), QUIET_SECONDS, every=0.2), "jobs are left"
    finally:
        for process in workers:
            end(process)

    fired = "SELECT count(*) FROM jobs_firing WHERE schedule_id = 'tick'"
    firings = int(tables.one(fired))
    assert firings >= KILLS, "there was too little time to prove anything"
    assert int(tables.one(f"{fired} AND outcome <> 'fired'")) == 0
    seconds = seconds_between(tables, url)
    assert firings == seconds + 1, f"{firings} firings in {seconds} s"
    assert int(tables.one("SELECT count(*) FROM jobs_job WHERE kind = 'tick'")) == firings
    left = int(tables.one("SELECT count(*) FROM jobs_job WHERE kind = 'tick' AND state <> 'done'"))
    assert int(tables.one("SELECT count(*) FROM jobs_job WHERE kind = 'effect'")) == firings - left
    assert left <= 3, "only what fell due in the last moment may be open"


def test_events_are_kept_once_by_two_that_write_while_one_compacts_and_all_are_killed(url: str, home: Path) -> None:
    chance, unit = drawn(), unit_of(home, url)
    roles = [("keep", "a"), ("keep", "b"), ("compact", "c")]
    processes = [store_process(home, url, unit, *role) for role in roles]
    said: list[str] = []
    try:
        assert wait_until(lambda: compactions(home, url) > 0, STORE_SECONDS, every=0.05), "nothing was compacted"
        for place in (chance.randrange(2), 2):  # a writer and the compactor in the middle of their work
            time.sleep(chance.uniform(0.1, 0.4))
            heard = killed(processes[place])
            said += heard if place < 2 else []
            kind, name = roles[place]
            processes[place] = store_process(home, url, unit, kind, f"{name}2")
        before = compactions(home, url)
        assert wait_until(lambda: compactions(home, url) != before, STORE_SECONDS, every=0.05), "it does not go on"
    finally:
        ends = [killed(process) for process in processes]
    said += ends[0] + ends[1]
    done = subprocess.run(
        [sys.executable, STORE, "look", unit, "-"],
        env=environment(home, url), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    acknowledged = {line.split()[0] for line in said if line.count(" ") == 1}
    assert len(acknowledged) > len(roles)
    assert set(told["found"].values()) == {12}
    assert acknowledged <= told["found"].keys()
    # Whoever was killed between the commit and saying so has kept one more.
    assert len(told["found"]) - len(acknowledged) <= len(roles)
    assert told["outcome"][0] == "PASSED", told
    assert told["unnamed"] == []
    assert {line.split()[1] for line in said if line.count(" ") == 1} <= set(told["fields"])


def unit_of(home: Path, url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", UNIT], env=environment(home, url), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def compactions(home: Path, url: str) -> int:
    """Parts of the day that hold what several event files brought."""
    query = "SELECT count(*) FROM events_part WHERE intake_id IS NULL AND kept_on IS NOT NULL"
    return int(Tables(home, url).one(query))


def store_process(home: Path, url: str, unit: str, kind: str, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, STORE, kind, unit, name],
        env=environment(home, url), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def killed(process: subprocess.Popen[bytes]) -> list[str]:
    """What it had said before; it may not have ended by itself."""
    ended = process.poll()
    process.kill()
    out, err = process.communicate()
    assert ended is None, err.decode()[-3_000:]
    return out.decode().splitlines()


def quiet(tables: Tables) -> bool:
    """Nothing waits that fell due more than two seconds ago, and no lease of a killed worker is waited for."""
    waiting = tables.one("SELECT count(*) FROM jobs_job WHERE kind = 'tick' AND state <> 'done'")
    return int(waiting) <= 1


def seconds_between(tables: Tables, url: str) -> int:
    if url:
        text = "SELECT round(extract(epoch FROM max(due_at) - min(due_at))) FROM jobs_firing"
    else:
        text = "SELECT round((julianday(max(due_at)) - julianday(min(due_at))) * 86400) FROM jobs_firing"
    return int(tables.one(text))


def test_a_running_installation_fires_its_schedules_and_shows_its_worker(tmp_path: Path) -> None:
    with installation(tmp_path / "home") as running:
        tables = Tables(running.home, "")
        assert wait_until(lambda: tables.one("SELECT count(*) FROM jobs_worker") == 1, 30, every=0.2)
        assert int(tables.one("SELECT count(*) FROM jobs_schedule WHERE is_retired")) == 0
        assert int(tables.one("SELECT count(*) FROM jobs_schedule")) >= 3
    assert int(tables.one("SELECT count(*) FROM jobs_worker WHERE stopped_at IS NOT NULL")) == 1
    told = run(running.home, "doctor")
    assert "schedules: " in told.stdout, told.stdout
