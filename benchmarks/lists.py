"""What lists, facets, searches and records cost in an inventory of 1,000 and of 100,000 assets, beside a peer.

    python benchmarks/lists.py [--sizes 1000,100000] [--requests 40] [--postgresql] [--home DIRECTORY]

Measured around the whole request, middlewares, queries and template: the time that this process computed (with SQLite
that is the database too), so that a busy machine changes little, and the time on the clock. Statements are counted with
those of the session and of the permissions. The inventory is filled through the commands of the program, and its
records are sealed as the worker does. There is an alert for each asset. With --home all is kept there on SQLite, and
measured again without being filled again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

UNITS, PEOPLE, ALERTS_PER_ASSET, CASES = 60, 400, 1.0, 500
LIMIT_MS, LIMIT_STATEMENTS = 150, 12
PLACES = ("上海", "北京", "重庆", "深圳", "Hamburg", "Leipzig", "Nantes", "Porto")
THINGS = ("工资系统", "web server", "数据库服务器", "mail gateway", "防火墙", "file share", "客户档案", "build agent")
RARE = "琥珀档案库"

PEER = (
    ("requirement-assessments, 1,000 rows", "7,408", "3,122", "3,997"),
    ("risk-scenarios, 1,000 of 5,100 rows", "5,861", "4,601", "5,017"),
    ("risk-scenarios, 50 rows", "398", "266", "266"),
    ("assets, 50 of 10,000 rows", "459", "172", "18"),
    ("assets, 1,000 of 10,000 rows", "961", "766", "19"),
    ("search", "171", "67", "74"),
)
PEER_SOURCE = (
    "CISO Assistant at its state of 2026-08-08 on PostgreSQL 15, two gunicorn workers: HTTP p50 of 3 requests, and the "
    "time that the process computed, without its database, on a machine with two cores in use; measured by us, not "
    "published by its makers"
)


@dataclass(frozen=True)
class Figure:
    name: str
    p50: float
    p95: float
    clock_p95: float
    statements: int


def boot(home: Path, database_url: str) -> None:
    os.environ["BURGRAVE_HOME"] = str(home)
    if database_url:
        os.environ["DATABASE_URL"] = database_url
    else:
        os.environ.pop("DATABASE_URL", None)
    from burgrave.site import boot as site

    site.boot()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)


def fill(home: Path, size: int) -> dict[str, Any]:
    """An organisation with units, people, assets and what concerns them. Returns what the requests name."""
    from burgrave.assets import commands as assets
    from burgrave.assets.terms import AssetFacts, AssetType, DependencyKind, IdentifierKind, Lifecycle, Need
    from burgrave.custody import commands as custody
    from burgrave.people import commands as people
    from burgrave.people import models, queries

    chance, now = random.Random(size), datetime(2026, 3, 2, 12, tzinfo=UTC)
    made = people.set_up(
        organisation="Nordhafen 集团", email="ada@example.org", name="Ada Brandt", password="violet-harbour-42", now=now
    )
    actor = queries.actor_of(made.person_id, now)
    units = [made.root_unit_id]
    for each in range(UNITS):
        parent = units[chance.randrange(min(len(units), 8))]
        actor = queries.actor_of(made.person_id, now)
        units.append(people.add_unit(name=f"Unit {each} 部门", parent_id=parent, actor=actor, now=now))
    models.Person.objects.bulk_create(
        models.Person(
            id=uuid4(), email=f"p{each}@example.org", name=f"王伟 {each}", unit_id=chance.choice(units), joined_at=now,
            changed_by="", changed_at=now,
        )
        for each in range(PEOPLE)
    )  # fmt: skip
    persons = list(models.Person.objects.values_list("pk", flat=True))
    actor = queries.actor_of(made.person_id, now)
    custody.ensure_log_key(home=home, passphrase=None)
    begun = time.perf_counter()
    kinds, lives = list(AssetType), [*[Lifecycle.IN_USE] * 8, Lifecycle.PLANNED, Lifecycle.RETIRING]
    ids: dict[str, UUID] = {}
    batch = 10_000
    for start in range(0, size, batch):
        facts, links = [], []
        for each in range(start, min(size, start + batch)):
            name = f"{chance.choice(PLACES)} {chance.choice(THINGS)} {each}" if each % 997 else f"{RARE} {each}"
            facts.append(
                AssetFacts(
                    name=name,
                    type=chance.choice(kinds),
                    unit_id=chance.choice(units),
                    reference=f"CMDB-{each:06d}",
                    description="Runs in the cellar. " * (each % 4),
                    owner_id=chance.choice(persons) if each % 10 else None,
                    own=Need(confidentiality=chance.choice((0, 0, 1, 2, 3, 4)), availability=chance.choice((0, 1, 2))),
                    personal_data=each % 9 == 0,
                    lifecycle=chance.choice(lives),
                    review_every_days=chance.choice((30, 365, 700)),
                    tags=(chance.choice(("pci", "gdpr", "机房A", "机房B")),),
                    identifiers=((IdentifierKind.HOSTNAME, f"host-{each}"),),
                )
            )
            if each % 3 == 0 and each > 10:
                links.append(
                    (f"CMDB-{each:06d}", DependencyKind.DEPENDS_ON, f"CMDB-{each - chance.randrange(1, 10):06d}")
                )
        ids |= assets.save_many(facts, links=links, actor=actor, now=now).ids
        custody.seal_all(now=now)
    seconds = time.perf_counter() - begun
    print(
        f"   filled {size:,} assets with {size // 3:,} dependencies in {seconds:.1f} s: {size / seconds:,.0f} a second"
    )
    other = _incidents(int(size * ALERTS_PER_ASSET), units, chance, now)
    return {"person": made.person_id, "assets": list(ids.values()), "unit": units[5], **other}


def _incidents(alerts: int, units: list[Any], chance: random.Random, now: datetime) -> dict[str, Any]:
    from burgrave.incidents import models
    from burgrave.incidents.queries import finding
    from burgrave.incidents.terms import AlertState, CaseState, Level, RuleOrigin, Severity
    from burgrave.lists import commands as lists

    rules = [
        models.RuleVersion(
            rule_id=f"rule-{each}", sha256=f"{each:064d}", title=f"Suspicious thing {each}", level=level,
            level_rank=level.rank, origin=RuleOrigin.SHIPPED, path=f"{each}.yml", source="title: x", is_live=True,
            loaded_at=now,
        )
        for each, level in enumerate(list(Level) * 8)
    ]  # fmt: skip
    models.RuleVersion.objects.bulk_create(rules)
    cases = [
        models.Case(
            unit_id=chance.choice(units), number=f"INC-2026-{each:04d}", title=f"Incident {each} 钓鱼邮件",
            severity=Severity.HIGH, severity_rank=Severity.HIGH.rank, summary="Mail with a link",
            state=chance.choice(list(CaseState)), opened_at=now + timedelta(minutes=each), changed_at=now,
        )
        for each in range(CASES)
    ]  # fmt: skip
    models.Case.objects.bulk_create(cases)
    lists.index(finding.case_entry(row) for row in cases)
    lists.index(finding.rule_entry(row) for row in rules)
    first: Any = None
    for start in range(0, alerts, 5_000):
        rows = []
        for each in range(start, min(alerts, start + 5_000)):
            rule = chance.choice(rules)
            rows.append(
                models.Alert(
                    unit_id=chance.choice(units), rule=rule, rule_key=rule.rule_id, computer=f"host-{each % 900}",
                    level=rule.level, level_rank=rule.level_rank, matches=1 + each % 9,
                    priority=rule.level, priority_rank=rule.level_rank,
                    state=chance.choice([*[AlertState.DISMISSED] * 6, AlertState.NEW, AlertState.ACKNOWLEDGED]),
                    raised_at=now + timedelta(seconds=each), first_at=now, last_at=now, changed_at=now,
                )
            )  # fmt: skip
        models.Alert.objects.bulk_create(rows)
        lists.index(finding.alert_entry(row) for row in rows)
        first = first or rows[0].pk
    return {"alert": first, "case": cases[0].number}


def requests_of(made: dict[str, Any], size: int) -> Iterator[tuple[str, Callable[[int], str]]]:
    """What is asked for: a name, and the address of the n-th request."""
    assets = made["assets"]
    yield "assets, first page", lambda _n: "/assets/"
    yield "assets, 100 rows", lambda _n: "/assets/?size=100"
    deep = min(10_000, size) // 50
    yield "assets, middle page", lambda n: f"/assets/?page={max(1, deep // 2 - n)}"
    yield "assets, last numbered page", lambda n: f"/assets/?page={deep - n % 5}"
    yield "assets, the end", lambda _n: "/assets/?before=end"
    for sort in ("number", "-need", "type", "review"):
        yield f"assets, by {sort}", lambda _n, sort=sort: f"/assets/?sort={sort}"
    facets = (
        "type=system",
        "life=planned",
        "need=3",
        f"unit={made['unit']}",
        "only=personal",
        "only=overdue",
        "only=unowned",
    )
    for query in facets:
        yield (
            f"assets, {query.split('=')[0]} facet {query.split('=')[1][:9]}",
            lambda _n, query=query: f"/assets/?{query}",
        )
    yield "assets, three facets", lambda _n: "/assets/?type=system&life=in_use&need=3&sort=-need"
    for name, words in (
        ("frequent Latin word", "server"), ("1 Chinese character", "库"), ("2 Chinese characters", "数据"),
        ("5 Chinese characters", RARE), ("rare Latin word", "host-77"), ("nothing", "zzzzqq"),
        ("2 words", "上海 防火墙"),
    ):  # fmt: skip
        yield f"assets, {name}", lambda _n, words=words: f"/assets/?q={words}"
        yield f"search, {name}", lambda _n, words=words: f"/search/?q={words}"
    yield "palette, frequent", lambda _n: "/search/palette/?q=server"
    yield "asset record", lambda n: f"/assets/{assets[(n * 37) % len(assets)]}/"
    yield "alerts, queue", lambda _n: "/alerts/"
    yield "alerts, dismissed by matches", lambda _n: "/alerts/?state=dismissed&sort=-matches"
    yield "alerts, two facets", lambda _n: "/alerts/?state=new&priority=critical&assigned=nobody"
    yield "alerts, one computer", lambda _n: "/alerts/?computer=host-7"
    yield "alerts, text", lambda _n: "/alerts/?q=host-77"
    yield "alert record", lambda _n: f"/alerts/{made['alert']}/"
    yield "evidence", lambda _n: "/evidence/"
    yield "detection rules", lambda _n: "/rules/"
    yield "incidents", lambda _n: "/incidents/"
    yield "incident record", lambda _n: f"/incidents/{made['case']}/"
    yield "people", lambda _n: "/people/"
    yield "API assets", lambda _n: "/api/assets?size=50"


def measure(made: dict[str, Any], *, requests: int, size: int) -> list[Figure]:
    from django.db import connection
    from django.test import Client

    from burgrave.people import models

    client = Client()
    client.force_login(
        models.Person.objects.get(pk=made["person"]), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    figures = []
    for name, address in requests_of(made, size):
        answer = client.get(address(0))
        if answer.status_code != 200:
            raise SystemExit(f"{address(0)} answered {answer.status_code}")
        statements: list[str] = []

        def counted(execute: Any, sql: str, *rest: Any, statements: list[str] = statements) -> Any:
            statements.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(counted):
            client.get(address(1))
        taken, clock = [], []
        for each in range(requests):
            begun, computed = time.perf_counter(), time.process_time()
            client.get(address(each))
            taken.append((time.process_time() - computed) * 1000)
            clock.append((time.perf_counter() - begun) * 1000)
        taken.sort()
        clock.sort()
        place = min(requests - 1, int(requests * 0.95))
        figures.append(Figure(name, statistics.median(taken), taken[place], clock[place], len(statements)))
    return figures


@contextmanager
def database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
        return
    from postgres import temporary_postgres

    with temporary_postgres() as url:
        yield url


@contextmanager
def place(kept: str, size: int) -> Iterator[Path]:
    if kept:
        home = Path(kept) / str(size)
        home.mkdir(parents=True, exist_ok=True)
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="burgrave-bench-") as home_name:
        yield Path(home_name)


def filled(home: Path, size: int, *, is_kept: bool) -> dict[str, Any]:
    """What was made before in this place, or what is made now."""
    note = home / "filled.json"
    if note.exists():
        made: dict[str, Any] = json.loads(note.read_text())
        return made
    made = json.loads(json.dumps(fill(home, size), default=str))
    if is_kept:
        note.write_text(json.dumps(made))
    return made


def one_round(kind: str, size: int, requests: int, kept: str) -> None:
    """Runs in a process of its own: settings are read once."""
    with place(kept, size) as home, database(kind) as url:
        boot(home, url)
        if kind != "sqlite":
            from django.db import connection
        made = filled(home, size, is_kept=bool(kept))
        if kind != "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        for each in measure(made, requests=requests, size=size):
            print(f"{each.name}\t{each.p50:.1f}\t{each.p95:.1f}\t{each.clock_p95:.1f}\t{each.statements}")
        if kind != "sqlite":
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL alone: its server waits for whoever is connected


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="1000,100000")
    options.add_argument("--requests", type=int, default=40)
    options.add_argument("--postgresql", action="store_true")
    options.add_argument("--home", default="")
    options.add_argument("--round", default="")
    chosen = options.parse_args()
    sizes = [int(each) for each in chosen.sizes.split(",")]
    kind = "postgresql" if chosen.postgresql else "sqlite"
    if chosen.round:
        one_round(kind, int(chosen.round), chosen.requests, chosen.home)
        return
    print(f"== {kind}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    import subprocess

    columns: dict[str, dict[int, tuple[str, str, str, str]]] = {}
    for size in sizes:
        command = [sys.executable, __file__, "--round", str(size), "--requests", str(chosen.requests)]
        further = ["--postgresql"] if chosen.postgresql else ["--home", chosen.home]
        done = subprocess.run([*command, *further], check=True, stdout=subprocess.PIPE, text=True)
        for line in done.stdout.splitlines():
            if "\t" not in line:
                print(line)
                continue
            name, p50, p95, clock, statements = line.split("\t")
            columns.setdefault(name, {})[size] = (p50, p95, clock, statements)
    print(
        f"   server ms p50 / p95 and statements over {chosen.requests} requests each; load now {os.getloadavg()[0]:.1f}"
    )
    print(f"   {'':34}" + "".join(f"{size:>30,}" for size in sizes) + f"{'ratio p50':>12}")
    over = []
    for name, found in columns.items():
        cells = "".join(
            f"{f'{p50} / {p95} ({clock}), {n}':>30}" for p50, p95, clock, n in (found[size] for size in sizes)
        )
        ratio = float(found[sizes[-1]][0]) / max(float(found[sizes[0]][0]), 0.1)
        print(f"   {name:34}{cells}{ratio:>12.2f}")
        if float(found[sizes[-1]][1]) > LIMIT_MS or int(found[sizes[-1]][3]) > LIMIT_STATEMENTS:
            over.append(name)
    print(f"   over {LIMIT_MS} ms at p95 or {LIMIT_STATEMENTS} statements: {', '.join(over) or 'nothing'}")
    print(f"== a peer: {PEER_SOURCE}")
    for name, milliseconds, computed, statements in PEER:
        print(f"   {name:42}{milliseconds:>8} ms on the clock{computed:>8} ms computed{statements:>8} statements")


if __name__ == "__main__":
    main()
