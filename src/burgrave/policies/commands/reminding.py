"""Whoever has not confirmed in time is reminded, and then the head of their unit is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Words
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.queries.audiences import cadence_of
from burgrave.policies.rules import acknowledging as rules
from burgrave.policies.terms import OVERSEE
from burgrave.policies.terms.acknowledging import Cadence
from burgrave.web.terms import PersonId

REMINDED = gettext_noop("There are documents that you have not confirmed yet")
ESCALATED = gettext_noop("People of your unit who have not confirmed a document in time: %(count)s")
PERSONS_AT_ONCE, UNITS_AT_ONCE = 500, 50


@transaction.atomic
def remind_some(*, now: datetime) -> int:
    """Up to 500 persons whose reminder is due are reminded, each once. Returns how many; 0 when nobody is left."""
    today = now.date()
    due = models.Ask.objects.filter(next_reminder_on__lte=today)
    persons = list(due.order_by("person_id").values_list("person_id", flat=True).distinct()[:PERSONS_AT_ONCE])
    if not persons:
        return 0
    cadences = _cadences()
    groups: Mapping[tuple[UUID, date], list[UUID]] = defaultdict(list)
    for key, document_id, due_on in due.filter(person_id__in=persons).values_list("pk", "document_id", "due_on"):
        groups[document_id, due_on].append(key)
    for (document_id, due_on), keys in groups.items():
        following = rules.next_reminder(due_on, cadences.get(document_id, Cadence()), after=today)
        models.Ask.objects.filter(pk__in=keys).update(next_reminder_on=following)
    notifications.notify(
        topic="policies.reminder",
        to=Recipients(persons=tuple(PersonId(key) for key in persons)),
        subject="policies.library:all",
        words=Words(sentence=REMINDED),
        link="/me/policies/",
        now=now,
    )
    return len(persons)


@transaction.atomic
def escalate_some(*, now: datetime) -> int:
    """The heads of up to 50 units are told how many of their people are late. Returns of how many units."""
    late = models.Ask.objects.filter(escalate_on__lte=now.date())
    units = list(late.order_by("person__unit_id").values_list("person__unit_id", flat=True).distinct()[:UNITS_AT_ONCE])
    for unit_id in units:
        of_unit = late.filter(person__unit_id=unit_id)
        count = of_unit.values("person_id").distinct().count()
        rungs = people.ladder(OVERSEE, unit_id, now=now)
        if rungs:
            notifications.notify(
                topic="policies.late",
                to=Recipients(persons=rungs[0]),
                subject="policies.library:all",
                words=Words(sentence=ESCALATED, params={"count": count}),
                link=f"/policies/acknowledgements/people/?unit={unit_id}&state=overdue",
                now=now,
            )
        models.Ask.objects.filter(pk__in=of_unit.values("pk")).update(escalate_on=None)
    return len(units)


def _cadences() -> Mapping[UUID, Cadence]:
    return {row.pk: cadence_of(row) for row in models.Asking.objects.all()}
