"""How many records per second become durable, signed and provable, beside a plain hash chain on the same database.

Usage: PYTHONPATH=src python benchmarks/ledger.py [SECONDS_PER_ROW]

What counts: an entry counts once the commit that stored it has returned, with ``synchronous=FULL`` on SQLite and
``synchronous_commit=on`` on PostgreSQL, so after the disk said that it holds it. Writers bring batches of 100. With
*1 writer* each batch has a commit of its own; with *16* or *64* the batches of so many waiting writers share one
commit and one checkpoint, and all of them are acknowledged after it.

*full*: two ids, a count, a subject and a sealed text with its opening. *bare*: two ids and a count. Both through
`write_all` and `seal`: leaf, commitment, row, indexes, subjects, openings, tiles, one Ed25519 checkpoint, and the
checkpoint kept beside the database. *requests*: the same records appended as requests do it, one transaction for each
writer's batch, then sealed. *chain*: rows of (position, entry, SHA-256 of the previous hash and the entry) with the
leaves of *full*, same commits; it has no index, no subjects, nothing erasable, and shows nothing about a cut end.

*per request*: a transaction that changes one row, beside the same transaction that also appends one record; the median
of pairs taken in turn. ``DATABASE_URL`` names PostgreSQL instead of SQLite. CPU time is that of this process alone.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, cycle
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from typing import ClassVar
from uuid import UUID, uuid4

HOME = tempfile.mkdtemp(prefix="burgrave-bench-")
os.environ["BURGRAVE_HOME"] = HOME

from burgrave.site import boot  # noqa: E402 - the state directory is named first

boot.boot()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from burgrave.custody import commands as custody  # noqa: E402
from burgrave.custody import queries as keys  # noqa: E402
from burgrave.ledger import commands as ledger  # noqa: E402
from burgrave.ledger import queries  # noqa: E402
from burgrave.ledger.terms import Record, Sealed  # noqa: E402
from burgrave.web.terms import system_actor  # noqa: E402

BATCH = 100
WRITERS = (1, 16, 64)
ACTOR = system_actor()
POOL = 6_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Record):
    """A record like most: two ids, a count, one sealed text."""

    kind: ClassVar[str] = "benchmark.measured"
    one_id: UUID
    other_id: UUID
    count: int
    remark: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (f"benchmark.thing:{self.one_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare(Record):
    """A record with nothing to erase and nothing to be found by."""

    kind: ClassVar[str] = "benchmark.bare"
    one_id: UUID
    other_id: UUID
    count: int

    def subjects(self) -> tuple[str, ...]:
        return ()


def records(count: int) -> list[Measured]:
    return [
        Measured(one_id=uuid4(), other_id=uuid4(), count=each, remark=Sealed("a few words")) for each in range(count)
    ]


def bare(count: int) -> list[Bare]:
    return [Bare(one_id=uuid4(), other_id=uuid4(), count=each) for each in range(count)]


Batches = Sequence[Sequence[Record]]


def at_once(batches: Batches) -> None:
    """Every batch is encoded as its writer would, then all share one commit."""
    now = timezone.now()
    written = [ledger.write_all(batch, actor=ACTOR, at=now) for batch in batches]
    custody.seal(now=timezone.now(), fresh=[*chain.from_iterable(written)])


def as_requests(batches: Batches) -> None:
    for batch in batches:
        with transaction.atomic():
            ledger.append_all(batch, actor=ACTOR, at=timezone.now())
    custody.seal(now=timezone.now(), limit=BATCH * len(batches))


class Request:
    """What a request does to the database: one changed row, and one record of it or none."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_row")
            cursor.execute("CREATE TABLE bench_row (id bigint PRIMARY KEY, value bigint)")
            cursor.execute("INSERT INTO bench_row VALUES (1, 0)")

    def __call__(self, *, appends: bool) -> tuple[float, float]:
        """Milliseconds until the commit begins, and until it has ended."""
        (record,) = records(1)
        began = time.perf_counter()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("UPDATE bench_row SET value = value + 1 WHERE id = 1")
            if appends:
                ledger.append(record, actor=ACTOR, at=timezone.now())
            before_commit = time.perf_counter()
        return (before_commit - began) * 1000, (time.perf_counter() - began) * 1000


