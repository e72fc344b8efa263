"""Measure detection from files: Parquet, JSON lines and Windows event logs to matches, one core, then two.

    python benchmarks/detection_files.py [RULES [EVENTS]] [--count 100000] [--mix recorded|endpoint|processes]

The volume is that of ``detection_volume.py``; Parquet has one file per kind of event, with dictionary pages and zstd,
and is read with dictionaries; JSON lines hold one flat object an event, in the order in which the kinds are mixed. The
event logs are read as they are, all in one run. Each way is measured in three passes after others make plans;
printed are medians of events per second of CPU, beside what can at best be had on the way: reading the same bytes and
doing nothing with them (Parquet: decoded columns; JSON: orjson alone; event logs: the parser alone). Last, the same
Parquet files by two processes at once, in wall time, against one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import statistics
import struct
import tempfile
import time
import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow.parquet as pq
from evtx import PyEvtxParser

from burgrave.cli.detecting.collecting import rarely_collecting
from burgrave.engines.detection import Engine, compile_rules, load_rules
from burgrave.engines.events import Block, Event, chunks, read_blocks, windows
from burgrave.engines.events.sources import source_of
from detection_volume import LEARNING, SHIPPED, Tables, loaded_rules, print_mix, recorded, volume, working_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from burgrave.engines.detection import EventSource

PASSES = 3
TURNS = 5
SHARE_VARIED = 0.4
WIDE_NUMBER = re.compile(rb"(?<!/\x00)(?<![0-9]\x00)(?:[0-9]\x00){4,}")  # not of a namespace's address

Files = list[tuple["EventSource", Path]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("rules", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("events", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--mix", choices=("recorded", "endpoint", "processes"), default="recorded")
    chosen = parser.parse_args()
    engine = compile_rules(loaded_rules(chosen.rules))
    logs = sorted(chosen.events.rglob("*.evtx")) if chosen.events else [working_day()]
    base = recorded(logs)
    volumes = [volume(base, chosen.count, chosen.mix, seed) for seed in range(LEARNING + PASSES)]
    print_mix(volumes[-1], chosen.mix)
    for tables in volumes[:LEARNING]:
        for source, table in tables:
            engine.hits(table, source=source)
    with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as folder:
        files = [stored(tables, Path(folder) / str(number)) for number, tables in enumerate(volumes[LEARNING:])]
        rows = sum(table.num_rows for _, table in volumes[-1])
        report("Parquet, read alone", [clocked(lambda f=f: [read(path) for _, path in f]) for f in files], rows)
        report("Parquet to matches", [clocked(lambda f=f: from_parquet(engine, f)) for f in files], rows)
        lines = [Path(folder) / f"{number}.jsonl" for number in range(PASSES)]
        for tables, path in zip(volumes[LEARNING:], lines, strict=True):
            written(tables, path)
        print(f"        {lines[0].stat().st_size / rows:,.0f} bytes an event as JSON")
        report("JSON, orjson alone", [clocked(lambda p=p: parsed(p)) for p in lines], rows)
        report("JSON to events", [clocked(lambda p=p: events_of(p)) for p in lines], rows)
        report("JSON to matches", [clocked(lambda p=p: from_events(engine, [p])) for p in lines], rows)
        if chosen.events:
            both = [clocked(lambda: from_events(engine, logs)) for _ in range(PASSES + LEARNING)]
            count = sum(table.num_rows for _, table in base)
            report("EVTX, parser alone", [clocked(lambda: parsed_logs(logs)) for _ in range(PASSES)], count)
            report("EVTX to matches", both[LEARNING:], count)
        two_cores(chosen.rules, files, rows)


def clocked(what: Callable[[], object]) -> float:
    started = time.process_time()
    what()
    return time.process_time() - started


def report(what: str, spent: list[float], rows: int) -> None:
    print(f"{what:22}{rows / statistics.median(spent):>12,.0f} events/CPU s  ({len(spent)} passes)", flush=True)


def stored(tables: Tables, folder: Path) -> Files:
    folder.mkdir()
    files = [(source, folder / f"{number}.parquet") for number, (source, _) in enumerate(tables)]
    for (_, table), (_, path) in zip(tables, files, strict=True):
        pq.write_table(table, path, compression="zstd", use_dictionary=True)
    return files


def read(path: Path) -> Any:
    names = pq.read_schema(path).names
    return pq.read_table(path, read_dictionary=names, use_threads=False)


def from_parquet(engine: Engine, files: Files) -> int:
    return sum(len(rows) for source, path in files for _, rows in engine.hits(read(path), source=source))


def written(tables: Tables, path: Path) -> None:
    """All events as flat objects, in a mixed order."""
    rng = np.random.default_rng(7)
    objects = []
    for source, table in tables:
        names = {"Channel": source.channel, "EventID": source.event_id, "Provider_Name": source.provider}
        objects.extend(
            orjson.dumps({**names, **{name: text for name, text in row.items() if text is not None}})
            for row in table.to_pylist()
        )
    with path.open("wb") as file:
        file.writelines(objects[place] + b"\n" for place in rng.permutation(len(objects)))


def parsed(path: Path) -> None:
    with path.open("rb") as file:
        for line in file:
            orjson.loads(line)


def parsed_logs(logs: list[Path]) -> int:
    return sum(1 for path in logs for _ in PyEvtxParser(str(path), number_of_threads=1).records_json())


def events_of(path: Path) -> int:
    return sum(item.count if isinstance(item, Block) else isinstance(item, Event) for item in read_blocks(path))


def from_events(engine: Engine, paths: list[Path]) -> int:
    """Matches in all files, read one after the other into common windows, as ``burgrave detect`` reads them."""

    def items() -> Iterator[Event | Block]:
        for path in paths:
            for item in read_blocks(path):
                if isinstance(item, (Event, Block)):
                    yield item
                del item  # before the next one is read

    found = 0
    with rarely_collecting():
        for window in windows(items()):
            found += sum(len(engine.match(batch.table, source=source_of(batch))) for batch in window)
            window.clear()  # before the next one is read
    return found


def one_log(logs: list[Path], path: Path, *, count: int, seed: int) -> Path:
    """All chunks of all logs in one file, again and again until there are ``count`` records, and varied."""
    parts = [log.read_bytes()[chunks.FILE_HEADER_BYTES :] for log in logs]
    cut = (part[at : at + chunks.CHUNK_BYTES] for part in parts for at in range(0, len(part), chunks.CHUNK_BYTES))
    whole = [each for each in cut if each.startswith(chunks.CHUNK_MAGIC) and len(each) == chunks.CHUNK_BYTES]
    many = [sum(isinstance(slot, chunks.Slot) for slot in slots_of(each)) for each in whole]
    rng = np.random.default_rng(seed)
    written = records = 0
    with path.open("wb") as file:
        file.write(chunks.file_header(1))
        while records < count:
            for chunk, there in zip(whole, many, strict=True):
                file.write(varied_chunk(chunk, rng))
                written, records = written + 1, records + there
                if records >= count:
                    break
        header = bytearray(chunks.file_header(1))
        struct.pack_into("<H", header, 42, written % 65_536)
        struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
        file.seek(0)
        file.write(header)
    return path


def slots_of(chunk: bytes) -> list[chunks.Slot | chunks.Gap]:
    return list(chunks.walk(chunk, chunks.end_of_records(chunk)))


def varied_chunk(chunk: bytes, rng: np.random.Generator) -> bytes:
    """In 40 % of the records the numbers in texts (four digits or more, UTF-16) are others."""
    made = bytearray(chunk)
    for slot in slots_of(chunk):
        if isinstance(slot, chunks.Slot) and rng.random() < SHARE_VARIED:
            for found in WIDE_NUMBER.finditer(chunk, slot.offset + chunks.RECORD_HEADER_BYTES, slot.offset + slot.size):
                digits = rng.integers(ord("0"), ord("9"), len(found.group()) // 2, endpoint=True)
                made[found.start() : found.end() : 2] = digits.astype(np.uint8).tobytes()
    end = chunks.end_of_records(chunk) or chunks.CHUNK_BYTES
    struct.pack_into("<I", made, 52, zlib.crc32(made[chunks.RECORDS_START : end]))
    struct.pack_into("<I", made, 124, zlib.crc32(made[:120] + made[128 : chunks.RECORDS_START]))
    return bytes(made)


def two_cores_lines(rules: Path, base: Tables, count: int) -> list[str]:
    """Parquet, and lines of JSON, by two processes against one, as lines of ``detection_goals.py``.

    Beside each stands what the machine gives two processes that only read the same: Arrow's Parquet, and orjson.
    """
    made = [volume(base, count, "endpoint", 200 + seed) for seed in range(PASSES)]
    with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as folder:
        kept = [stored(tables, Path(folder) / str(number)) for number, tables in enumerate(made)]
        rows = sum(table.num_rows for _, table in made[0])
        parquet = two_cores(rules, kept, rows), two_cores(None, kept, rows)
        paths = [Path(folder) / f"{number}.jsonl" for number in range(PASSES)]
        for tables, path in zip(made, paths, strict=True):
            written(tables, path)
        lines = two_cores(rules, paths, rows), two_cores(None, paths, rows)
    return [
        f"two processes against one, {what}, endpoint, {PASSES} passes of {count:,}: {ratio:.2f} : 1; "
        f"{ratio / alone:.0%} of what reading alone gains ({alone:.2f}) (goal 1.8)"
        for what, (ratio, alone) in (("Parquet", parquet), ("JSON lines", lines))
    ]


def two_cores(rules: Path | None, files: list[Files] | list[Path], rows: int) -> float:
    """The passes shared out among processes that have made their plans before the clock starts; how much faster.

    Without rules the files are read, and nothing is done with them. One process and two take turns, and what counts is
    the median of the turns: other guests of the same machine come and go within a turn or two.
    """
    teams = [Team(rules, files, workers) for workers in (1, 2)]
    turns = [[team.turn() for team in teams] for _ in range(TURNS)]
    for team in teams:
        team.end()
    count = 2 * len(files) * rows
    for one, two in turns:
        print(f"one process {count / one:,.0f} events/wall s, two {count / two:,.0f}, ratio {one / two:.2f} : 1")
    return statistics.median(one / two for one, two in turns)


class Team:
    """Processes that share out the files among them, each of them twice in a turn."""

    def __init__(self, rules: Path | None, files: list[Files] | list[Path], workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._begin, self._done = (context.Barrier(workers + 1) for _ in range(2))
        shares = [[*files, *files][place::workers] for place in range(workers)]
        self._processes = [
            context.Process(target=work, args=(rules, share, self._begin, self._done)) for share in shares
        ]
        for process in self._processes:
            process.start()
        self._done.wait()

    def turn(self) -> float:
        """The seconds that a turn takes."""
        self._begin.wait()
        started = time.perf_counter()
        self._done.wait()
        return time.perf_counter() - started

    def end(self) -> None:
        for process in self._processes:
            process.join()


def work(rules: Path | None, files: list[Files | Path], begin: Any, done: Any) -> None:
    read_one = read_alone if rules is None else partial(matches_in, compile_rules(load_rules([rules])))
    for each in files:
        read_one(each)
    done.wait()
    for _ in range(TURNS):
        begin.wait()
        for each in files:
            read_one(each)
        done.wait()


def matches_in(engine: Engine, what: Files | Path) -> None:
    if isinstance(what, Path):
        from_events(engine, [what])
    else:
        from_parquet(engine, what)


def read_alone(what: Files | Path) -> None:
    if isinstance(what, Path):
        parsed(what)
        return
    for _, path in what:
        read(path)


if __name__ == "__main__":
    main()
