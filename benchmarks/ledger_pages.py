"""How long the pages of the ledger take at a million records, and how many queries: list, filters, record, history.

Usage: PYTHONPATH=src python benchmarks/ledger_pages.py [RECORDS] [--verify]

The records are appended as everything is: `write_all` and `seal`, five thousand to a commit. They are of forty kinds,
two of them rare, by two hundred persons, about twenty thousand things and one that every twentieth record is about,
over two years. Each page is asked through all of Django, by a client in this process, with the database warm and
without a network: middleware, permissions, queries, template. Per page: how many requests, the median and the
95th percentile in milliseconds, that of CPU time (near to what a machine without other work takes), the most queries
that one of them took, and the size of the answer. The limit is 150 ms at the 95th percentile and twelve queries.
``--verify`` re-derives the whole ledger afterwards, with the peak of memory.
``BURGRAVE_BENCH_HOME`` keeps the filled ledger for another run.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median, quantiles
from typing import ClassVar
from uuid import UUID

KEPT = os.environ.get("BURGRAVE_BENCH_HOME")
HOME = KEPT or tempfile.mkdtemp(prefix="burgrave-bench-")
os.environ["BURGRAVE_HOME"] = HOME

from burgrave.site import boot  # noqa: E402 - the state directory is named first

boot.boot()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from burgrave.custody import commands as custody  # noqa: E402
from burgrave.custody import queries as keys  # noqa: E402
from burgrave.ledger import commands as ledger  # noqa: E402
from burgrave.ledger import queries  # noqa: E402
from burgrave.ledger.terms import Record, Sealed  # noqa: E402
from burgrave.people import commands as people  # noqa: E402
from burgrave.people.models import Person  # noqa: E402
from burgrave.web.terms import Actor, PersonId  # noqa: E402

LIMIT_MS, LIMIT_QUERIES = 150, 12
TOGETHER = 5_000
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
TWO_YEARS = timedelta(days=730)
KINDS = 40
PERSONS = 200
THINGS = 20_000
HOT = "benchmark.thing:hot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Record):
    """A record like most: an id, a count, one sealed text."""

    kind: ClassVar[str] = "benchmark.happened"
    thing_id: UUID
    count: int
    remark: Sealed

    def subjects(self) -> tuple[str, ...]:
        about = f"benchmark.thing:{self.thing_id}"
        return (about, HOT) if self.count % 20 == 0 else (about,)


CLASSES = [type(f"Happened{n}", (Happened,), {"kind": f"benchmark.happened_{n}"}) for n in range(KINDS - 2)]
CLASSES = [dataclass(frozen=True, slots=True, kw_only=True)(each) for each in CLASSES]
RARE = dataclass(frozen=True, slots=True, kw_only=True)(type("Rare", (Happened,), {"kind": "benchmark.rare"}))
OLD = dataclass(frozen=True, slots=True, kw_only=True)(type("Old", (Happened,), {"kind": "benchmark.old"}))


def actor(number: int) -> Actor:
    person = UUID(int=number + 1)
    return Actor(person_id=PersonId(person), label=f"people.person:{person}", name=f"Person {number}")


def fill(count: int) -> float:
    """Append until ``count`` records stand there. Returns records per second."""
    chance = random.Random(7)
    start, began = queries.head().size, time.perf_counter()
    for first in range(start, count, TOGETHER):
        at = BEGINNING + TWO_YEARS * (first / count)
        fresh = []
        for place in range(first, min(first + TOGETHER, count), 100):
            thing = [UUID(int=chance.randrange(THINGS)) for _ in range(100)]
            kind = RARE if chance.random() < 0.0005 else OLD if first < 20_000 else chance.choice(CLASSES)
            records = [
                kind(thing_id=each, count=place + offset, remark=Sealed(f"a few words about {offset}"))
                for offset, each in enumerate(thing)
            ]
            by = actor(chance.randrange(PERSONS))
            fresh += ledger.write_all(records, actor=by, at=at + timedelta(seconds=place - first))
        custody.seal(now=at + timedelta(hours=2), fresh=fresh)
        if first % 100_000 == 0:
            print(f"  {first:,} records", file=sys.stderr)
    return (count - start) / (time.perf_counter() - began)


def owner() -> Client:
    """A client that is signed in as the first administrator."""
    person = Person.objects.first()
    if person is None:
        people.set_up(
            organisation="Benchmark",
            name="Ada",
            email="ada@example.org",
            password="correct horse battery staple",
            now=timezone.now(),
        )
        person = Person.objects.get()
    client = Client(SERVER_NAME="localhost")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def addresses(size: int) -> Iterator[tuple[str, Callable[[random.Random], str]]]:
    """Each page by name, and an address of it by chance."""
    thing = UUID(int=17)
    sizes = [row.size for row in queries.checkpoints(size=10_000)[0]]

    def day(chance: random.Random) -> str:
        return (BEGINNING + TWO_YEARS * chance.random()).date().isoformat()

    yield "list, first page", lambda _: "/ledger/"
    yield "list, anywhere", lambda chance: f"/ledger/?before={chance.randrange(1, size)}"
    yield "list, last page", lambda _: "/ledger/?before=30"
    yield "kind", lambda chance: f"/ledger/?kind=benchmark.happened_{chance.randrange(KINDS - 2)}"
    yield (
        "kind, anywhere",
        lambda chance: (
            f"/ledger/?kind=benchmark.happened_{chance.randrange(KINDS - 2)}&before={chance.randrange(1, size)}"
        ),
    )
    yield "three kinds", lambda _: "/ledger/?kind=benchmark.happened_1&kind=benchmark.happened_2&kind=benchmark.rare"
    yield "rare kind", lambda _: "/ledger/?kind=benchmark.rare"
    yield "kind of long ago", lambda _: "/ledger/?kind=benchmark.old"
    yield "actor", lambda chance: f"/ledger/?actor={actor(chance.randrange(PERSONS)).label}"
    yield "subject", lambda chance: f"/ledger/?subject=benchmark.thing:{UUID(int=chance.randrange(THINGS))}"
    yield "search by subject", lambda chance: f"/ledger/?q=benchmark.thing:{UUID(int=chance.randrange(THINGS))}"
    yield "subject of every 20th", lambda _: f"/ledger/?subject={HOT}"
    yield "subject of none", lambda _: "/ledger/?subject=benchmark.thing:none"
    yield "a day", lambda chance: f"/ledger/?day={day(chance)}"
    yield "since a day", lambda chance: f"/ledger/?since={day(chance)}"
    yield "until a day", lambda chance: f"/ledger/?until={day(chance)}"
    yield (
        "kind and actor",
        lambda chance: (
            f"/ledger/?kind=benchmark.happened_{chance.randrange(KINDS - 2)}"
            f"&actor={actor(chance.randrange(PERSONS)).label}"
        ),
    )
    yield (
        "kind, actor and until",
        lambda chance: (
            f"/ledger/?kind=benchmark.happened_3&actor={actor(chance.randrange(PERSONS)).label}&until={day(chance)}"
        ),
    )
    yield "rare subject and kind", lambda _: f"/ledger/?subject={HOT}&kind=benchmark.rare"
    yield "jump to a time", lambda chance: f"/ledger/?q={day(chance)}T12:00"
    yield "record", lambda chance: f"/ledger/{chance.randrange(size)}/"
    yield "record verified", lambda chance: f"/ledger/{chance.randrange(size)}/verification/"
    yield "leaf", lambda chance: f"/ledger/{chance.randrange(size)}/leaf"
    yield "proof", lambda chance: f"/ledger/{chance.randrange(size)}/proof"
    yield "checkpoints", lambda chance: f"/ledger/checkpoints/?before={chance.randrange(TOGETHER, size)}"
    yield (
        "two compared",
        lambda chance: f"/ledger/growth/?old={chance.choice(sizes)}&new={sizes[0]}",
    )
    yield "history of a thing", lambda _: f"/ledger/?subject=benchmark.thing:{thing}"


def measure(
    client: Client, address: Callable[[random.Random], str], *, times: int
) -> tuple[list[float], list[float], int, int]:
    """Milliseconds of each request, those of the CPU, the most queries, and the bytes of the last answer."""
    chance, spent, worked, most = random.Random(11), [], [], 0
    size = 0
    for number in range(times + 2):
        asked = address(chance)
        began, cpu = time.perf_counter(), time.process_time()
        if number < 2:  # the first ones compile templates; they count the queries
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(asked, follow=True)
            most = max(most, -(-len(captured) // (len(answer.redirect_chain) + 1)))
        else:
            answer = client.get(asked, follow=True)
            spent.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - cpu) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{asked} answered {answer.status_code}")
        size = len(answer.content)
    return spent, worked, most, size


def main() -> None:
    arguments = [each for each in sys.argv[1:] if not each.startswith("--")]
    count = int(arguments[0]) if arguments else 1_000_000
    boot.migrate()
    custody.ensure_log_key(home=Path(HOME), passphrase=None)
    client = owner()
    custody.seal(now=timezone.now())
    client.get("/me/")  # the session notes now and then when it was last seen; no page is to be charged for that
    speed = fill(count)
    made = f"filled at {speed:,.0f}/s" if speed > 1 else "kept from before"
    size = queries.head().size
    print(f"database: {connection.vendor}; {size:,} records, {made}; load {os.getloadavg()[0]:.1f}")
    print(f"{'page':>24} {'n':>4} {'median ms':>10} {'p95 ms':>8} {'CPU p95':>8} {'queries':>8} {'KiB':>6}")
    late = []
    for name, address in addresses(size):
        spent, worked, most, length = measure(client, address, times=40)
        p95, cpu = (quantiles(each, n=20)[18] for each in (spent, worked))
        print(
            f"{name:>24} {len(spent):>4} {median(spent):>10.1f} {p95:>8.1f} {cpu:>8.1f} {most:>8} {length / 1024:>6.0f}"
        )
        if p95 > LIMIT_MS or most > LIMIT_QUERIES:
            late.append(name)
    began = time.perf_counter()
    rows = [queries.history(f"benchmark.thing:{UUID(int=each)}") for each in range(200)]
    spent_ms = (time.perf_counter() - began) * 1000 / len(rows)
    print(f"{'history, as on a page':>24} {len(rows):>4} {spent_ms:>10.1f}   (mean; {len(rows[0])} rows and the like)")
    print("within the limit" if not late else f"beyond {LIMIT_MS} ms or {LIMIT_QUERIES} queries: {', '.join(late)}")
    if "--verify" in sys.argv:
        verify()


def verify() -> None:
    before, began = getrusage(RUSAGE_SELF).ru_maxrss, time.perf_counter()
    verified = queries.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints())
    spent = time.perf_counter() - began
    grown = (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"verify: {verified.size:,} records in {spent:.0f} s, {verified.size / spent:,.0f}/s; "
        f"the peak of memory rose by {grown:.0f} MiB to {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )


if __name__ == "__main__":
    try:
        main()
    finally:
        connection.close()
        if KEPT is None:
            shutil.rmtree(HOME, ignore_errors=True)
