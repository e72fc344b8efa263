"""Whom something is told, and how they are reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.utils.translation import gettext

from burgrave.people import models
from burgrave.people.queries.access import current_tree, giving, within
from burgrave.people.terms import Contact, EndingGrant, PersonId, UnitId
from burgrave.web.recurring import MOST_OCCASIONS, Occasion, Occasions
from burgrave.web.terms import Actor


def contacts(person_ids: Iterable[UUID]) -> Mapping[PersonId, Contact]:
    """How each of these is reached; who was deactivated is absent. One statement."""
    found = models.Person.objects.filter(pk__in=set(person_ids), is_active=True)
    rows = found.values_list("pk", "name", "email", "language", "time_zone", "unit_id")
    return {
        PersonId(key): Contact(
            person_id=PersonId(key),
            name=name,
            email=email,
            language=language,
            time_zone=time_zone,
            unit_id=UnitId(unit_id),
        )
        for key, name, email, language, time_zone, unit_id in rows
    }


def ladder(permission: str, unit_id: UUID, *, now: datetime) -> tuple[tuple[PersonId, ...], ...]:
    """Who may do this in the unit, in rungs: those whose role is given nearest to it first. Five statements.

    Right after those of a unit come their deputies: whoever has it lent from one of them. A person stands on their
    lowest rung only; a rung on which nobody stands is left out.
    """
    tree = current_tree()
    given = giving(permission, unit_id, now=now)
    holding: dict[UUID, list[PersonId]] = defaultdict(list)
    found = given.filter(person__is_active=True).order_by("person__name", "person_id")
    for given_in, person_id in found.values_list("unit_id", "person_id"):
        holding[given_in].append(PersonId(person_id))
    deputies: dict[UUID, list[PersonId]] = defaultdict(list)
    lent = models.Delegation.objects.filter(
        grant__in=given, begins_at__lte=now, ends_at__gt=now, taken_back_at=None, delegate__is_active=True
    )
    for given_in, person_id, units, permissions in lent.order_by("delegate__name", "delegate_id").values_list(
        "grant__unit_id", "delegate_id", "units", "permissions"
    ):
        reaches = not units or any(tree.covers(UnitId(UUID(unit)), UnitId(unit_id)) for unit in units)
        if reaches and (not permissions or permission in permissions):
            deputies[given_in].append(PersonId(person_id))
    seen: set[PersonId] = set()
    answer: list[tuple[PersonId, ...]] = []
    for unit in tree.above.get(UnitId(unit_id), ()):
        for standing_here in (holding[unit], deputies[unit]):
            rung = tuple(each for each in dict.fromkeys(standing_here) if each not in seen)
            seen.update(rung)
            if rung:
                answer.append(rung)
    return tuple(answer)


def grants_ending(*, after: datetime, until: datetime) -> tuple[EndingGrant, ...]:
    """The grants of active persons that end between the two, by their end. One statement."""
    found = models.Grant.objects.filter(expires_at__gt=after, expires_at__lte=until, person__is_active=True)
    return tuple(
        EndingGrant(
            grant_id=row.pk,
            person_id=PersonId(row.person_id),
            unit_id=UnitId(row.unit_id),
            expires_at=row.expires_at,
        )
        for row in found.order_by("expires_at", "id")
        if row.expires_at is not None
    )


def roles_ending(first: date, last: date, actor: Actor) -> Occasions:
    """Whose roles end in these days, in the units where the actor sees people, for the calendar. Two statements."""
    begin = datetime.combine(first, time(), tzinfo=UTC)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=UTC)
    found = models.Grant.objects.filter(
        within(actor, "people.read"), expires_at__gte=begin, expires_at__lt=end, person__is_active=True
    ).select_related("person", "role")
    rows = tuple(found.order_by("expires_at", "id")[: MOST_OCCASIONS + 1])
    return Occasions(
        rows=tuple(
            Occasion(
                on=row.expires_at.date(),
                title=gettext(row.role.name),
                key=str(row.person_id),
                who=row.person.name,
                unit_id=row.unit_id,
            )
            for row in rows[:MOST_OCCASIONS]
            if row.expires_at is not None
        ),
        total=len(rows) if len(rows) <= MOST_OCCASIONS else found.count(),
    )
