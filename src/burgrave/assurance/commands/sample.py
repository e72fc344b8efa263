"""What assurance holds of the sample leaves at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from django.db import transaction

from burgrave.assurance import models, queries
from burgrave.assurance.commands.numbering import SAMPLE
from burgrave.assurance.commands.renewing import relink
from burgrave.assurance.terms import (
    EXPORT,
    MANAGE,
    SampleLeft,
    action_subject,
    bundle_subject,
    check_subject,
    evidence_subject,
    finding_subject,
    framework_subject,
    measure_subject,
    requirement_subject,
    run_subject,
)
from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """No evidence, bundle, finding or framework of the sample is left. Returns the subjects that the ledger knows.

    The bytes of evidence go with the next sweep, unless something real refers to the same. Raises Forbidden.
    """
    units = people.sample_units()
    for unit_id in units:
        actor.must(EXPORT, unit_id)
        actor.must(MANAGE, unit_id)
    gone = (*_evidence(units), *_findings(units), *_measures(units, now=now), *_frameworks(units))
    if not gone:
        return ()

    kinds = [each.split(":")[0] for each in gone]
    left = SampleLeft(evidence=kinds.count("assurance.evidence"), bundles=kinds.count("assurance.bundle"))
    ledger.append(left, actor=actor, at=now)
    return gone


def _evidence(units: Collection[UnitId]) -> tuple[str, ...]:
    kept, issued = models.Evidence.objects.filter(unit_id__in=units), models.Bundle.objects.filter(unit_id__in=units)
    evidence, bundles = list(kept.values_list("pk", flat=True)), list(issued.values_list("pk", flat=True))
    models.BundleSubject.objects.filter(bundle__unit_id__in=units).delete()
    issued.delete()
    kept.delete()
    lists.unindex(queries.KIND, evidence)
    return (*map(evidence_subject, evidence), *map(bundle_subject, bundles))


def _findings(units: Collection[UnitId]) -> tuple[str, ...]:
    raised = models.Finding.objects.filter(unit_id__in=units)
    begun = models.CorrectiveAction.objects.filter(finding__unit_id__in=units)
    findings, actions = list(raised.values_list("pk", flat=True)), list(begun.values_list("pk", flat=True))
    begun.delete()
    raised.delete()
    models.Counter.objects.filter(series__startswith=SAMPLE).delete()
    lists.unindex(queries.FINDING_KIND, findings)
    return (*map(finding_subject, findings), *map(action_subject, actions))


def _measures(units: Collection[UnitId], *, now: datetime) -> tuple[str, ...]:
    tests, put = models.Check.objects.filter(unit_id__in=units), models.Measure.objects.filter(unit_id__in=units)
    checks, measures = list(tests.values_list("pk", flat=True)), list(put.values_list("pk", flat=True))
    runs = list(models.CheckRun.objects.filter(tested__unit_id__in=units).values_list("pk", flat=True))
    touched = list(models.Reach.objects.filter(measure__unit_id__in=units).values_list("requirement_id", flat=True))
    tests.delete()
    put.delete()
    relink(touched, today=now.astimezone(UTC).date())
    lists.unindex(queries.CHECK_KIND, checks)
    lists.unindex(queries.MEASURE_KIND, measures)
    return (*map(measure_subject, measures), *map(check_subject, checks), *map(run_subject, runs))


def _frameworks(units: Collection[UnitId]) -> tuple[str, ...]:
    own = models.Framework.objects.filter(unit_id__in=units)
    frameworks = list(own.values_list("pk", flat=True))
    theirs = models.Requirement.objects.filter(framework__unit_id__in=units)
    requirements = list(theirs.values_list("pk", flat=True))
    models.MeasureAnswer.objects.filter(requirement__framework__unit_id__in=units).delete()
    models.FindingRequirement.objects.filter(requirement__framework__unit_id__in=units).delete()
    models.Satisfies.objects.filter(target__framework__unit_id__in=units).update(target=None)
    models.Satisfies.objects.filter(requirement__framework__unit_id__in=units).delete()
    models.Wording.objects.filter(requirement__framework__unit_id__in=units).delete()
    theirs.delete()
    own.delete()
    lists.unindex(queries.REQUIREMENT_KIND, requirements)
    lists.unindex(queries.FRAMEWORK_KIND, frameworks)
    return (*map(framework_subject, frameworks), *map(requirement_subject, requirements))
