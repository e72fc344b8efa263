"""Measure every goal of detection, one line each, on the events of ``detection_volume.py`` and ``detection_files.py``.

    python benchmarks/detection_goals.py [RULES [EVENTS]] [--count 400000]

Whole tables, Parquet and lines of JSON have ``--count`` events; batches, which cost more each, a quarter of that.
Event logs are read as they were recorded, hundreds of small files, and as large files, of a quarter of ``--count``
events each, that are made of all their chunks, varied as the others are. A line
says what was measured on which mix of how many events, the median of three passes in events per second of CPU, its
share of what can at best be had on the way (one Hyperscan pass over the same bytes; orjson, the decoder of event logs
or the decoding of Parquet alone), and the goal. The CPU is as fast as what else runs on its other half lets it be:
compare lines of one run, and runs on a machine that does nothing else. What memory ``burgrave detect`` takes is that of
a process of its own, see ``detection_memory.py``.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import detection_files as files
import detection_volume as volumes
from burgrave.cli.detecting.collecting import rarely_collecting
from burgrave.engines.detection import compile_rules, load_rules
from detection_memory import memory_lines

if TYPE_CHECKING:
    from burgrave.engines.detection import Engine

PASSES = 3
SINGLY = 2_000
BATCH = 1_000
FEWER = 4  # times fewer events where each costs more
GOALS = {"endpoint": 800_000, "recorded": None, "processes": 250_000}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("rules", type=Path, nargs="?", default=volumes.SHIPPED)
    parser.add_argument("events", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=400_000)
    chosen = parser.parse_args()
    lines = loading(chosen.rules)
    logs = sorted(chosen.events.rglob("*.evtx")) if chosen.events else [volumes.working_day()]
    base = volumes.recorded(logs)
    for mix in ("endpoint", "recorded", "processes"):
        engine = compile_rules(load_rules([chosen.rules]))
        made = [volumes.volume(base, chosen.count, mix, seed) for seed in range(volumes.LEARNING + PASSES)]
        volumes.print_mix(made[-1], mix)
        with rarely_collecting():
            lines += matching(engine, mix, made)
            if mix == "processes":
                lines.append(singly(engine, made[-1]))
                continue
            lines += stored(engine, mix, made[volumes.LEARNING :])
            fewer = [volumes.volume(base, chosen.count // FEWER, mix, 100 + seed) for seed in range(PASSES)]
            lines.append(small_batches(engine, mix, fewer))
            del fewer
            lines += json_lines(engine, mix, [volumes.volume(base, chosen.count, mix, 400 + n) for n in range(PASSES)])
            if mix == "recorded" and chosen.events:
                lines += event_logs(engine, f"as recorded, {len(logs):,} files", logs)
                with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as folder:
                    paths = [Path(folder) / f"{number}.evtx" for number in range(PASSES)]
                    for seed, path in enumerate(paths):
                        files.one_log(logs, path, count=chosen.count // FEWER, seed=seed)
                    lines += varied_logs(engine, paths)
    lines += files.two_cores_lines(chosen.rules, base, chosen.count)
    lines += memory_lines(chosen.rules, base, logs if chosen.events else [], chosen.count)
    print("\n" + "\n".join(lines))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory of these measurements, which hold the events of all passes: {most:,.0f} MB")


def loading(rules: Path) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as folder:
        spent = []
        for _ in range(1 + PASSES):
            started = time.process_time()
            ruleset = load_rules([rules], kept_in=Path(folder))
            spent.append(time.process_time() - started)
    count = len(ruleset.rules)
    again = statistics.median(spent[1:])
    return [
        f"first compile of {count:,} rules: {spent[0]:.2f} CPU s (goal for 3,700: 6)",
        f"load of {count:,} rules from the cache: {again:.2f} CPU s (median of {PASSES}; goal 0.3)",
    ]


def matching(engine: Engine, mix: str, made: list[volumes.Tables]) -> list[str]:
    first, fresh = made[: volumes.LEARNING], made[volumes.LEARNING :]
    for each in first:
        volumes.measure("learning", engine, [each])
    best = Best(volumes.limit(engine, fresh[0]), "one pass")
    count = sum(table.num_rows for _, table in fresh[0])
    whole = volumes.measure("whole tables", engine, fresh)
    return [line("tables to matches", mix, count, whole, best, goal=GOALS[mix])]


def small_batches(engine: Engine, mix: str, fresh: list[volumes.Tables]) -> str:
    cut = [volumes.cut(each, BATCH) for each in fresh]
    best = Best(volumes.limit(engine, fresh[0]), "one pass")
    batched = volumes.measure(f"batches of {BATCH:,}", engine, cut, batch=BATCH)
    count = sum(table.num_rows for _, table in fresh[0])
    return line(f"batches of {BATCH:,}", mix, count, batched, best, goal=120_000)


def singly(engine: Engine, tables: volumes.Tables) -> str:
    spent = []
    for source, table in tables:
        for row in range(min(SINGLY // len(tables), table.num_rows)):
            started = time.process_time()
            engine.match(table.slice(row, 1), source=source)
            spent.append(time.process_time() - started)
    spent.sort()
    median, late = spent[len(spent) // 2] * 1e3, spent[len(spent) * 99 // 100] * 1e3
    return f"single events, {len(spent):,} processes: median {median:.2f} ms, 99 of 100 within {late:.2f} ms (goal 5)"


def stored(engine: Engine, mix: str, fresh: list[volumes.Tables]) -> list[str]:
    count = sum(table.num_rows for _, table in fresh[-1])
    with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as folder:
        kept = [files.stored(tables, Path(folder) / str(number)) for number, tables in enumerate(fresh)]
        alone = rate(count, [files.clocked(lambda f=f: [files.read(path) for _, path in f]) for f in kept])
        parquet = rate(count, [files.clocked(lambda f=f: files.from_parquet(engine, f)) for f in kept])
    return [line("Parquet to matches", mix, count, parquet, Best(alone, "Parquet alone"), goal=500_000)]


def json_lines(engine: Engine, mix: str, fresh: list[volumes.Tables]) -> list[str]:
    count = sum(table.num_rows for _, table in fresh[-1])
    with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as folder:
        paths = [Path(folder) / f"{number}.jsonl" for number in range(len(fresh))]
        for tables, path in zip(fresh, paths, strict=True):
            files.written(tables, path)
        parsed = rate(count, [files.clocked(lambda p=p: files.parsed(p)) for p in paths])
        events = rate(count, [files.clocked(lambda p=p: files.events_of(p)) for p in paths])
        matches = rate(count, [files.clocked(lambda p=p: files.from_events(engine, [p])) for p in paths])
    best = Best(parsed, "orjson alone")
    return [
        line("JSON lines to events", mix, count, events, best),
        line("JSON lines to matches", mix, count, matches, best, goal=150_000),
    ]


def varied_logs(engine: Engine, logs: list[Path]) -> list[str]:
    """As ``event_logs``, each pass with a file of its own."""
    count = files.events_of(logs[0])
    alone = rate(count, [files.clocked(lambda p=p: files.parsed_logs([p])) for p in logs])
    read = rate(count, [files.clocked(lambda p=p: files.events_of(p)) for p in logs])
    matches = rate(count, [files.clocked(lambda p=p: files.from_events(engine, [p])) for p in logs])
    best = Best(alone, "decoder alone")
    return [
        line("event logs to events", "one large file each", count, read, best),
        line("event logs to matches", "one large file each", count, matches, best, goal=100_000),
    ]


def event_logs(engine: Engine, what: str, logs: list[Path]) -> list[str]:
    count = sum(files.events_of(path) for path in logs)
    alone = rate(count, [files.clocked(lambda: files.parsed_logs(logs)) for _ in range(PASSES)])
    read = rate(count, [files.clocked(lambda: [files.events_of(path) for path in logs]) for _ in range(PASSES)])
    matches = rate(count, [files.clocked(lambda: files.from_events(engine, logs)) for _ in range(PASSES)])
    best = Best(alone, "decoder alone")
    return [
        line("event logs to events", what, count, read, best),
        line("event logs to matches", what, count, matches, best, goal=100_000),
    ]


def rate(count: int, spent: list[float]) -> float:
    return count / statistics.median(spent)


@dataclass(frozen=True)
class Best:
    """What can at best be had on the way, in events per second of CPU, and of what."""

    rate: float
    of: str


def line(what: str, mix: str, count: int, found: float, best: Best, *, goal: int | None = None) -> str:
    wanted = f" (goal {goal:,})" if goal else ""
    return (
        f"{what}, {mix}, {count:,} events: {found:,.0f} events/CPU s, median of {PASSES}; "
        f"{found / best.rate:.0%} of {best.of} ({best.rate:,.0f}){wanted}"
    )


if __name__ == "__main__":
    main()
