"""Persons, in a list and one by one."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from burgrave.people import models, rules
from burgrave.people.queries.access import standing, unit_nodes
from burgrave.people.terms import (
    GrantRow,
    PersonFilter,
    PersonId,
    PersonRow,
    PersonState,
    PersonView,
    UnitId,
    WhyMay,
)
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, Page

NO_PASSWORD = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def persons(wanted: PersonFilter, *, number: int, size: int, actor: Actor, now: datetime) -> Page[PersonRow]:
    """One page of the persons whom the actor may see, by name. Three statements, whatever the number of rows."""
    found = _filtered(wanted, actor=actor, now=now)
    total = found.count()
    last = max(1, -(-total // size))
    number = min(max(number, 1), last)
    rows = tuple(found.order_by("name", "id")[(number - 1) * size : number * size])
    roles: dict[UUID, list[str]] = defaultdict(list)
    grants = models.Grant.objects.filter(
        standing(now), person_id__in=[row.pk for row in rows], unit_id__in=actor.units("people.read")
    )
    for person_id, role in grants.order_by("role_id").values_list("person_id", "role_id").distinct():
        roles[person_id].append(role)
    return Page(
        rows=tuple(_person_row(row, tuple(roles[row.pk])) for row in rows), number=number, size=size, total=total
    )


def _filtered(wanted: PersonFilter, *, actor: Actor, now: datetime) -> QuerySet[models.Person]:
    found = models.Person.objects.filter(unit_id__in=actor.units("people.read")).select_related("unit")
    if wanted.text:
        found = found.filter(Q(name__icontains=wanted.text) | Q(email__icontains=wanted.text))
    if wanted.unit_id is not None:
        found = found.filter(unit_id=wanted.unit_id)
    if wanted.role:
        holders = models.Grant.objects.filter(
            standing(now), role_id=wanted.role, unit_id__in=actor.units("people.read")
        )
        found = found.filter(pk__in=holders.values("person_id"))
    match wanted.state:
        case PersonState.DEACTIVATED:
            found = found.filter(is_active=False)
        case PersonState.INVITED:
            found = found.filter(NO_PASSWORD, is_active=True)
        case PersonState.ACTIVE:
            found = found.filter(~NO_PASSWORD, is_active=True)
        case None:
            pass
    return found


def _person_row(row: models.Person, roles: tuple[str, ...]) -> PersonRow:
    return PersonRow(
        person_id=PersonId(row.pk),
        name=row.name,
        email=row.email,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        state=state_of(row),
        roles=roles,
        last_signed_in_at=row.last_login,
    )


def state_of(row: models.Person) -> PersonState:
    if not row.is_active:
        return PersonState.DEACTIVATED
    return PersonState.ACTIVE if row.has_usable_password() and row.password else PersonState.INVITED


def person(person_id: UUID, *, actor: Actor, now: datetime) -> PersonView:
    """One person with grants and reasons. Raises NotFound when the actor may not see them. Three statements."""
    row = models.Person.objects.select_related("unit").filter(pk=person_id).first()
    if row is None or not actor.may("people.read", UnitId(row.unit_id)):
        raise NotFound(_("no person with this identifier is visible to you"))
    grants = tuple(
        models.Grant.objects.filter(person=row).select_related("role", "unit").order_by("role_id", "unit__name")
    )
    visible = tuple(grant for grant in grants if actor.may("people.read", UnitId(grant.unit_id)))
    return PersonView(
        person_id=PersonId(row.pk),
        name=row.name,
        email=row.email,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        state=state_of(row),
        language=row.language,
        theme=row.theme,
        time_zone=row.time_zone,
        joined_at=row.joined_at,
        last_signed_in_at=row.last_login,
        version=row.version,
        grants=tuple(_grant_row(grant, now=now) for grant in visible),
        hidden_grants=len(grants) - len(visible),
        why=_reasons(visible, now=now) if row.is_active else (),
    )


def _grant_row(grant: models.Grant, *, now: datetime) -> GrantRow:
    return GrantRow(
        grant_id=grant.pk,
        role=grant.role_id,
        unit_id=UnitId(grant.unit_id),
        unit_name=grant.unit.name,
        expires_at=grant.expires_at,
        is_expired=grant.expires_at is not None and grant.expires_at <= now,
        granted_at=grant.granted_at,
        granted_by=grant.granted_by,
    )


def _reasons(grants: tuple[models.Grant, ...], *, now: datetime) -> tuple[WhyMay, ...]:
    """Each permission with the grants that give it now, by permission."""
    below = rules.descendants(unit_nodes())
    reasons = [
        WhyMay(
            permission=permission,
            role=grant.role_id,
            grant_id=grant.pk,
            unit_name=grant.unit.name,
            units_below=len(below[UnitId(grant.unit_id)]) - 1,
            expires_at=grant.expires_at,
        )
        for grant in grants
        if grant.expires_at is None or now < grant.expires_at
        for permission in grant.role.permissions
    ]
    return tuple(sorted(reasons, key=lambda reason: (reason.permission, reason.role, reason.unit_name)))
