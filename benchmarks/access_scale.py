"""What access costs a request in a large organisation: 5,000 units and 200,000 persons, on SQLite.

Usage: python benchmarks/access_scale.py [UNITS] [PERSONS]

Builds the organisation in a directory of its own, removed at the end. Printed for each measure: statements, the median
and the 95th percentile of the time, and the sample size; and the same for one hundredth of the size, so that the ratio
says whether anything grows with the organisation.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ROUNDS = 40


def build(units: int, persons: int) -> tuple[list[UUID], list[UUID]]:
    """An organisation with a person in two holding one role somewhere. Answers units and persons."""
    from burgrave.people import models
    from burgrave.people.commands import write_roles
    from burgrave.people.terms import ROLES

    draw = random.Random(7)
    keys = [UUID(int=number + 1) for number in range(units)]
    write_roles()
    models.Unit.objects.bulk_create(
        (
            models.Unit(
                pk=key, name=f"Unit {number}", parent_id=keys[(number - 1) // 8] if number else None, changed_at=NOW
            )
            for number, key in enumerate(keys)
        ),
        batch_size=1_000,
    )
    models.Organisation.objects.create(name="Large", root_id=keys[0], set_up_at=NOW)
    people = [UUID(int=10**9 + number) for number in range(persons)]
    models.Person.objects.bulk_create(
        (
            models.Person(
                pk=key,
                email=f"p{number}@example.org",
                name=f"Person {number:07}",
                unit_id=draw.choice(keys),
                joined_at=NOW,
                changed_at=NOW,
            )
            for number, key in enumerate(people)
        ),
        batch_size=1_000,
    )
    roles = [str(role) for role in ROLES]
    models.Grant.objects.bulk_create(
        (
            models.Grant(person_id=key, role_id=draw.choice(roles), unit_id=draw.choice(keys), granted_at=NOW)
            for key in people[1::2]
        ),
        batch_size=1_000,
    )
    # The first reads everything, the third a division.
    models.Grant.objects.create(person_id=people[0], role_id="internal_auditor", unit_id=keys[0], granted_at=NOW)
    models.Grant.objects.create(person_id=people[2], role_id="internal_auditor", unit_id=keys[1], granted_at=NOW)
    return keys, people


def measured(act: Callable[[], object]) -> tuple[int, float, float]:
    """Statements of one call, and median and 95th percentile of the milliseconds of ROUNDS calls."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    act()
    with CaptureQueriesContext(connection) as caught:
        act()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        act()
        times.append((time.perf_counter() - begin) * 1_000)
    times.sort()
    return len(caught), statistics.median(times), times[int(len(times) * 0.95)]


def measures(units: int, persons: int) -> Iterator[tuple[str, int, float, float]]:
    """Each measure by its name."""
    from burgrave.people import queries
    from burgrave.people.terms import PersonFilter

    keys, people = build(units, persons)
    for who, person in (("who reads everything", people[0]), ("who reads a division", people[2])):
        actor = queries.actor_of(person, NOW)
        yield f"actor of somebody {who}", *measured(lambda person=person: queries.actor_of(person, NOW))
        yield (
            f"page of 50 persons for somebody {who}",
            *measured(lambda actor=actor: queries.persons(PersonFilter(), number=1, size=50, actor=actor, now=NOW)),
        )
    actor = queries.actor_of(people[0], NOW)
    leaf = keys[-1]
    yield "explain", *measured(lambda: queries.explain(people[1], "incidents.close", leaf, actor=actor, now=NOW))
    yield (
        "page of 50 who may close incidents in a unit",
        *measured(lambda: queries.who_may("incidents.close", leaf, number=1, size=50, actor=actor, now=NOW)),
    )


@contextmanager
def installation() -> Iterator[None]:
    """A fresh database of its own."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    yield
    connection.close()


def main() -> int:
    """Print the figures."""
    units = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    persons = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    if os.environ.get("BURGRAVE_ACCESS_SCALE") != "inner":
        return outer(units, persons)
    import django

    django.setup()
    with installation():
        for name, statements, median, high in measures(units, persons):
            print(f"{statements}\t{median:.3f}\t{high:.3f}\t{name}", flush=True)
    return 0


def outer(units: int, persons: int) -> int:
    """Run the small and the large organisation, each in a process and a directory of its own, and compare."""
    import subprocess

    found: list[dict[str, tuple[int, float, float]]] = []
    for share in (100, 1):
        with tempfile.TemporaryDirectory() as home:
            environment = {
                **os.environ,
                "BURGRAVE_HOME": home,
                "BURGRAVE_ACCESS_SCALE": "inner",
                "DJANGO_SETTINGS_MODULE": "burgrave.site.settings",
            }
            run = subprocess.run(
                [sys.executable, __file__, str(max(2, units // share)), str(max(4, persons // share))],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
        rows = [line.split("\t") for line in run.stdout.splitlines() if line.count("\t") == 3]
        found.append({name: (int(statements), float(median), float(high)) for statements, median, high, name in rows})
    small, large = found
    print(f"{units:,} units, {persons:,} persons, SQLite; {ROUNDS} calls each; in brackets a hundredth of the size")
    for name, (statements, median, high) in large.items():
        before = small[name]
        print(
            f"{statements:>2} ({before[0]}) statements  median {median:>8.2f} ms ({before[1]:.2f})  "
            f"95 % {high:>8.2f} ms ({before[2]:.2f})  {median / before[1]:>5.1f} : 1  {name}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
