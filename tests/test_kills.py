"""kill -9 at any point, under load: no accepted write is lost, nothing is written twice, and the ledger verifies.

People send recordings, acknowledge alerts, open incidents and write notes while the web server, its server process,
the worker with the sequencer in it, and the supervisor above all of them are killed at moments drawn by chance.
``BURGRAVE_KILL_SEED`` repeats the draw of an earlier run, ``BURGRAVE_KILLS`` sets the number of kills.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aftermath import Aftermath
from faults import Killer, told
from live import Installation, installation, processes_of, run
from postgres import NoPostgres, temporary_postgres
from tables import Tables
from writers import Journal, Responder, Sender, Triager, Writer, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("kills"),
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the round without DATABASE_URL kills on both databases"),
]

KILLS = {"sqlite": 4, "postgresql": 3}
QUIET_SECONDS = 300


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The name of the database, and its URL when it is a server."""
    if request.param == "sqlite":
        yield "sqlite", ""
        return
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(temporary_postgres())
        except NoPostgres as reason:
            pytest.skip(f"no PostgreSQL: {reason}")
        yield "postgresql", url


def test_no_accepted_write_is_lost_wherever_processes_are_killed(database: tuple[str, str], tmp_path: Path) -> None:
    name, url = database
    kills = int(os.environ.get("BURGRAVE_KILLS", KILLS[name]))
    seed = os.environ.get("BURGRAVE_KILL_SEED") or str(random.randrange(2**32))
    print(f"BURGRAVE_KILL_SEED={seed} BURGRAVE_KILLS={kills} on {name}")
    home, journal, tables = tmp_path / "home", Journal(), Tables(tmp_path / "home", url)

    with installation(home, url) as running:
        killer = Killer(running, tables, journal, random.Random(f"{seed} killer"))
        with at_work(running, journal, killer, seed=seed) as writers:
            killer.kill(kills)
        print(told(killer, journal, writers))
        everything_comes_to_its_end(running, tables)
    assert not journal.faults, "\n".join(journal.faults)
    assert not processes_of(home)
    assert sum(killer.kills.values()) >= kills
    assert len(killer.kills) == 4, killer.kills
    assert killer.reading > 0, "no kill met a worker in the middle of a job"
    assert len(journal.received) >= kills / 4, "there was too little load to prove anything"

    folder = tmp_path / "undisturbed"
    folder.mkdir()
    Aftermath(home, tables, journal, folder).check()
    the_ledger_verifies(home, url, killer.checkpoints, tmp_path)


@contextlib.contextmanager
def at_work(running: Installation, journal: Journal, killer: Killer, *, seed: str) -> Iterator[list[threading.Thread]]:
    """Four people work until the block ends, and finish what they are at."""
    stop = threading.Event()
    # As many files as the kills so far call for, so that readings go on during the whole test and end soon after it.
    wanted = {Sender: lambda: len(journal.files) < 12 + 2 * sum(killer.kills.values())}
    kinds: tuple[type[Writer], ...] = (Sender, Sender, Responder, Triager)
    writers: list[threading.Thread] = [
        kind(running.browser(), journal, random.Random(f"{seed} {place}"), stop, wanted.get(kind, lambda: True))
        for place, kind in enumerate(kinds)
    ]
    for writer in writers:
        writer.start()
    try:
        yield writers
    finally:
        stop.set()
        for writer in writers:
            writer.join(timeout=60)
            assert not writer.is_alive(), f"{writer.name} still waits for an answer"


def everything_comes_to_its_end(running: Installation, tables: Tables) -> None:
    """No job is open and no record awaits its place. A job that was killed too often is started again by hand."""
    running.wait_until_up()
    browser = running.browser_after_kills()

    def is_quiet() -> bool:
        if tables.one(
            "SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running') AND run_at <= CURRENT_TIMESTAMP"
        ):
            return False
        unread = tables.ids("SELECT id FROM incidents_eventfile WHERE state IN ('received', 'reading')")
        for event_file_id in unread:
            gave_up = "SELECT count(*) FROM jobs_job WHERE state = 'failed' AND attempts >= max_attempts"
            assert tables.one(f"{gave_up} AND unique_key LIKE '%{event_file_id}'"), f"no job reads {event_file_id}"
            print(f"read again by hand, after workers were killed too often: {event_file_id}")
            assert browser.post(f"/events/{event_file_id}/again/", {}).status == 302
        return not unread and not tables.one("SELECT count(*) FROM ledger_entry WHERE position IS NULL")

    if not wait_until(is_quiet, QUIET_SECONDS, every=0.5):
        left = tables.rows("SELECT id, state, attempts, note, error FROM jobs_job WHERE state <> 'done'")
        pytest.fail(f"after {QUIET_SECONDS} s of quiet these jobs are left: {left}\n{running.log.read_text()[-5000:]}")


def the_ledger_verifies(home: Path, url: str, checkpoints: list[str], folder: Path) -> None:
    """By the command, and with every checkpoint that was seen between the kills on its history."""
    assert checkpoints
    arguments: list[str] = []
    for place, note in enumerate(checkpoints):
        path = folder / f"{place}.checkpoint"
        path.write_text(note)
        arguments += ["--checkpoint", str(path)]
    verified = run(home, "ledger", "verify", *arguments, database_url=url, timeout=300)
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation at which nobody works, and which each test leaves up."""
    with installation(tmp_path_factory.mktemp("idle") / "home") as running:
        yield running


def test_a_web_server_killed_with_its_supervisor_leaves_no_server_behind(idle: Installation) -> None:
    for victim in idle.descendants()["web"]:
        os.kill(victim, signal.SIGKILL)
    killed_whole(idle)
    idle.start_again()
    idle.wait_until_up()


def test_a_killed_supervisor_takes_everything_with_it_even_what_is_coming_up(idle: Installation) -> None:
    for seconds in (0.3, 1.0, 2.0, 4.0):
        killed_whole(idle)
        idle.start_again()
        time.sleep(seconds)
    idle.wait_until_up()


def killed_whole(running: Installation) -> None:
    """The supervisor is killed, and everything below it ends."""
    running.process.kill()
    running.process.wait()
    assert wait_until(lambda: not processes_of(running.home), 40, every=0.1), processes_of(running.home)
