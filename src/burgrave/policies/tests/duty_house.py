"""What the tests of duties build again and again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from uuid import UUID

from burgrave.engines.norms import Kind, Language
from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import JobFunction
from burgrave.people.tests_cast import NOON
from burgrave.policies import commands, handlers, models
from burgrave.policies.terms import DocumentState, VersionState
from burgrave.policies.terms.acknowledging import AudienceKind, AudiencePart, Cadence
from burgrave.web.terms import Actor, UnitId

EVERYBODY = (AudiencePart(kind=AudienceKind.EVERYBODY),)
JOBS: Mapping[str, JobFunction] = {
    commands.ASK_JOB: handlers.ask,
    commands.MEET_JOB: handlers.meet,
    commands.RENEW_JOB: handlers.renew,
}
_numbers = count(1)


def document(
    unit_id: UnitId, *, number: str = "POL-01", kind: Kind = Kind.POLICY, title: str = "Passwords", sample: bool = False
) -> models.Document:
    """A document that nothing of was published yet."""
    return models.Document.objects.create(
        number=number,
        kind=kind,
        title=title,
        titles={"en": title},
        unit_id=unit_id,
        is_sample=sample,
        languages=["en"],
        added_at=NOON,
        changed_at=NOON,
    )


def publish(
    found: models.Document, source: str = "# Passwords\n\nEverybody shall use 14 characters.\n", *, label: str = "1.0"
) -> models.Version:
    """The next version is in force, as the record of its publication would have it."""
    models.Version.objects.filter(document=found, state=VersionState.PUBLISHED).update(
        state=VersionState.SUPERSEDED, ended_on=NOON.date()
    )
    version = models.Version.objects.create(
        document=found,
        ordinal=next(_numbers),
        label=label,
        is_major=label.endswith(".0"),
        state=VersionState.PUBLISHED,
        effective_on=NOON.date(),
        published_at=NOON,
        digest=sha256(source.encode()).hexdigest(),
        made_at=NOON,
        changed_at=NOON,
    )
    models.VersionText.objects.create(version=version, language=Language.ENGLISH, title=found.title, source=source)
    found.state, found.label = DocumentState.IN_FORCE, label
    found.save()
    return version


def ask(found: models.Document, actor: Actor, *, parts: tuple[AudiencePart, ...] = EVERYBODY) -> models.Version:
    """Version 1.0 is published and everybody of the audience was asked."""
    version = publish(found)
    seen = models.Asking.objects.filter(pk=found.pk).values_list("version", flat=True).first() or 0
    commands.set_audience(found.pk, parts, Cadence(), version=seen, actor=actor, now=NOON)
    work()
    return version


def work(*, now: datetime = NOON) -> None:
    """Every job that is due runs."""
    while jobs.run_next(JOBS, worker="test", clock=lambda: now) is not None:
        pass


def asked(found: models.Document) -> set[UUID]:
    """Who is asked for the document now."""
    return set(models.Ask.objects.filter(document=found, ended_at=None).values_list("person_id", flat=True))


def later(days: int) -> datetime:
    return NOON + timedelta(days=days)
