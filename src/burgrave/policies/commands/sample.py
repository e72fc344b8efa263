"""The made-up documents of the sample leave at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.commands.numbering import SAMPLE
from burgrave.policies.queries.finding import KIND
from burgrave.policies.terms import EDIT, document_subject, records, version_subject
from burgrave.policies.terms.duty_records import exception_subject, run_subject
from burgrave.web.terms import Actor


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """No document of the sample is left, with all that was asked, excepted and run of it.

    Returns the subjects that the ledger knows them by. Raises Forbidden.
    """
    units = people.sample_units()
    for unit_id in units:
        actor.must(EDIT, unit_id)
    made_up = models.Document.objects.filter(unit_id__in=units)
    keys = list(made_up.order_by("number").values_list("pk", flat=True))
    if not keys:
        return ()
    versions = list(models.Version.objects.filter(document_id__in=keys).values_list("pk", flat=True))
    excepted = list(models.ClauseException.objects.filter(document_id__in=keys).values_list("pk", flat=True))
    runs = list(models.Run.objects.filter(document_id__in=keys).values_list("pk", flat=True))

    made_up.delete()
    models.Serial.objects.filter(name__startswith=SAMPLE).delete()
    lists.unindex(KIND, keys)

    ledger.append(records.SampleLeft(documents=len(keys)), actor=actor, at=now)
    return (
        *map(document_subject, keys),
        *map(version_subject, versions),
        *map(exception_subject, excepted),
        *map(run_subject, runs),
    )
