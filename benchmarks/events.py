"""What it costs to keep a million events and to hunt in them, beside plain scans of the same files.

Usage: python benchmarks/events.py [EVENTS]

Events of four kinds (process creations, network connections, logons, registry values) are made by varying hosts,
people, commands, addresses and times. Printed: events a second of one core for rows, writing and compaction; the bytes
of an event in the store; and for each hunt the seconds of wall clock and of this process (other work on the machine
counts in the first alone), each the median of three, beside the least that DuckDB needs to read the same columns.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from burgrave.engines.events import Event, windows
from burgrave.engines.eventstore import HUNTED, EventStore, Gathering, compact, kind_of, narrow, part_name
from burgrave.engines.hunting import asking, running, sources
from burgrave.engines.hunting.exporting import exported
from burgrave.engines.hunting.running import Hunt
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.terms import Extent, Range

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SYSMON = "Microsoft-Windows-Sysmon/Operational"
LIMITS = HuntLimits(seconds=60, memory_mb=1_024)
HUNTS = {
    "everything": "",
    "one host": "host.name:ws-0007.example.org",
    "a program by its end": r"process.executable:*\powershell.exe",
    "an original field": "LogonType:10",
    "a word in the record": "invoke-mimikatz",
    "a word in many records": "tool",
    "a rare command": "process.command_line:*mimikatz* AND NOT user.name:u0001",
}


def made(count: int) -> Iterator[Event]:
    """So many events, the same each time."""
    draw = random.Random(1)
    programs = [
        rf"C:\Windows\System32\{name}.exe" for name in ("svchost", "cmd", "powershell", "rundll32", "taskhostw")
    ]
    for number in range(count):
        host, user = f"ws-{draw.randrange(500):04}.example.org", f"u{draw.randrange(2_000):04}"
        at = BEGIN + timedelta(seconds=number * 2)
        chance = draw.random()
        if chance < 0.4:
            command = f"-enc {draw.randrange(10**9):x}" if draw.random() > 0.0001 else "Invoke-Mimikatz -DumpCreds"
            fields = {
                "Image": draw.choice(programs),
                "CommandLine": f"tool.exe {command}",
                "ParentImage": draw.choice(programs),
                "User": f"CORP\\{user}",
                "ProcessId": str(draw.randrange(65_536)),
                "ProcessGuid": f"{{{draw.randrange(2**64):032x}}}",
                "Hashes": f"SHA256={draw.randrange(400):064x}",
            }
            channel, code = SYSMON, "1"
        elif chance < 0.7:
            fields = {
                "Image": draw.choice(programs),
                "DestinationIp": f"10.{draw.randrange(8)}.{draw.randrange(256)}.{draw.randrange(256)}",
                "DestinationPort": draw.choice(["443", "80", "445", "3389"]),
                "User": f"CORP\\{user}",
            }
            channel, code = SYSMON, "3"
        elif chance < 0.9:
            fields = {
                "TargetUserName": user,
                "LogonType": draw.choice(["2", "3", "3", "3", "10"]),
                "IpAddress": "10.0.0.7",
            }
            channel, code = "Security", "4624"
        else:
            fields = {"Image": draw.choice(programs), "TargetObject": rf"HKLM\Software\{draw.randrange(5_000)}"}
            channel, code = SYSMON, "13"
        all_fields = {"EventID": code, "Channel": channel, "Computer": host, **fields}
        yield Event("x", str(number), at, channel, code, "P", host, all_fields, raw=json.dumps(all_fields))


def kept(store: EventStore, count: int) -> tuple[Sources, dict[str, float]]:
    """The events in the store, compacted, and the seconds that each step took of this process's time."""
    numbers = itertools.count()
    gathering = Gathering(store=store, name=lambda kind: part_name("u", kind, token=f"{next(numbers):08}"))
    parts, heard, place = [], {}, 0
    spent = {"rows": 0.0, "write": 0.0, "compact": 0.0}
    for window in windows(made(count), size=5_000):
        begun = time.process_time()
        for batch in window:
            gathering.add(kind_of(batch), narrow(batch, unit="u", file="f", first_place=place))
        place += sum(len(batch.events) for batch in window)
        spent["rows"] += time.process_time() - begun
        begun = time.process_time()
        if gathering.is_full:
            parts += gathering.flush()
        spent["write"] += time.process_time() - begun
    parts += gathering.flush()
    for each in gathering.heard():
        heard.setdefault(each.kind.table, set()).update(each.fields)
    before = len(parts)
    begun = time.process_time()
    parts = list(compact(store, parts, name=lambda kind: part_name("u", kind, token=f"c{next(numbers):08}")))
    spent["compact"] = time.process_time() - begun
    tables: dict[str, list[str]] = {}
    for part in parts:
        tables.setdefault(part.kind.table if part.kind else "", []).append(str(store.path(part.name)))
    size = sum(part.size_bytes for part in parts)
    print(f"{count:,} events in {len(parts)} parts ({before} before compaction), {size / count:.0f} bytes an event")
    given = Sources(
        schema=str(store.schema_file()),
        columns=HUNTED,
        narrow={table: paths for table, paths in tables.items() if table},
        mixed=tables.get("", []),
        fields={table: sorted(names) for table, names in heard.items()},
    )
    return given, spent


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall clock and of this process and its children, the median of three."""
    walls, cores = [], []
    for _ in range(3):
        wall, before = time.perf_counter(), os.times()
        work()
        after = os.times()
        walls.append(time.perf_counter() - wall)
        cores.append(sum(after[:4]) - sum(before[:4]))
    return statistics.median(walls), statistics.median(cores)


def page(given: Sources, text: str) -> int:
    """What the page asks: count, course, common values and the newest fifty."""
    with Hunt(given, asking.read(text), Range(), limits=LIMITS) as hunt:
        hunt.gather(most=3_000_000)
        events, first, last = hunt.ends()
        if first and last:
            hunt.histogram(first, last)
            hunt.common(("kind", "host.name", "user.name", "process.executable", "destination.ip"), most=6)
            hunt.rows(("time", "kind", "host.name", "user.name", "process.executable", "process.command_line"), most=50)
        return events


def scan(given: Sources) -> None:
    """The least: the columns of a page are read once and counted."""
    names = ("time", "kind", "host.name", "user.name", "process.executable", "destination.ip", "process.command_line")
    counted = ", ".join(f"count({sources.name_of(name)})" for name in names)
    with sources.connect(given, LIMITS) as connection:
        connection.execute(f"SELECT {counted} FROM {sources.events(given)}").fetchall()


def file(given: Sources, text: str) -> int:
    """All that the question finds as rows of a file, from a process of its own."""
    with exported(text, given, Range(), columns=HUNTED[:24], extent=Extent.ALL, most=1_000_000, limits=LIMITS) as (
        _schema,
        batches,
    ):
        return sum(len(batch.to_pylist()) for batch in batches)


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        given, spent = kept(EventStore(Path(folder)), count)
        for name, seconds in spent.items():
            print(f"{name}: {count / seconds:,.0f} events a second of one core")
        least, least_core = timed(lambda: scan(given))
        print(f"the columns of a page read once: {least:.2f} s, {least_core:.2f} s of a core")
        for name, text in HUNTS.items():
            wall, core = timed(lambda text=text: page(given, text))
            found = page(given, text)
            print(
                f"{name} ({found:,} found): {wall:.2f} s, {core:.2f} s of a core, {core / least_core:.1f} of one read"
            )
        wall, core = timed(lambda: file(given, "tool"))
        print(f"a file of {file(given, 'tool'):,} events: {wall:.2f} s, {core:.2f} s of cores")
        sql = "SELECT \"host.name\", count(*) FROM sysmon_1 WHERE CommandLine ILIKE '%mimikatz%' GROUP BY 1"
        wall, core = timed(lambda: running.ask(sql, given, limits=LIMITS))
        print(f"SQL over one kind in a process of its own: {wall:.2f} s, {core:.2f} s of cores")


if __name__ == "__main__":
    main()
