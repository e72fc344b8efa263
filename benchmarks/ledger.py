"""How many records per second become durable, signed and provable, beside a plain hash chain on the same database.

Usage: PYTHONPATH=src python benchmarks/ledger.py [SECONDS_PER_ROW]

*ledger*: `append_all` of a batch in one transaction, then `seal`: places, tiles, one Ed25519 checkpoint, two commits.
*seal only*: the second half, for records that wait already.
*together*: both in one transaction, one commit.
*chain*: the same batch as rows of (position, entry, SHA-256 of the previous hash and the entry), one commit. It shows
nothing about a truncated end, and needs every row to verify one. Both write the same leaf bytes. ``DATABASE_URL`` names
PostgreSQL instead of SQLite.

*per request*: a transaction that changes one row, beside the same transaction that also appends one record; the median
of pairs taken in turn, with the durable commit and without it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
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
from burgrave.ledger import queries, rules  # noqa: E402
from burgrave.ledger.terms import Record, RecordId, Sealed  # noqa: E402
from burgrave.web.terms import system_actor  # noqa: E402

BATCHES = (1, 10, 100, 1000)
ACTOR = system_actor()


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


def records(count: int) -> list[Measured]:
    return [
        Measured(one_id=uuid4(), other_id=uuid4(), count=each, remark=Sealed("a few words")) for each in range(count)
    ]


def append(batch: list[Measured]) -> None:
    with transaction.atomic():
        ledger.append_all(batch, actor=ACTOR, at=timezone.now())


def through_ledger(batch: int) -> int:
    append(records(batch))
    custody.seal(now=timezone.now(), limit=batch)
    return batch


def at_once(batch: int) -> int:
    with transaction.atomic():
        ledger.append_all(records(batch), actor=ACTOR, at=timezone.now())
        custody.seal(now=timezone.now(), limit=batch)
    return batch


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

    def __call__(self, batch: int) -> int:
        rows = []
        for record in records(batch):
            entry = rules.write(
                record, record_id=RecordId(uuid4()), actor_label="system", actor_name="", at=timezone.now()
            ).leaf
            self.last = sha256(self.last + entry).digest()
            rows.append((self.position, entry, self.last))
            self.position += 1
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO bench_chain VALUES (%s, %s, %s)", rows)
        return batch


def rate(step: Callable[[int], int], batch: int, seconds: float) -> float:
    """Entries per second, after one warm-up step."""
    step(batch)
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        done += step(batch)
    return done / spent


def seal_rate(batch: int, seconds: float) -> float:
    done, spent = 0, 0.0
    while spent < seconds:
        append(records(batch))
        began = time.perf_counter()
        custody.seal(now=timezone.now(), limit=batch)
        spent += time.perf_counter() - began
        done += batch
    return done / spent


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    boot.migrate()
    chain = Chain()
    print(f"database: {connection.vendor}; {seconds:g} s per figure; entries per second, durable at each commit")
    print(f"{'batch':>6} {'ledger':>10} {'seal only':>10} {'together':>10} {'chain':>10} {'chain/ledger':>13}")
    for batch in BATCHES:
        ours, sealing, one, plain = (
            rate(through_ledger, batch, seconds),
            seal_rate(batch, seconds),
            rate(at_once, batch, seconds),
            rate(chain, batch, seconds),
        )
        print(f"{batch:>6} {ours:>10,.0f} {sealing:>10,.0f} {one:>10,.0f} {plain:>10,.0f} {plain / ours:>13.2f}")
    print_request(500)
    custody.seal_all(now=timezone.now())
    began = time.perf_counter()
    verified = queries.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints())
    spent = time.perf_counter() - began
    print(f"verify: {verified.size:,} records and {verified.checkpoints:,} checkpoints in {spent:.1f} s,", end=" ")
    print(f"{verified.size / spent:,.0f} records per second")


if __name__ == "__main__":
    try:
        main()
    finally:
        connection.close()
        shutil.rmtree(HOME, ignore_errors=True)