def print_request(times: int) -> None:
    request = Request()
    pairs = [(request(appends=False), request(appends=True)) for _ in range(times)][times // 10 :]
    for place, name in enumerate(("before the commit", "with the commit")):
        plain, recorded = (median(pair[side][place] for pair in pairs) for side in (0, 1))
        print(f"per request, {name}: {plain:.3f} ms, with one record {recorded:.3f} ms, {recorded - plain:+.3f} ms")


class Chain:
    """What many programs call tamper-evident."""

    def __init__(self) -> None:
        binary = "bytea" if connection.vendor == "postgresql" else "blob"
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_chain")
            cursor.execute(f"CREATE TABLE bench_chain (position bigint PRIMARY KEY, entry {binary}, hash {binary})")
        self.position, self.last = 0, bytes(32)

    def __call__(self, batches: Batches) -> None:
        rows = []
        for batch in batches:
            for written in ledger.write_all(batch, actor=ACTOR, at=timezone.now()):
                self.last = sha256(self.last + written.leaf).digest()
                rows.append((self.position, written.leaf, self.last))
                self.position += 1
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO bench_chain VALUES (%s, %s, %s)", rows)


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    cpu_microseconds: float
    entries: int


def rate(step: Callable[[Batches], None], pool: Sequence[Record], *, writers: int, seconds: float) -> Rate:
    """Entries per second after one warm-up step. The records are made before, and again and again appended."""
    size = BATCH * writers
    steps = [
        [pool[start + first : start + first + BATCH] for first in range(0, size, BATCH)]
        for start in range(0, len(pool) - size + 1, size)
    ]
    step(steps[0])
    done, began, cpu = 0, time.perf_counter(), time.process_time()
    for batches in cycle(steps):
        step(batches)
        done += size
        if (spent := time.perf_counter() - began) >= seconds:
            break
    return Rate(done / spent, (time.process_time() - cpu) / done * 1e6, done)


def fsyncs_per_second(seconds: float) -> float:
    """How often a second this disk says that 4 KiB are on it."""
    done, began = 0, time.perf_counter()
    with (Path(HOME) / "fsync").open("wb", buffering=0) as file:
        while (spent := time.perf_counter() - began) < seconds:
            file.write(bytes(4096))
            os.fsync(file.fileno())
            done += 1
    return done / spent


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    boot.migrate()
    custody.ensure_log_key(home=Path(HOME), passphrase=None)
    syncs = fsyncs_per_second(min(seconds, 2))
    print(f"database: {connection.vendor}; {seconds:g} s per figure; load average {os.getloadavg()[0]:.1f}")
    print(
        f"disk: {syncs:,.0f} fsync/s, so at most {syncs * BATCH:,.0f} entries/s when each batch of {BATCH} has its own"
    )
    kinds: tuple[tuple[str, Callable[[Batches], None], Sequence[Record]], ...] = (
        ("full", at_once, records(POOL)),
        ("bare", at_once, bare(POOL)),
        ("requests", as_requests, records(POOL)),
        ("chain", Chain(), records(POOL)),
    )
    print(f"{'writers':>8} {'what':>9} {'entries/s':>10} {'us CPU each':>12} {'of chain':>9} {'entries':>9}")
    for writers in WRITERS:
        found = {name: rate(step, pool, writers=writers, seconds=seconds) for name, step, pool in kinds}
        for name, each in found.items():
            share = each.per_second / found["chain"].per_second
            print(
                f"{writers:>8} {name:>9} {each.per_second:>10,.0f} {each.cpu_microseconds:>12.1f} {share:>9.2f}"
                f" {each.entries:>9,}"
            )
    print_request(500)
    print_verification()


def print_verification() -> None:
    custody.seal_all(now=timezone.now())
    before = getrusage(RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    verified = queries.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints())
    spent = time.perf_counter() - began
    grown = (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"verify: {verified.size:,} records, {verified.checkpoints:,} checkpoints, {verified.openings:,} openings in "
        f"{spent:.1f} s: {verified.size / spent:,.0f} records/s; the peak of memory rose by {grown:.0f} MiB"
    )


if __name__ == "__main__":
    try:
        main()
    finally:
        connection.close()
        shutil.rmtree(HOME, ignore_errors=True)
