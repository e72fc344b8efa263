"""Who belongs to a circle of people: for what is asked of, or told to, many at once."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from burgrave.people import models
from burgrave.people.queries.access import standing
from burgrave.people.terms import Circle, PersonId


def belonging(circle: Circle, field: str, *, now: datetime) -> Q:
    """The filter of rows whose ``field`` is a person of the circle. A subquery, whatever the number of persons."""
    return Q(**{f"{field}__in": models.Person.objects.filter(_members(circle, now=now)).values("pk")})


def count_members(circle: Circle, *, now: datetime) -> int:
    """The head count of the circle. One statement."""
    return models.Person.objects.filter(_members(circle, now=now)).count()


def members_after(circle: Circle, after: UUID | None, *, most: int, now: datetime) -> tuple[PersonId, ...]:
    """At most so many persons of the circle by their identifiers, from the one after ``after`` on. One statement."""
    found = models.Person.objects.filter(_members(circle, now=now))
    if after is not None:
        found = found.filter(pk__gt=after)
    return tuple(PersonId(key) for key in found.order_by("pk").values_list("pk", flat=True)[:most])


def members_among(circle: Circle, person_ids: frozenset[PersonId], *, now: datetime) -> frozenset[PersonId]:
    """Those of the persons who belong to the circle. One statement."""
    found = models.Person.objects.filter(_members(circle, now=now), pk__in=person_ids)
    return frozenset(PersonId(key) for key in found.values_list("pk", flat=True))


def _members(circle: Circle, *, now: datetime) -> Q:
    ways = [Q(pk__in=circle.persons)]
    if circle.everybody:
        ways.append(Q(pk__isnull=False))
    if circle.units:
        ways.append(Q(unit_id__in=circle.units))
    if circle.trees:
        below = models.Place.objects.filter(upper_id__in=circle.trees).values("unit_id")
        ways.append(Q(unit_id__in=below))
    if circle.roles:
        held = models.Grant.objects.filter(standing(now), role_id__in=circle.roles).values("person_id")
        ways.append(Q(pk__in=held))
    return Q(is_active=True, unit__is_sample=circle.is_sample) & reduce(or_, ways)
