"""Measure standings over the database: everything anew, one run, one why, at 10,000 × 2,000 × 20,000.

    python benchmarks/standing_database.py [REQUIREMENTS MEASURES CHECKS]

A drawn organisation with a fixed seed in a database of its own, on SQLite or where DATABASE_URL points (a test
database beside it). Printed are wall and CPU milliseconds, median and range, the load of the machine, and the peer:
the engine alone on the same rows once they are read. CPU time is that of this process; on PostgreSQL the server takes
its own.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "burgrave.site.settings_test")
SIZE = tuple(map(int, sys.argv[1:4])) or (10_000, 2_000, 20_000)
REQUIREMENTS, MEASURES, CHECKS = SIZE
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BATCH = 1_000


def fill() -> None:
    """A drawn organisation: two frameworks, half of one answered by the other, measures with checks and runs."""
    from burgrave.assurance import models
    from burgrave.engines.standing import Phase, Result
    from burgrave.people.models import Organisation, Unit

    chance = random.Random(20260601)
    unit = Unit.objects.create(name="Drawn", changed_at=NOON)
    Organisation.objects.create(name="Drawn", root=unit, set_up_at=NOON)
    frameworks = [
        models.Framework.objects.create(
            identifier=name, title=name, origin="internal", digest="0" * 64, unit=unit, put_at=NOON, put_by="x"
        )
        for name in ("NRM", "ISO")
    ]
    requirements = [
        models.Requirement(
            id=uuid4(), framework=frameworks[n % 2], identifier=f"R{n}", place=n, title=f"R{n}", modality="shall"
        )
        for n in range(REQUIREMENTS)
    ]
    begun = NOON - timedelta(days=200)
    measures = [
        models.Measure(
            id=uuid4(), number=f"MEA-{n}", name=f"M{n}", unit=unit, added_at=begun, changed_at=begun,
            phase=chance.choices(list(Phase), weights=(1, 8, 1))[0],
        )
        for n in range(MEASURES)
    ]  # fmt: skip
    checks = [
        models.Check(
            id=uuid4(), number=f"CHK-{n}", title=f"C{n}", measure=chance.choice(measures), unit=unit, steps=["?"],
            cadence_days=30, valid_days=45, severity="minor", due_on=NOON.date(), added_at=begun, changed_at=begun,
        )
        for n in range(CHECKS)
    ]  # fmt: skip
    for rows in (requirements, measures, checks):
        type(rows[0]).objects.bulk_create(rows, batch_size=BATCH)
    models.Wording.objects.bulk_create(
        [models.Wording(requirement=r, title="x", modality="shall", binding=True, since=begun) for r in requirements],
        batch_size=BATCH,
    )
    models.MeasurePhase.objects.bulk_create(
        [models.MeasurePhase(measure=m, phase=m.phase, since=begun) for m in measures], batch_size=BATCH
    )
    models.MeasureAnswer.objects.bulk_create(
        [
            models.MeasureAnswer(measure=m, requirement=r, since=begun)
            for r in requirements
            for m in chance.sample(measures, k=chance.randint(0, 4))
        ],
        batch_size=BATCH,
    )
    ours, theirs = requirements[::2], requirements[1::2]
    models.Satisfies.objects.bulk_create(
        [
            models.Satisfies(requirement=r, framework="ISO", identifier=t.identifier, target=t, since=begun)
            for r in ours
            for t in chance.sample(theirs, k=chance.randint(0, 2))
        ],
        batch_size=BATCH,
    )
    runs, newest = [], {}
    for _ in range(3 * CHECKS):
        at = NOON - timedelta(days=chance.randrange(120), minutes=chance.randrange(600))
        check = chance.choice(checks)
        result = chance.choices(list(Result), weights=(95, 4, 1))[0]
        run = models.CheckRun(
            id=uuid4(), tested=check, ran_at=at, result=result, valid_until=at.date() + timedelta(days=45), by="x"
        )
        runs.append(run)
        if check.pk not in newest or newest[check.pk].ran_at < at:
            newest[check.pk] = run
    models.CheckRun.objects.bulk_create(runs, batch_size=BATCH)
    for check in checks:
        if run := newest.get(check.pk):
            check.last_run, check.last_run_at = run.pk, run.ran_at
            check.last_result, check.valid_until = run.result, run.valid_until
    models.Check.objects.bulk_update(
        checks, ["last_run", "last_run_at", "last_result", "valid_until"], batch_size=BATCH // 4
    )


def say(name: str, work: Callable[[int], object], times: int) -> float:
    """Print the figures with their range and sample size; the answer is the median of wall milliseconds."""
    wall, cpu = [], []
    for turn in range(times):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        work(turn)
        wall.append((time.perf_counter() - begin) * 1000)
        cpu.append((time.process_time() - cpu_begin) * 1000)
    middle = statistics.median(wall)
    print(
        f"{name}: {middle:.1f} ms wall ({min(wall):.1f} to {max(wall):.1f}), "
        f"{statistics.median(cpu):.1f} ms CPU, {times} times"
    )
    return middle


def main() -> None:
    """All figures, in a database that is gone afterwards."""
    import django

    django.setup()
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0)
    try:
        measure()
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def relinked(requirement_id: UUID, today: date) -> None:
    from django.db import transaction

    from burgrave.assurance.commands.renewing import relink

    with transaction.atomic():
        relink([requirement_id], today=today)


def measure() -> None:
    from django.db import connection

    from burgrave.assurance import commands, models, queries
    from burgrave.assurance.queries.standing import world
    from burgrave.assurance.terms import Outcome
    from burgrave.engines.standing import Reading, Result
    from burgrave.web.terms import system_actor

    fill()
    today: date = NOON.date()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{connection.vendor}: {REQUIREMENTS:,} requirements, {MEASURES:,} measures, {CHECKS:,} checks; "
        f"load {load} on {os.cpu_count()} cores"
    )
    first = say("first renewal of everything", lambda _: commands.renew_all(today=today), 1)
    say("renewal of everything, nothing to change", lambda _: commands.renew_all(today=today), 5)
    read = say("all standings of a past day", lambda _: world(today - timedelta(days=30)), 5)
    book = world(today).book
    states = [book.check(check) for check in range(len(book.graph.check_measure))]
    peer = say("the engine alone, on rows that are read", lambda _: Reading(book.graph, states), 10)
    print(f"all standings of a day: {read / peer:.1f} times the engine alone; first renewal {first / peer:.1f} times")
    keys = list(models.Check.objects.order_by("number").values_list("pk", flat=True)[:200])
    results = [Result.PASSED, Result.FAILED]

    def run(turn: int) -> None:
        outcome = Outcome(result=results[turn // len(keys) % 2], note="Measured")
        commands.record_run(keys[turn % len(keys)], outcome, actor=system_actor(), now=NOON + timedelta(minutes=turn))

    say("one run that passes", run, len(keys))
    say("one run that fails and raises its finding", lambda turn: run(turn + len(keys)), len(keys))
    clauses = list(models.Requirement.objects.order_by("place").values_list("pk", flat=True)[:100])
    reader = system_actor()
    say("why one requirement stands so", lambda turn: queries.standing(clauses[turn], on=today, actor=reader), 100)
    say("what one requirement reaches linked anew", lambda turn: relinked(clauses[turn], today), 50)
    say("a past day asked again", lambda _: world(today - timedelta(days=60)).standings(), 3)


if __name__ == "__main__":
    main()
