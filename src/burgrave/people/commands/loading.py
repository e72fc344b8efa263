"""How the commands of this domain load, lock and guard what they are about to change."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from burgrave.people import models, rules
from burgrave.people.errors import NotSetUp, RoleIsRetired, WeakPassword
from burgrave.people.rules import roles
from burgrave.people.terms import HeldGrant, PersonId, RoleCode, UnitId
from burgrave.people.terms.records import person_subject
from burgrave.web.errors import BadInput, NotFound, StaleEdit
from burgrave.web.terms import Actor


def lock_organisation() -> models.Organisation:
    """Hold back every other change of who may administer until this transaction ends. Raises NotSetUp."""
    organisation = models.Organisation.objects.select_for_update().first()
    if organisation is None:
        raise NotSetUp(_("there is no organisation yet"), mend=_("Open the set-up link that the first start prints."))
    return organisation


def lock_person(person_id: UUID, *, actor: Actor) -> models.Person:
    """The person, for one who may manage them. Raises NotFound when the actor may not even see them, or Forbidden.

    Whoever manages a person could take over their account, so the permission must also hold wherever the
    person holds a role, and nobody manages somebody whose roles they could not have given.
    """
    person = models.Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None or not actor.may("people.read", UnitId(person.unit_id)):
        raise NotFound(_("no person with this identifier is visible to you"))
    actor.must("people.manage", UnitId(person.unit_id))
    for grant in models.Grant.objects.filter(person=person).select_related("role"):
        actor.must("people.manage", UnitId(grant.unit_id))
        must_outrank(grant, actor=actor)
    for lent in models.Delegation.objects.filter(delegate=person, taken_back_at=None, ends_at__gt=Now()).select_related(
        "grant__role"
    ):
        actor.must("people.manage", UnitId(lent.grant.unit_id))
        must_outrank(lent.grant, actor=actor)
    return person


def must_outrank(grant: models.Grant, *, actor: Actor) -> None:
    """Return when the actor could have given this grant. Raises PermissionNotHeld."""
    unit_id = UnitId(grant.unit_id)
    roles.must_pass_on(
        roles.cannot_pass_on(
            frozenset(grant.role.permissions), holds=lambda permission: actor.holds(permission, unit_id)
        )
    )


def role_given(code: str) -> models.Role:
    """The role, when it is still given to people. Raises BadInput or RoleIsRetired."""
    role = models.Role.objects.filter(pk=code).first()
    if role is None:
        raise BadInput("there is no role %(code)s", words={"code": code[:50]}, mend="Choose a role of the list.")
    if role.retired_at is not None:
        raise RoleIsRetired(_("the role %(name)s is retired") % {"name": role.name}, mend=_("Choose another role."))
    return role


def lock_unit(unit_id: UUID, *, actor: Actor) -> models.Unit:
    """The unit, for one who may manage it. Raises NotFound or Forbidden."""
    unit = models.Unit.objects.select_for_update().filter(pk=unit_id).first()
    if unit is None or not actor.may("people.read", UnitId(unit.pk)):
        raise NotFound(_("no unit with this identifier is visible to you"))
    actor.must("people.manage", UnitId(unit.pk))
    return unit


def must_be_current(row: models.Person | models.Unit | models.Role, *, version: int) -> None:
    """Return when nobody changed the row since it was read. Raises StaleEdit."""
    if row.version != version:
        raise StaleEdit(
            _("%(who)s changed this since you opened it; nothing was overwritten") % {"who": row.changed_by},
            changed_by=row.changed_by,
            changed_at=row.changed_at or datetime.min.replace(tzinfo=UTC),
            mend=_("Look at the current state, and enter your change again."),
        )


def must_be_strong(password: str, *, person: models.Person) -> None:
    """Return when the password meets the rules of the settings. Raises WeakPassword."""
    try:
        validate_password(password, user=person)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages), mend=_("Choose another password.")) from error


def lasting_administrators(organisation: models.Organisation, *, besides: UUID) -> tuple[PersonId, ...]:
    """Who else could sign in as administrator of the whole organisation, without an end."""
    found = (
        models.Grant.objects.filter(
            role_id=RoleCode.ADMINISTRATOR,
            unit_id=organisation.root_id,
            expires_at__isnull=True,
            person__is_active=True,
        )
        .exclude(person_id=besides)
        .exclude(Q(person__password="") | Q(person__password__startswith=UNUSABLE_PASSWORD_PREFIX))
        .values_list("person_id", flat=True)
    )
    return tuple(PersonId(person_id) for person_id in found)


def is_lasting_administrator(person: models.Person, *, organisation: models.Organisation) -> bool:
    return any(
        rules.is_administrator_for_good(held(grant), root_unit_id=UnitId(organisation.root_id))
        for grant in models.Grant.objects.filter(person=person).select_related("role")
    )


def held(grant: models.Grant) -> HeldGrant:
    return HeldGrant(
        person_id=PersonId(grant.person_id),
        role=grant.role_id,
        unit_id=UnitId(grant.unit_id),
        permissions=frozenset(grant.role.permissions),
        expires_at=grant.expires_at,
    )


def self_actor(person: models.Person) -> Actor:
    """The person as the one who acts on their own account, with no permission on anything else."""
    return Actor(person_id=PersonId(person.pk), label=person_subject(person.pk), name=person.name)


def touch(row: models.Person | models.Unit | models.Role, *, actor: Actor, now: datetime) -> list[str]:
    """Count the change; answers the fields that must be saved along."""
    row.version += 1
    row.changed_by = actor.name
    row.changed_at = now
    return ["version", "changed_by", "changed_at"]
