"""Measure the end of a reading on SQLite: how long another writer waits while the alerts of one file are raised.

    python benchmarks/raising.py [EVENTS COMPUTERS]

A drawn file whose every event is matched, on so many computers, is read by the worker's own function in a database of
its own. Meanwhile another process takes the write lock again and again and lets go of it at once: what it waits is
what any other writer would. Printed are how many alerts were raised, the time of the job, the longest wait and the
longest three; and the peer: what that process waits while nobody else writes.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from burgrave.engines.blobs import Digest

EVENTS, COMPUTERS = map(int, sys.argv[1:3] or (8_000, 8_000))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAUSE_SECONDS = 0.01


def wait_for_the_lock(path: str, told: Connection) -> None:
    """Take the write lock and let go of it until told to stop; then tell every wait in seconds."""
    database = sqlite3.connect(path, timeout=3_600, isolation_level=None)
    waits: list[float] = []
    while not told.poll():
        begun = time.perf_counter()
        database.execute("BEGIN IMMEDIATE")
        waits.append(time.perf_counter() - begun)
        database.execute("ROLLBACK")
        time.sleep(PAUSE_SECONDS)
    told.send(waits)


class OtherWriter:
    """Another process that wants to write all the time."""

    def __init__(self, path: str) -> None:
        here, there = multiprocessing.get_context("spawn").Pipe()
        self._told = here
        self._process = multiprocessing.get_context("spawn").Process(target=wait_for_the_lock, args=(path, there))
        self._process.start()

    def waited(self) -> list[float]:
        """It has stopped; its waits, the longest first."""
        self._told.send("enough")
        waits: list[float] = self._told.recv()
        self._process.join()
        return sorted(waits, reverse=True)


def drawn() -> Digest:
    """The bytes of the file are in the store: an event a second, one computer after the other."""
    from burgrave.web.uploads import blob_store

    writer = blob_store().writer()
    for number in range(EVENTS):
        at = NOON - timedelta(days=1) + timedelta(seconds=number)
        record = {
            "Event": {
                "System": {
                    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                    "EventID": 1,
                    "TimeCreated": {"#attributes": {"SystemTime": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}},
                    "EventRecordID": number,
                    "Channel": "Microsoft-Windows-Sysmon/Operational",
                    "Computer": f"WS-{number % COMPUTERS}.corp",
                },
                "EventData": {
                    "Image": "C:\\Windows\\System32\\vssadmin.exe",
                    "CommandLine": "vssadmin.exe delete shadows /all /quiet",
                    "ParentImage": "C:\\Windows\\System32\\cmd.exe",
                },
            }
        }
        writer.write(json.dumps(record).encode() + b"\n")
    return writer.finish()


def say(waits: list[float], whose: str) -> None:
    longest = ", ".join(f"{each * 1000:,.0f}" for each in waits[:3])
    print(
        f"{whose}: waited {longest} ms at most (the longest three of {len(waits):,}), "
        f"{statistics.median(waits) * 1000:.2f} ms in the middle"
    )


def measure(path: str) -> None:
    from burgrave.incidents import commands, handlers, models
    from burgrave.jobs import commands as jobs
    from burgrave.people.models import Organisation, Unit
    from burgrave.web.terms import UnitId, system_actor

    unit = Unit.objects.create(name="Drawn", changed_at=NOON)
    Organisation.objects.create(name="Drawn", root=unit, set_up_at=NOON)
    commands.receive_event_file(
        drawn(), name="drawn", media_type="", unit_id=UnitId(unit.pk), actor=system_actor(), now=NOON
    )
    idle = OtherWriter(path)
    time.sleep(2)
    say(idle.waited(), "nobody else writes")
    other, begun = OtherWriter(path), time.perf_counter()
    while jobs.run_next(
        {"incidents.read_event_file": handlers.read_event_file}, worker="measured", clock=lambda: datetime.now(UTC)
    ):
        pass
    seconds = time.perf_counter() - begun
    waits = other.waited()
    file = models.EventFile.objects.get()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{file.events:,} events, {file.matches:,} matches, {file.alerts_raised:,} alerts: {file.state} in "
        f"{seconds:.1f} s, {seconds / max(file.alerts_raised, 1) * 1000:.2f} ms an alert; "
        f"load {load} on {os.cpu_count()} cores"
    )
    say(waits, "while the file is read")


def main() -> None:
    """All figures, in a state directory that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="burgrave-raising-") as home:
        os.environ |= {"BURGRAVE_HOME": home, "DJANGO_SETTINGS_MODULE": "burgrave.site.settings"}
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure(str(Path(settings.DATABASES["default"]["NAME"])))


if __name__ == "__main__":
    main()
