"""The evidence of the sample leaves at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.assurance import models, queries
from burgrave.assurance.terms import EXPORT, SampleLeft, bundle_subject, evidence_subject
from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.terms import Actor


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """No evidence and no bundle of the sample is left. Returns the subjects that the ledger knows them by.

    Their bytes go with the next sweep, unless something real refers to the same. Raises Forbidden.
    """
    units = people.sample_units()
    for unit_id in units:
        actor.must(EXPORT, unit_id)
    kept, issued = models.Evidence.objects.filter(unit_id__in=units), models.Bundle.objects.filter(unit_id__in=units)
    evidence, bundles = list(kept.values_list("pk", flat=True)), list(issued.values_list("pk", flat=True))
    if not evidence and not bundles:
        return ()

    models.BundleSubject.objects.filter(bundle__unit_id__in=units).delete()
    issued.delete()
    kept.delete()
    lists.unindex(queries.KIND, evidence)

    ledger.append(SampleLeft(evidence=len(evidence), bundles=len(bundles)), actor=actor, at=now)
    return (*map(evidence_subject, evidence), *map(bundle_subject, bundles))
