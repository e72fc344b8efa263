"""Batches a second that stand on disk before they are acknowledged, beside bare syncs of the same disk.

.venv/bin/python benchmarks/spool.py [folder]
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

from burgrave.engines import spool

SECONDS = 4.0
PAYLOAD = b'{"EventID": 4688, "CommandLine": "whoami /all"}\n' * 20


def syncs(folder: Path) -> float:
    """How often a second a small write is synced, one after the other: the limit of the disk for one writer."""
    count, end = 0, time.monotonic() + SECONDS / 2
    with (folder / "bare").open("wb") as file:
        while time.monotonic() < end:
            file.write(PAYLOAD)
            file.flush()
            os.fsync(file.fileno())
            count += 1
    return count / (SECONDS / 2)


def appended(folder: Path, threads: int) -> float:
    """Batches a second of so many threads that each wait for their own."""
    counts, end = [0] * threads, time.monotonic() + SECONDS
    closing = spool.Closing(close_at_ms=10**13)

    def send(number: int) -> None:
        while time.monotonic() < end:
            frame = spool.Frame(payload=PAYLOAD, at_ms=int(time.time() * 1_000))
            spool.append(folder, "json", frame, closing=closing, new_id=uuid.uuid4)
            counts[number] += 1

    running = [threading.Thread(target=send, args=(number,)) for number in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    return sum(counts) / SECONDS


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        bare = syncs(Path(name))
        print(f"bare syncs: {bare:.0f} a second; batches of {len(PAYLOAD):,} bytes; load {os.getloadavg()[0]:.1f}")
        for threads in (1, 8, 32):
            rate = appended(Path(name), threads)
            print(f"{threads:>3} senders: {rate:,.0f} batches a second, {rate / bare:.1f} for each bare sync")


main()
