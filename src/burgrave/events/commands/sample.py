"""The events of the sample leave at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.events import models
from burgrave.events.commands.keeping import remove_after_commit
from burgrave.events.terms import HUNT, SampleLeft, day_subject
from burgrave.ledger import commands as ledger
from burgrave.people import queries as people
from burgrave.web.terms import Actor


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """No event of the sample is kept. Returns the subjects that the ledger knows its days by. Raises Forbidden."""
    units = people.sample_units()
    for unit_id in units:
        actor.must(HUNT, unit_id)
    parts = models.Part.objects.filter(unit_id__in=units)
    names = list(parts.values_list("name", flat=True))
    gone = sum(parts.values_list("events", flat=True))
    days = list(models.Day.objects.filter(unit_id__in=units).values_list("unit_id", "kept_on"))

    parts.delete()
    for table in (models.Heard, models.Day, models.Intake):
        table.objects.filter(unit_id__in=units).delete()
    remove_after_commit(names)

    if names:
        ledger.append(SampleLeft(events=gone, parts=len(names)), actor=actor, at=now)
    return tuple(day_subject(unit_id, kept_on) for unit_id, kept_on in days)
