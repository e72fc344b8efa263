"""Who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from burgrave.people import models, rules
from burgrave.people.terms import HeldGrant, PersonId, Preferences, UnitId, UnitNode
from burgrave.people.terms.records import person_subject
from burgrave.web.terms import Actor


def actor_of(person_id: UUID, now: datetime) -> Actor:
    """The person with every permission that holds at ``now``; three statements, whatever the number of grants.

    Somebody unknown or deactivated gets an actor that may nothing.
    """
    person = models.Person.objects.filter(pk=person_id, is_active=True).only("id", "name").first()
    if person is None:
        return Actor(person_id=None, label="people.nobody", name="")
    grants = held_grants(person.pk, now=now)
    units = unit_nodes() if grants else ()
    allowed = rules.compile_allowed(grants, units, now=now)
    return Actor(
        person_id=PersonId(person.pk),
        label=person_subject(person.pk),
        name=person.name,
        allowed=allowed,
        everywhere=rules.holding_everywhere(allowed, units),
    )


def held_grants(person_id: UUID, *, now: datetime) -> tuple[HeldGrant, ...]:
    """The grants of the person that hold at ``now``."""
    found = models.Grant.objects.filter(standing(now), person_id=person_id).select_related("role")
    return tuple(
        HeldGrant(
            person_id=PersonId(grant.person_id),
            role=grant.role_id,
            unit_id=UnitId(grant.unit_id),
            permissions=frozenset(grant.role.permissions),
            expires_at=grant.expires_at,
        )
        for grant in found
    )


def standing(now: datetime) -> Q:
    """The filter of grants that hold at ``now``."""
    return Q(expires_at__isnull=True) | Q(expires_at__gt=now)


def unit_nodes() -> tuple[UnitNode, ...]:
    rows: Iterable[tuple[UUID, UUID | None]] = models.Unit.objects.values_list("id", "parent_id")
    return tuple(
        UnitNode(unit_id=UnitId(unit_id), parent_id=UnitId(parent_id) if parent_id else None)
        for unit_id, parent_id in rows
    )


def holders(permission: str, unit_id: UUID, *, now: datetime) -> tuple[tuple[PersonId, str], ...]:
    """Everybody who may do this in the unit, by name: whom work can be given to. Two statements."""
    parents = {node.unit_id: node.parent_id for node in unit_nodes()}
    above: list[UnitId] = []
    step: UnitId | None = UnitId(unit_id)
    while step is not None:
        above.append(step)
        step = parents.get(step)
    found = (
        models.Grant.objects.filter(standing(now), unit_id__in=above, person__is_active=True)
        .select_related("role", "person")
        .order_by("person__name", "person_id")
    )
    return tuple(
        dict.fromkeys(
            (PersonId(grant.person_id), grant.person.name) for grant in found if permission in grant.role.permissions
        )
    )


def names(person_ids: Iterable[UUID]) -> Mapping[PersonId, str]:
    """The names of these persons, also of those who left. One statement."""
    found = models.Person.objects.filter(pk__in=set(person_ids)).values_list("id", "name")
    return {PersonId(person_id): name for person_id, name in found}


def preferences_of(person_id: UUID) -> tuple[Preferences, int]:
    """How the person wants pages to be, and the version that an edit must send back."""
    row = models.Person.objects.only("language", "theme", "time_zone", "version").get(pk=person_id)
    return Preferences(language=row.language, theme=row.theme, time_zone=row.time_zone), row.version


MOST_PEOPLE = 2_000


def everybody() -> Mapping[PersonId, str]:
    """Everybody who is active, at most 2,000 by name: whom something can be given to. One statement."""
    found = models.Person.objects.filter(is_active=True).order_by("name", "id").values_list("pk", "name")
    return {PersonId(key): name for key, name in found[:MOST_PEOPLE]}


def by_email() -> Mapping[str, PersonId]:
    """Everybody who is active, by e-mail address. One statement."""
    found = models.Person.objects.filter(is_active=True).values_list("email", "pk")
    return {address: PersonId(key) for address, key in found}
