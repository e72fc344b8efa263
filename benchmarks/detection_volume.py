"""Measure matching alone, on Arrow tables of many events: all Windows rules, one core, fresh events in every pass.

    python benchmarks/detection_volume.py [RULES [EVENTS]] [--count 100000] [--mix recorded|endpoint|processes]

RULES is a folder of Sigma rules, EVENTS one of .evtx files; without them, the rules that ship along and the made-up
working day are taken. The volume is made of the real events: drawn with replacement, and in 40 % of the command lines,
paths, scripts and other long fields the numbers (or, where there are none, one word) are changed at random. Each
pass gets a volume of its own, so nothing is remembered of it; volumes of other seeds go before, in which plans are made
and the engine learns which texts are rare, as it does wherever it runs.

Printed: the mix of events, the time to load the rules (from YAML and from the cache), then per way of cutting the
events into batches events per second of CPU and of wall time, the median of the passes, and for batches of 1,000
the 50th and 99th percentile of a batch's time. Last, the same bytes in one Hyperscan pass that seeks what the
engine's plans seek and does nothing with it: the physical limit.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from burgrave.engines.detection import Engine, EventSource, RuleSet, compile_rules, load_rules
from burgrave.engines.detection.columns import buffers
from burgrave.engines.detection.expressions import Kind
from burgrave.engines.detection.literals import literals_of
from burgrave.engines.events import Event, batches, read_events
from burgrave.engines.events.sources import source_of
from burgrave.sample.rules.events import workday

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Tables = list[tuple[EventSource, Any]]
SHIPPED = Path(__file__).resolve().parent.parent / "src" / "burgrave" / "incidents" / "sigma_rules"
PROCESSES = {("Microsoft-Windows-Sysmon/Operational", "1"), ("Security", "4688")}
BUSY = {("Microsoft-Windows-Sysmon/Operational", event_id) for event_id in ("7", "10", "12")}
ENDPOINT = (0.70, 0.003)  # image loads, process accesses and registry keys; process creation; all others share the rest
VARIED = (
    "CommandLine",
    "ParentCommandLine",
    "TargetFilename",
    "TargetObject",
    "Details",
    "ScriptBlockText",
    "Payload",
    "ContextInfo",
    "RelativeTargetName",
    "QueryName",
    "ServiceFileName",
    "ImagePath",
    "TaskContent",
    "Data",
    "CallTrace",
    "PipeName",
    "ObjectName",
)
SHARE_VARIED = 0.4
LEARNING = 3  # volumes that go before
NUMBER = re.compile(r"[0-9a-fA-F]{4,}|\d{2,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("rules", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("events", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--mix", choices=("recorded", "endpoint", "processes"), default="recorded")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="print where one pass spends its time")
    chosen = parser.parse_args()

    engine = loaded(chosen.rules)
    base = recorded(sorted(chosen.events.rglob("*.evtx")) if chosen.events else [working_day()])
    volumes = [volume(base, chosen.count, chosen.mix, seed) for seed in range(chosen.passes + LEARNING)]
    first, fresh = volumes[:LEARNING], volumes[LEARNING:]
    print_mix(fresh[0], chosen.mix)
    for number, each in enumerate(first, 1):
        measure(f"learning pass {number}", engine, [each])
    if chosen.profile:
        profile(engine, fresh[0])
    measure("whole tables", engine, fresh)
    measure("dictionaries", engine, [encoded(each) for each in fresh])
    measure("with fields", engine, fresh, fields=True)
    for size in (10_000, 1_000):
        measure(f"batches of {size:,}", engine, [cut(each, size) for each in fresh], batch=size)
    limit(engine, fresh[0])


def loaded(rules: Path) -> Engine:
    return compile_rules(loaded_rules(rules))


def loaded_rules(rules: Path) -> RuleSet:
    with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as folder:
        spent = []
        for _ in range(4):
            started = time.process_time()
            ruleset = load_rules([rules], kept_in=Path(folder))
            spent.append(time.process_time() - started)
    print(f"load    {len(ruleset.rules)} rules, {len(ruleset.faults)} faults: {spent[0]:.2f} CPU s from YAML, ", end="")
    print(f"{statistics.median(spent[1:]):.2f} CPU s from the cache")
    return ruleset


def working_day() -> Path:
    path = Path(tempfile.mkdtemp(prefix="burgrave-bench-")) / "workday.jsonl"
    path.write_bytes(workday(begins=datetime(2026, 3, 2, 8, tzinfo=UTC), seed=1))
    return path


def recorded(files: list[Path]) -> Tables:
    """The real events, one table for each kind."""
    read = [item for file in files for item in read_events(file) if isinstance(item, Event)]
    parts: defaultdict[EventSource, list[Any]] = defaultdict(list)
    for batch in batches(read, size=len(read)):
        names = [name for name in batch.table.column_names if not name.startswith("_")]
        parts[source_of(batch)].append(batch.table.select(names))
    merged = {source: pa.concat_tables(tables, promote_options="default") for source, tables in parts.items()}
    return [(source, table.combine_chunks()) for source, table in merged.items()]


def volume(base: Tables, count: int, mix: str, seed: int) -> Tables:
    """About ``count`` events, drawn from the recorded ones and varied."""
    rng = np.random.default_rng(seed)
    made: Tables = []
    for source, table in base:
        rows = round(count * share(source, table, base, mix))
        if rows:
            drawn = table.take(pa.array(rng.integers(0, table.num_rows, rows))).combine_chunks()
            made.append((source, varied(drawn, rng)))
    return made


def share(source: EventSource, table: Any, base: Tables, mix: str) -> float:
    group = group_of(source)
    size = sum(each.num_rows for other, each in base if mix == "recorded" or group_of(other) == group)
    if mix == "processes":
        return table.num_rows / size if group == "processes" else 0.0
    if mix == "endpoint":
        busy, processes = ENDPOINT
        weights = {"busy": busy, "processes": processes, "others": 1 - busy - processes}
        return float(table.num_rows / size * weights[group])
    return float(table.num_rows / size)


def group_of(source: EventSource) -> str:
    kind = (source.channel, source.event_id)
    return "busy" if kind in BUSY else "processes" if kind in PROCESSES else "others"


def varied(table: Any, rng: np.random.Generator) -> Any:
    for place, name in enumerate(table.column_names):
        if name not in VARIED:
            continue
        texts = table.column(name).to_pylist()
        for row in np.flatnonzero(rng.random(len(texts)) < SHARE_VARIED).tolist():
            if texts[row]:
                texts[row] = changed(texts[row], rng)
        table = table.set_column(place, name, pa.array(texts, pa.string()))
    return table


def changed(text: str, rng: np.random.Generator) -> str:
    head = NUMBER.sub(lambda found: other_number(found.group(), rng), text[:2000])
    if head != text[:2000] or len(text) <= 8:
        return head + text[2000:]
    at = text.find(" ", len(text) // 3)
    at = text.find("\\", 3) if at < 0 else at
    return text if at <= 0 else f"{text[: at + 1]}t{rng.integers(1 << 24):06x}{text[at:]}"


def other_number(text: str, rng: np.random.Generator) -> str:
    if text.isdecimal():
        return str(int(rng.integers(10 ** min(len(text), 18)))).zfill(len(text))
    return f"{rng.integers(1 << 62):0{len(text)}x}"[-len(text) :] if any(map(str.isdecimal, text)) else text


def encoded(tables: Tables) -> Tables:
    """The same tables with dictionaries, as Parquet gives them."""
    return [
        (source, pa.table({name: table.column(name).dictionary_encode() for name in table.column_names}))
        for source, table in tables
    ]


def cut(tables: Tables, size: int) -> Tables:
    """The same events in windows of ``size`` events of all kinds, each window one table per kind."""
    count = sum(table.num_rows for _, table in tables)
    windows = max(1, count // size)
    return [
        (source, table.slice(table.num_rows * window // windows, rows))
        for window in range(windows)
        for source, table in tables
        if (rows := table.num_rows * (window + 1) // windows - table.num_rows * window // windows)
    ]


def print_mix(tables: Tables, mix: str) -> None:
    count = sum(table.num_rows for _, table in tables)
    print(f"mix     {mix}: {count:,} events of {len(tables)} kinds, {sum(t.nbytes for _, t in tables) / 1e6:,.0f} MB")
    kinds = Counter({f"{source.channel or source.provider} {source.event_id}": t.num_rows for source, t in tables})
    for name, rows in kinds.most_common(8):
        print(f"        {rows / count:6.1%} {name}")
    texts = pa.chunked_array(
        [chunk for _, table in tables if "CommandLine" in table.column_names for chunk in table["CommandLine"].chunks],
        pa.string(),
    ).drop_null()
    if len(texts):
        print(f"        of {len(texts):,} command lines {len(texts.unique()) / len(texts):.0%} differ")


def measure(what: str, engine: Engine, volumes: list[Tables], *, batch: int = 0, fields: bool = False) -> float:
    found, cpu, wall, each = 0, [], [], []
    for tables in volumes:
        found, spent, passed, parts = once(engine, tables, fields=fields)
        count = sum(table.num_rows for _, table in tables)
        cpu.append(count / spent)
        wall.append(count / passed)
        each.extend(parts)
    line = f"{what:18}{statistics.median(cpu):>12,.0f} events/CPU s {statistics.median(wall):>12,.0f} events/wall s"
    if batch:
        sums = windows_of(each, batch, volumes)
        line += f"  batch p50 {np.percentile(sums, 50) * 1e3:.1f} ms, p99 {np.percentile(sums, 99) * 1e3:.1f} ms"
    print(f"{line}  ({len(volumes)} passes, {found:,} matches)", flush=True)
    return statistics.median(cpu)


def windows_of(parts: list[float], size: int, volumes: list[Tables]) -> NDArray[np.float64]:
    """The CPU time of each window, from that of its tables."""
    sums, rows, at, total = [], 0, 0, 0.0
    for tables in volumes:
        for _, table in tables:
            rows += table.num_rows
            total += parts[at]
            at += 1
            if rows >= size:
                sums.append(total)
                rows, total = 0, 0.0
    return np.array(sums or [total])


def once(engine: Engine, tables: Tables, *, fields: bool) -> tuple[int, float, float, list[float]]:
    found, parts = 0, []
    cpu, wall = time.process_time(), time.perf_counter()
    for source, table in tables:
        started = time.process_time()
        if fields:
            found += len(engine.match(table, source=source))
        else:
            found += sum(len(rows) for _, rows in engine.hits(table, source=source))
        parts.append(time.process_time() - started)
    return found, time.process_time() - cpu, time.perf_counter() - wall, parts


def profile(engine: Engine, tables: Tables) -> None:
    kinds: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for source, table in tables:
        started = time.process_time()
        engine.hits(table, source=source)
        name = f"{source.channel or source.provider} {source.event_id}"
        kinds[name] += time.process_time() - started  # type: ignore[assignment]  # seconds
        rows[name] += table.num_rows
    for name, seconds in kinds.most_common(10):
        print(f"        {seconds:6.2f} CPU s {rows[name] / seconds:>12,.0f} events/CPU s  {name}")


def limit(engine: Engine, tables: Tables) -> float:
    """One Hyperscan pass over every byte of the columns that the plans seek in, for the texts that they seek."""
    try:
        hyperscan = import_module("hyperscan")
    except ImportError:
        print("limit   not measured: Hyperscan is not installed")
        return float("nan")
    passes = [each for source, table in tables for each in sought(engine, source, table, hyperscan)]
    count = sum(table.num_rows for _, table in tables)
    for _ in range(2):
        started = time.process_time()
        for database, data in passes:
            database.scan(data.data, match_event_handler=lambda *_: None)
        spent = time.process_time() - started
    total = sum(len(data) for _, data in passes)
    print(f"limit             {count / spent:>12,.0f} events/CPU s in one pass over {total / 1e6:,.0f} MB of columns")
    return count / spent


def sought(engine: Engine, source: EventSource, table: Any, hyperscan: Any) -> Iterator[tuple[Any, NDArray[np.uint8]]]:
    by_field: defaultdict[str, set[bytes]] = defaultdict(set)
    for test in engine.anchors(source):
        if test.field in table.column_names and test.kind is not Kind.EQUALS:
            by_field[str(test.field)].update(literal.encode() for literal in literals_of(test))
    for name, literals in by_field.items():
        texts = sorted(literal for literal in literals if b"\0" not in literal)
        column = table.column(name).combine_chunks()
        offsets, data = buffers(column.chunk(0) if isinstance(column, pa.ChunkedArray) else column)
        if not texts or offsets[0] == offsets[-1]:
            continue
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = [hyperscan.HS_FLAG_CASELESS] * len(texts)
        database.compile(expressions=texts, ids=list(range(len(texts))), elements=len(texts), flags=flags, literal=True)
        yield database, data[offsets[0] : offsets[-1]]


if __name__ == "__main__":
    main()
