"""A worker is killed while it writes what a file says: nothing of it is done, and the next one does all of it once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from live import prepare

BEGIN = """
from burgrave.site import boot
boot.boot()
"""
PREPARE = (
    BEGIN
    + """
boot.migrate()
from datetime import timedelta
from django.utils import timezone
from burgrave.imports import commands, queries
from burgrave.imports.tests.house import stored, work
from burgrave.people import commands as people, queries as persons
now = timezone.now()
made = people.set_up(
    organisation="Nordhafen", email="ada@example.org", name="Ada", password="violet-harbour-42", now=now
)
actor = persons.actor_of(made.person_id, now)
rows = "".join(f"H{each},Host {each},system,Nordhafen,low,{f'H{each - 1}' if each else ''}\\n" for each in range(200))
content = ("reference,name,type,unit,availability,runs_on\\n" + rows).encode()
brought = commands.receive_file(stored(content), name="hosts.csv", target="assets", actor=actor, now=now)
commands.start_check(brought, actor=actor, now=now)
work()
found = queries.one(brought, actor=actor).row
assert found.state == "ready", found
commands.start_apply(brought, version=found.version, actor=actor, now=timezone.now())
"""
)
APPLY = (
    BEGIN
    + """
import sys, time
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from burgrave.jobs import commands as jobs
from burgrave.site.wiring import JOBS

def slowly(execute, sql, params, many, context):
    done = execute(sql, params, many, context)
    if sql.startswith(sys.argv[1]):
        print("here", flush=True)
        time.sleep(600)
    return done

with connection.execute_wrapper(slowly):
    # Each attempt comes an hour after the one before, when the lease of that one has run out.
    hours = timedelta(hours=int(sys.argv[2]))
    while jobs.run_next(JOBS, worker="killed", clock=lambda: timezone.now() + hours) is not None:
        pass
"""
)
FINISH = (
    BEGIN
    + """
from datetime import timedelta
from django.utils import timezone
from burgrave.jobs import commands as jobs
from burgrave.site.wiring import JOBS
while jobs.run_next(JOBS, worker="next", clock=lambda: timezone.now() + timedelta(hours=9)) is not None:
    pass
"""
)
MOMENTS = ("INSERT INTO assets_asset", 'INSERT INTO "imports_touched"')
COUNTS = """SELECT state,
    (SELECT count(*) FROM assets_asset), (SELECT count(*) FROM assets_dependency),
    (SELECT count(*) FROM imports_touched),
    (SELECT coalesce(sum("count"), 0) FROM ledger_entry WHERE kind = 'assets.asset_added'),
    (SELECT count(*) FROM ledger_entry WHERE kind = 'imports.file_applied')
    FROM imports_import"""


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="processes of their own on a database of their own")
def test_a_worker_that_is_killed_while_it_writes_has_imported_nothing_and_the_next_one_imports_all(
    tmp_path: Path,
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"BURGRAVE_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "burgrave.site.settings"}

    def run(script: str) -> None:
        subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=300)

    def counts() -> tuple[str | int, ...]:
        with closing(sqlite3.connect(tmp_path / "burgrave.sqlite3")) as database:
            found: tuple[str | int, ...] = database.execute(COUNTS).fetchone()
            return found

    prepare(tmp_path)
    run(PREPARE)
    for hours, moment in enumerate(MOMENTS):
        with subprocess.Popen(
            [sys.executable, "-c", APPLY, moment, str(hours)], env=environment, stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline().strip() == "here", moment
            worker.send_signal(signal.SIGKILL)
        assert counts() == ("applying", 0, 0, 0, 0, 0), moment
    run(FINISH)
    assert counts() == ("applied", 200, 199, 200, 200, 1)
