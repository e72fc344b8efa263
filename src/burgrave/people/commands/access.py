"""Roles are given and taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.people import models, rules
from burgrave.people.commands.delegations import end
from burgrave.people.commands.loading import (
    held,
    lasting_administrators,
    lock_organisation,
    lock_unit,
    must_outrank,
    role_given,
)
from burgrave.people.errors import Deactivated, GrantStands
from burgrave.people.rules import roles
from burgrave.people.terms import GrantMade, GrantRevoked, GrantView, PersonId, UnitId
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor


@transaction.atomic
def grant(
    person_id: UUID, *, role: str, unit_id: UUID, expires_at: datetime | None, actor: Actor, now: datetime
) -> UUID:
    """The person holds the role in the unit and below it, until ``expires_at``.

    Whoever gives the role must manage the unit, see the person, and hold there what the role allows, or be one who
    appoints others there. Raises SelfGrant, PermissionNotHeld, RoleIsRetired, GrantStands, Deactivated,
    ExpiryHasPassed, NotFound or Forbidden.
    """
    lock_organisation()
    unit = lock_unit(unit_id, actor=actor)
    person = models.Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None or not actor.may("people.read", UnitId(person.unit_id)):
        raise NotFound(_("no person with this identifier is visible to you"))
    kind = role_given(role)
    standing = models.Grant.objects.filter(person=person, role_id=role, unit=unit).select_related("role").first()

    asked = GrantView(
        person_id=PersonId(person.pk),
        person_name=person.name,
        role=role,
        unit_id=UnitId(unit.pk),
        expires_at=expires_at,
    )
    not_held = roles.cannot_pass_on(
        frozenset(kind.permissions), holds=lambda permission: actor.holds(permission, UnitId(unit.pk))
    )
    rules.may_grant(asked, by=actor.person_id, now=now, not_held=not_held)
    if person.unit.is_sample:
        rules.must_not_mix(person.unit.is_sample, unit.is_sample)
    if not person.is_active:
        raise Deactivated(_("%(name)s is deactivated") % {"name": person.name}, mend=_("Reactivate the person first."))
    if standing is not None and rules.holds(held(standing), now=now):
        raise GrantStands(
            _("%(name)s holds this role in this unit already") % {"name": person.name},
            mend=_("Revoke it first to change its end."),
        )

    if person.has_usable_password():
        # A link that somebody with less power gave out before would now open more than they may open.
        models.OneTimeLink.objects.filter(person=person, used_at=None).delete()
    if standing is not None:
        standing.delete()
    made = models.Grant.objects.create(
        id=uuid4(),
        person=person,
        role_id=role,
        unit=unit,
        expires_at=expires_at,
        granted_at=now,
        granted_by=actor.name,
    )

    ledger.append(
        GrantMade(
            grant_id=made.pk,
            person_id=person.pk,
            role=str(role),
            unit_id=unit.pk,
            expires_at=expires_at,
        ),
        actor=actor,
        at=now,
    )
    return made.pk


@transaction.atomic
def revoke(grant_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The grant is gone, and with it the access, at once. Raises LastAdministrator, NotFound or Forbidden."""
    organisation = lock_organisation()
    row = models.Grant.objects.select_related("person", "role").filter(pk=grant_id).first()
    if row is None or not actor.may("people.read", UnitId(row.unit_id)):
        raise NotFound(_("no grant with this identifier is visible to you"))
    actor.must("people.manage", UnitId(row.unit_id))
    must_outrank(row, actor=actor)

    if row.person.is_active and rules.is_administrator_for_good(held(row), root_unit_id=UnitId(organisation.root_id)):
        rules.keeps_administrator(
            lasting_administrators(organisation, besides=row.person_id), person_name=row.person.name
        )

    for lent in models.Delegation.objects.filter(grant=row, taken_back_at=None).select_related("grant"):
        end(lent, actor=actor, now=now)
    row.delete()

    ledger.append(
        GrantRevoked(grant_id=grant_id, person_id=row.person_id, role=row.role_id, unit_id=row.unit_id),
        actor=actor,
        at=now,
    )
