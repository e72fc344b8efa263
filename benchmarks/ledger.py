"""How many records per second become durable, signed and provable, beside a plain hash chain on the same database.

Usage: PYTHONPATH=src python benchmarks/ledger.py [SECONDS_PER_ROW]

What counts: an entry counts once the commit that stored it has returned, with ``synchronous=FULL`` on SQLite and
``synchronous_commit=on`` on PostgreSQL, so after the disk said that it holds it. Writers bring batches of 100. With
*1 writer* each batch has a commit of its own; with *16* or *64* the batches of so many waiting writers share one
commit and one checkpoint, and all of them are acknowledged after it.

Every record has two ids and a count, a subject and a sealed text with its opening, and becomes a leaf, a commitment, an
opening, index entries, tiles and an Ed25519 checkpoint, which is kept beside the database as well:

- *sheaves*: `bind_all` and `seal`: records of a batch share a row. *bare sheaves*: the same without subject and text.
- *sealing*: the same, once the writers have made the leaves (which they do in processes of their own): the clock runs
  for `seal` alone.
- *single*: `write_all` and `seal`: each record has a row of its own.
- *bulk requests* and *requests*: appended as requests do it (`append_bulk`, `append_all`), one transaction for each
  writer's batch, then sealed.

What they are measured by, with the same leaves and the same commits:

- *chain*: rows of (position, entry, SHA-256 of the previous hash and the entry); it has no index, no subjects, nothing
  erasable, and shows nothing about a cut end.
- *rows*: nothing but rows of (position, entry), the leaves made before: what the database can do.
- *bytes*: nothing but one row for each batch: what the disk can do.

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
Step = Callable[[], None]


def in_sheaves(batches: Batches) -> Step:
    """Every batch is encoded as its writer would, then all share one commit."""

    def step() -> None:
        now = timezone.now()
        bound = [ledger.bind_all(batch, actor=ACTOR, at=now) for batch in batches]
        custody.seal(now=timezone.now(), fresh=[*chain.from_iterable(bound)])

    return step


def sealing(batches: Batches) -> Step:
    now = timezone.now()
    bound = [sheaf for batch in batches for sheaf in ledger.bind_all(batch, actor=ACTOR, at=now)]
    return lambda: unmeasured(custody.seal(now=timezone.now(), fresh=bound))


def single(batches: Batches) -> Step:
    def step() -> None:
        now = timezone.now()
        written = [ledger.write_all(batch, actor=ACTOR, at=now) for batch in batches]
        custody.seal(now=timezone.now(), fresh=[*chain.from_iterable(written)])

    return step


def as_requests(append: Callable[..., object]) -> Callable[[Batches], Step]:
    def prepare(batches: Batches) -> Step:
        def step() -> None:
            for batch in batches:
                with transaction.atomic():
                    append(batch, actor=ACTOR, at=timezone.now())
            custody.seal(now=timezone.now(), limit=BATCH * len(batches))

        return step

    return prepare


def unmeasured(_: object) -> None:
    """Nothing is done with it."""


class Request:
    """What a request does to the database: one changed row, and one record of it or none."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_row")
            cursor.execute("CREATE TABLE bench_row (id bigint PRIMARY KEY, value bigint)")
            cursor.execute("INSERT INTO bench_row VALUES (1, 0)")

    def __call__(self, *, appends: bool) -> tuple[float, float, float]:
        """Milliseconds until the commit begins, those of them that this processor worked, and until it has ended."""
        (record,) = records(1)
        began, began_cpu = time.perf_counter(), time.thread_time()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("UPDATE bench_row SET value = value + 1 WHERE id = 1")
            if appends:
                ledger.append(record, actor=ACTOR, at=timezone.now())
            before_commit, cpu = time.perf_counter(), time.thread_time()
        return (before_commit - began) * 1000, (cpu - began_cpu) * 1000, (time.perf_counter() - began) * 1000


