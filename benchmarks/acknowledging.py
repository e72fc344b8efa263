"""What publishing to a large organisation costs, and what its people wait for on their own page; on SQLite.

Usage: python benchmarks/acknowledging.py [PERSONS]

Builds an organisation in a directory of its own, removed at the end. Printed: the time of the request that publishes,
until the work is queued; the time of the worker until everybody is asked, beside the time that bare inserts of as many
rows into the same tables take; and the 95th percentile of the page *What I must know* over the whole stack (sign-in,
middleware, templates), with its sample size, and how much of it was CPU time, which a busy machine does not lengthen.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from uuid import UUID

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PAGES, DOCUMENTS = 100, 20
FULL_SECONDS, FULL_MILLISECONDS = 5.0, 100.0


def build(persons: int) -> tuple[UUID, list[UUID]]:
    """An organisation with so many persons in 500 units; the first publishes. Answers the root and the persons."""
    from burgrave.people import models
    from burgrave.people.commands import write_roles

    write_roles()
    units = [UUID(int=number + 1) for number in range(500)]
    models.Unit.objects.bulk_create(
        models.Unit(pk=key, name=f"Unit {number}", parent_id=units[0] if number else None, changed_at=NOW)
        for number, key in enumerate(units)
    )
    models.Organisation.objects.create(name="Large", root_id=units[0], set_up_at=NOW)
    people = [UUID(int=10**9 + number) for number in range(persons)]
    models.Person.objects.bulk_create(
        (
            models.Person(
                pk=key,
                email=f"p{number}@example.org",
                name=f"Person {number:07}",
                unit_id=units[number % len(units)],
                joined_at=NOW,
                changed_at=NOW,
            )
            for number, key in enumerate(people)
        ),
        batch_size=1_000,
    )
    models.Grant.objects.create(person_id=people[0], role_id="head_of_security", unit_id=units[0], granted_at=NOW)
    return units[0], people


def published(root: UUID, number: int) -> tuple[UUID, UUID]:
    """A published document; its version asks nobody yet."""
    from burgrave.policies import models

    document = models.Document.objects.create(
        number=f"POL-{number:02}", kind="policy", title="Passwords", unit_id=root, added_at=NOW, changed_at=NOW
    )
    version = models.Version.objects.create(
        document=document,
        ordinal=1,
        label="1.0",
        state="published",
        digest=f"{number:064x}",
        effective_on=NOW.date(),
        made_at=NOW,
        changed_at=NOW,
    )
    models.VersionText.objects.create(version=version, language="en", title="Passwords", source="# Passwords\n")
    return document.pk, version.pk


def ask(persons: int, root: UUID, people: list[UUID]) -> None:
    """Publish to everybody, and let the worker ask them."""
    from burgrave.jobs import commands as jobs
    from burgrave.people import queries
    from burgrave.policies import commands, handlers, models
    from burgrave.policies.terms.acknowledging import AudienceKind, AudiencePart, Cadence

    document, version = published(root, 0)
    actor = queries.actor_of(people[0], NOW)
    everybody = (AudiencePart(kind=AudienceKind.EVERYBODY),)
    begin = time.perf_counter()
    commands.set_audience(document, everybody, Cadence(), version=0, actor=actor, now=NOW)
    commands.begin_asking(version, is_major=True, now=NOW)
    queued = time.perf_counter() - begin
    begin = time.perf_counter()
    while jobs.run_next({commands.ASK_JOB: handlers.ask}, worker="bench", clock=lambda: NOW):
        pass
    asked = time.perf_counter() - begin
    count = models.Ask.objects.filter(document_id=document).count()
    if count != persons:
        raise SystemExit(f"{count} of {persons} were asked")
    bare = _bare(document, people)
    print(f"queued in {queued:.3f} s, {queued / FULL_SECONDS:.3f} of the {FULL_SECONDS:g} s allowed; 1 publication")
    print(
        f"{count:,} asked and told by the worker in {asked:.1f} s, {count / asked:,.0f} a second; "
        f"bare inserts of as many rows take {bare:.1f} s, {asked / bare:.1f} : 1"
    )


def _bare(document: UUID, people: list[UUID]) -> float:
    """The seconds that the rows alone need, in one transaction that is rolled back."""
    from django.db import transaction

    from burgrave.policies import models

    other = models.Version.objects.create(
        document_id=document, ordinal=2, label="2.0", state="superseded", made_at=NOW, changed_at=NOW
    )
    begin = time.perf_counter()
    with transaction.atomic():
        models.Ask.objects.bulk_create(
            (
                models.Ask(document_id=document, version=other, person_id=key, asked_at=NOW, due_on=NOW.date())
                for key in people
            ),
            batch_size=1_000,
        )
        spent = time.perf_counter() - begin
        transaction.set_rollback(True)
    return spent


def pages(root: UUID, people: list[UUID]) -> None:
    """Twenty documents are asked of somebody in the middle; their page is opened again and again."""
    from django.contrib.auth import BACKEND_SESSION_KEY
    from django.test import Client

    from burgrave.people.models import Person
    from burgrave.policies import models

    person = Person.objects.get(pk=people[len(people) // 2])
    for number in range(1, DOCUMENTS):
        document, version = published(root, number)
        models.Ask.objects.create(
            document_id=document, version_id=version, person=person, asked_at=NOW, due_on=NOW.date()
        )
    client = Client(headers={"host": "localhost"})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    if BACKEND_SESSION_KEY not in client.session:
        raise SystemExit("signing in failed")
    times, spent = [], []
    for _ in range(PAGES):
        begin, used = time.perf_counter(), time.process_time()
        answer = client.get("/me/policies/")
        times.append((time.perf_counter() - begin) * 1_000)
        spent.append((time.process_time() - used) * 1_000)
        if answer.status_code != 200 or answer.content.count(b"duty-link") != DOCUMENTS:
            raise SystemExit(f"the page answered {answer.status_code}")
    times.sort()
    spent.sort()
    high = times[int(len(times) * 0.95)]
    print(
        f"What I must know, {DOCUMENTS} documents, {len(people):,} persons: median {times[len(times) // 2]:.1f} ms, "
        f"95 % {high:.1f} ms of {PAGES} pages, {high / FULL_MILLISECONDS:.2f} of the {FULL_MILLISECONDS:g} ms allowed; "
        f"of it CPU time of the process: 95 % {spent[int(len(spent) * 0.95)]:.1f} ms"
    )


def main() -> int:
    """Print the figures."""
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"BURGRAVE_HOME": home, "DJANGO_SETTINGS_MODULE": "burgrave.site.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        root, people = build(persons)
        ask(persons, root, people)
        pages(root, people)
        connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
