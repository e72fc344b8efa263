"""What was lent to whom."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from burgrave.people import models
from burgrave.people.queries.access import standing
from burgrave.people.rules import delegation as decide
from burgrave.people.terms import DelegationRow, DelegationState, LendableGrant, PersonId, UnitId
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor

SHOWN = 100


def delegations_of(person_id: UUID, *, actor: Actor, now: datetime) -> tuple[DelegationRow, ...]:
    """What the person lent and what was lent to them, the latest first; two statements.

    Of somebody else, only what concerns units that the reader sees.
    """
    found = models.Delegation.objects.filter(Q(grant__person_id=person_id) | Q(delegate_id=person_id)).select_related(
        "grant__role", "grant__unit", "grant__person", "delegate"
    )
    rows = [
        row
        for row in found.order_by("-made_at", "pk")[:SHOWN]
        if person_id == actor.person_id or actor.may("people.read", UnitId(row.grant.unit_id))
    ]
    wanted = {UUID(unit) for row in rows for unit in row.units}
    names = dict(models.Unit.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
    return tuple(_row(row, names, now=now) for row in rows)


def lendable(*, actor: Actor, now: datetime) -> tuple[LendableGrant, ...]:
    """The grants that the actor holds now and may lend. One statement."""
    mine = models.Grant.objects.filter(standing(now), person_id__in=[actor.person_id] if actor.person_id else [])
    return tuple(
        LendableGrant(
            grant_id=grant.pk,
            role=grant.role_id,
            role_name=grant.role.name,
            unit_id=UnitId(grant.unit_id),
            unit_name=grant.unit.name,
            permissions=tuple(sorted(set(grant.role.permissions) - decide.NEVER_LENT)),
            expires_at=grant.expires_at,
        )
        for grant in mine.select_related("role", "unit").order_by("role_id", "unit__name")
        if grant.role_id not in decide.NOT_DELEGABLE and set(grant.role.permissions) - decide.NEVER_LENT
    )


def one_lendable(grant_id: UUID, *, actor: Actor, now: datetime) -> LendableGrant:
    """Raises NotFound."""
    for each in lendable(actor=actor, now=now):
        if each.grant_id == grant_id:
            return each
    raise NotFound("you hold no role by this identifier that can be delegated")


def units_below(unit_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """The unit and all below it, by name. One statement."""
    below = models.Place.objects.filter(upper_id=unit_id).values("unit_id")
    return tuple(models.Unit.objects.filter(pk__in=below).order_by("name", "pk").values_list("pk", "name"))


def _row(row: models.Delegation, names: dict[UUID, str], *, now: datetime) -> DelegationRow:
    grant = row.grant
    return DelegationRow(
        delegation_id=row.pk,
        grant_id=grant.pk,
        role=grant.role_id,
        role_name=grant.role.name,
        unit_name=grant.unit.name,
        units=tuple(names.get(UUID(unit), "") for unit in row.units),
        permissions=tuple(row.permissions),
        delegator_id=PersonId(grant.person_id),
        delegator_name=grant.person.name,
        delegate_id=PersonId(row.delegate_id),
        delegate_name=row.delegate.name,
        reason=row.reason,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        made_at=row.made_at,
        state=_state(row, now=now),
    )


def _state(row: models.Delegation, *, now: datetime) -> DelegationState:
    grant = row.grant
    if row.taken_back_at is not None:
        return DelegationState.TAKEN_BACK
    if row.ends_at <= now or (grant.expires_at is not None and grant.expires_at <= now):
        return DelegationState.ENDED
    if row.begins_at > now:
        return DelegationState.TO_COME
    return DelegationState.HOLDS if grant.person.is_active else DelegationState.ENDED
