"""Measure how much memory `burgrave detect` takes, in a process of its own, beside the batch that it works on.

    python benchmarks/detection_memory.py [RULES [EVENTS]] [--count 400000]

The rules are read from YAML, which takes more than from a cache. Read is one large file of lines of JSON with
``--count`` events, and, where EVENTS names a folder of event logs, one log with half as many. The batch is the largest
window: its events' bytes as they stand in the file (of an event log: as it is decoded) and the columns of its tables.
What is needed to find these columns counts as memory beside it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import detection_files as files
import detection_volume as volumes
from burgrave.engines.events import Block, read_blocks, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

GOAL_MB: Final = 600
MB: Final = 1_000_000
DETECT: Final = """
import sys
from pathlib import Path
from burgrave.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print("\\n" + Path("/proc/self/status").read_text(), file=sys.stderr)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("rules", type=Path, nargs="?", default=volumes.SHIPPED)
    parser.add_argument("events", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=400_000)
    chosen = parser.parse_args()
    logs = sorted(chosen.events.rglob("*.evtx")) if chosen.events else [volumes.working_day()]
    base = volumes.recorded(logs)
    print("\n".join(memory_lines(chosen.rules, base, logs if chosen.events else [], chosen.count)))


def memory_lines(rules: Path, base: volumes.Tables, logs: list[Path], count: int) -> list[str]:
    """One line for each kind of file."""
    with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as folder:
        path = Path(folder) / "events.jsonl"
        files.written(volumes.volume(base, count, "endpoint", 600), path)
        lines = [line("lines of JSON, endpoint", rules, path)]
        if logs:
            path = files.one_log(logs, Path(folder) / "events.evtx", count=count // 2, seed=600)
            lines.append(line("an event log", rules, path))
    return lines


def line(what: str, rules: Path, path: Path) -> str:
    size, most, (events, written, columns) = path.stat().st_size, peak(rules, path), largest_window(path)
    return (
        f"most memory of detect on {what}, {size / MB:,.0f} MB: {most / MB:,.0f} MB; "
        f"beside its batch of {events:,} events, {written / MB:,.0f} MB of text and {columns / MB:,.0f} MB of columns: "
        f"{(most - written - columns) / MB:,.0f} MB (goal {GOAL_MB})"
    )


def peak(rules: Path, path: Path) -> int:
    """The most resident memory, in bytes, of a process that detects, as it says itself: what begins it is large."""
    options = ["--rules", str(rules), "--no-rule-cache", "--format", "jsonl"]
    command = [sys.executable, "-c", DETECT, "detect", *options, str(path)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    (size,) = (each.split()[1] for each in done.stderr.splitlines() if each.startswith("VmHWM:"))
    return int(size) * 1024


def largest_window(path: Path) -> tuple[int, int, int]:
    """The events of the largest window, about how many bytes of text they are, and those of its columns."""
    read = {"events": 0, "bytes": 0}

    def blocks() -> Iterator[Block]:
        for item in read_blocks(path):
            if isinstance(item, Block):
                read["events"] += item.count
                read["bytes"] += item.size_bytes
                yield item
            del item  # before the next one is read

    events = columns = 0
    for window in windows(blocks()):
        count = sum(len(each.events) for each in window)
        if count > events:
            events, columns = count, sum(each.table.nbytes for each in window)
        window.clear()
    return events, read["bytes"] * events // max(read["events"], 1), columns


if __name__ == "__main__":
    main()
