"""What the management system says of the sample leaves at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.isms import models
from burgrave.isms.queries.statements import KIND
from burgrave.isms.terms import EDIT
from burgrave.isms.terms.records import (
    SampleLeft,
    committee_subject,
    decision_subject,
    meeting_subject,
    review_subject,
    soa_subject,
    statement_subject,
)
from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.terms import Actor


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Nothing of the sample is left. Returns the subjects that the ledger knows it by. Raises Forbidden."""
    units = people.sample_units()
    for unit_id in units:
        actor.must(EDIT, unit_id)
    decisions = models.Decision.objects.filter(unit_id__in=units)
    meetings = models.Meeting.objects.filter(committee__unit_id__in=units)
    committees = models.Committee.objects.filter(unit_id__in=units)
    reviews = models.Review.objects.filter(unit_id__in=units)
    stated = models.StatementOfApplicability.objects.filter(unit_id__in=units)
    chosen = models.Applicability.objects.filter(unit_id__in=units)
    statements = models.Statement.objects.filter(unit_id__in=units)
    keys = list(statements.order_by("kind", "number").values_list("pk", flat=True))
    gone = (
        *map(decision_subject, decisions.order_by("number").values_list("pk", flat=True)),
        *map(meeting_subject, meetings.order_by("number").values_list("pk", flat=True)),
        *map(committee_subject, committees.order_by("pk").values_list("pk", flat=True)),
        *map(review_subject, reviews.order_by("number").values_list("pk", flat=True)),
        *map(statement_subject, keys),
        *map(
            soa_subject,
            sorted({*stated.values_list("framework_id", flat=True), *chosen.values_list("framework_id", flat=True)}),
        ),
    )
    if not gone:
        return ()

    counts = {"statements": len(keys), "meetings": meetings.count(), "reviews": reviews.count()}
    stated.delete()
    chosen.delete()
    decisions.delete()
    meetings.delete()
    models.Member.objects.filter(committee__unit_id__in=units).delete()
    committees.delete()
    reviews.delete()
    models.Rating.objects.filter(statement__unit_id__in=units).delete()
    models.Reading.objects.filter(statement__unit_id__in=units).delete()
    models.Version.objects.filter(statement__unit_id__in=units).delete()
    statements.filter(parent__isnull=False).delete()
    statements.delete()
    lists.unindex(KIND, keys)

    ledger.append(SampleLeft(**counts), actor=actor, at=now)
    return gone