def print_request(times: int) -> None:
    request = Request()
    pairs = [(request(appends=False), request(appends=True)) for _ in range(times)][times // 10 :]
    for place, name in enumerate(("before the commit", "processor time of that", "with the commit")):
        plain, recorded = (median(pair[side][place] for pair in pairs) for side in (0, 1))
        print(f"per request, {name}: {plain:.3f} ms, with one record {recorded:.3f} ms, {recorded - plain:+.3f} ms")


class Bench:
    """A table of its own, and the next position in it."""

    def __init__(self, columns: str) -> None:
        binary = "bytea" if connection.vendor == "postgresql" else "blob"
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_rows")
            cursor.execute(f"CREATE TABLE bench_rows (position bigint PRIMARY KEY, {columns.format(binary=binary)})")
        self.position = 0

    def insert(self, rows: Sequence[tuple[bytes, ...]]) -> None:
        """The rows are stored with the next positions, in one commit."""
        places = ", ".join(["%s"] * (1 + len(rows[0])))
        given = [(self.position + place, *row) for place, row in enumerate(rows)]
        self.position += len(rows)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO bench_rows VALUES ({places})", given)


def leaves_of(batches: Batches) -> list[list[bytes]]:
    now = timezone.now()
    return [[each.leaf for each in ledger.write_all(batch, actor=ACTOR, at=now)] for batch in batches]


class Chain:
    """What many programs call tamper-evident."""

    def __init__(self) -> None:
        self.table, self.last = Bench("entry {binary}, hash {binary}"), bytes(32)

    def __call__(self, batches: Batches) -> Step:
        def step() -> None:
            rows = []
            for leaf in chain.from_iterable(leaves_of(batches)):
                self.last = sha256(self.last + leaf).digest()
                rows.append((leaf, self.last))
            self.table.insert(rows)

        return step


def bare_rows(batches: Batches) -> Step:
    leaves = [(leaf,) for leaf in chain.from_iterable(leaves_of(batches))]
    return lambda: ROWS[0].insert(leaves)


def bare_bytes(batches: Batches) -> Step:
    rows = [(b"".join(leaves),) for leaves in leaves_of(batches)]
    return lambda: ROWS[0].insert(rows)


ROWS: list[Bench] = []
"""The table of what is compared with, made anew for each figure."""


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    cpu_microseconds: float
    entries: int


def rate(prepare: Callable[[Batches], Step], pool: Sequence[Record], *, writers: int, seconds: float) -> Rate:
    """Entries per second after one warm-up step. What a step needs is prepared before the clock of that step runs."""
    size = BATCH * writers
    starts = cycle(range(0, len(pool) - size + 1, size))
    wall = cpu = 0.0
    done = -size
    while wall < seconds:
        start = next(starts)
        step = prepare([pool[first : first + BATCH] for first in range(start, start + size, BATCH)])
        began, began_cpu = time.perf_counter(), time.process_time()
        step()
        if done >= 0:
            wall, cpu = wall + time.perf_counter() - began, cpu + time.process_time() - began_cpu
        done += size
    return Rate(done / wall, cpu / done * 1e6, done)


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
    full, without = records(POOL), bare(POOL)
    kinds: tuple[tuple[str, Callable[[Batches], Step] | None, Sequence[Record]], ...] = (
        ("sheaves", in_sheaves, full),
        ("bare sheaves", in_sheaves, without),
        ("sealing", sealing, full),
        ("single", single, full),
        ("bulk requests", as_requests(ledger.append_bulk), full),
        ("requests", as_requests(ledger.append_all), full),
        ("chain", None, full),
        ("rows", bare_rows, full),
        ("bytes", bare_bytes, full),
    )
    print(f"{'writers':>8} {'what':>14} {'entries/s':>10} {'us CPU each':>12} {'of chain':>9} {'entries':>9}")
    for writers in WRITERS:
        found = {}
        for name, prepare, pool in kinds:
            ROWS[:] = [Bench("entry {binary}")]
            found[name] = rate(prepare or Chain(), pool, writers=writers, seconds=seconds)
        for name, each in found.items():
            share = each.per_second / found["chain"].per_second
            print(
                f"{writers:>8} {name:>14} {each.per_second:>10,.0f} {each.cpu_microseconds:>12.1f} {share:>9.2f}"
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
