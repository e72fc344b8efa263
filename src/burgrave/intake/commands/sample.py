"""What is made up goes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.intake import models
from burgrave.intake.queries.finding import KIND
from burgrave.intake.terms import MANAGE, log_source_subject, records
from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.terms import Actor


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """No log source of the sample is left. Returns the subjects that the ledger knows them by. Raises Forbidden."""
    units = people.sample_units()
    for unit_id in units:
        actor.must(MANAGE, unit_id)
    found = models.LogSource.objects.filter(unit_id__in=units)
    keys = list(found.values_list("pk", flat=True))

    found.delete()
    models.EventMapping.objects.filter(unit_id__in=units).delete()
    lists.unindex(KIND, keys)

    if keys:
        ledger.append(records.SampleLeft(log_sources=len(keys)), actor=actor, at=now)
    return tuple(map(log_source_subject, keys))
