"""A grant, or a part of it, is lent to somebody else for a time, and taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models, rules
from burgrave.people.commands.loading import held, lock_organisation
from burgrave.people.errors import Deactivated, TokenForbidden
from burgrave.people.queries.access import current_tree
from burgrave.people.rules import delegation as decide
from burgrave.people.terms import DelegationTakenBack, GrantDelegated, PersonId, UnitId
from burgrave.people.terms.explanations import AskedDelegation
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor


@transaction.atomic
def delegate(
    grant_id: UUID,
    *,
    email: str,
    units: frozenset[UUID],
    permissions: frozenset[str],
    begins_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Whoever has the address may, until ``ends_at``, what the actor's grant gives; a part of it, where chosen.

    Empty ``units`` or ``permissions`` lend the whole of the grant. It never gives more than the grant still does.
    Raises SelfDelegation, NotDelegable, DelegationTooWide, ExpiryHasPassed, Deactivated, TokenForbidden, BadInput or
    NotFound.
    """
    lock_organisation()
    _must_be_signed_in(actor)
    row = models.Grant.objects.select_for_update(of=("self",)).select_related("role").filter(pk=grant_id).first()
    if row is None or row.person_id != actor.person_id or not rules.holds(held(row), now=now):
        raise NotFound("you hold no role by this identifier")
    other = models.Person.objects.filter(email=rules.normal_email(email)).first()

    if other is None:
        raise BadInput(
            "nobody has the e-mail address %(email)s", words={"email": email[:254]}, mend="Check the spelling."
        )
    if not other.is_active:
        raise Deactivated(_("%(name)s is deactivated") % {"name": other.name}, mend=_("Name somebody else."))
    if not reason.strip():
        raise BadInput("a delegation has a reason", mend="Say why, such as a leave.")
    asked = AskedDelegation(
        delegator_id=PersonId(row.person_id),
        delegate_id=PersonId(other.pk),
        role=row.role_id,
        role_permissions=frozenset(row.role.permissions),
        unit_id=UnitId(row.unit_id),
        expires_at=row.expires_at,
        units=frozenset(UnitId(unit_id) for unit_id in units),
        permissions=permissions,
        begins_at=begins_at,
        ends_at=ends_at,
    )
    decide.may_delegate(asked, tree=current_tree(), now=now)

    made = models.Delegation.objects.create(
        grant=row,
        delegate=other,
        units=sorted(str(unit_id) for unit_id in units),
        permissions=sorted(permissions),
        reason=reason.strip(),
        begins_at=begins_at,
        ends_at=ends_at,
        made_at=now,
    )

    ledger.append(
        GrantDelegated(
            person_id=row.person_id,
            delegate_id=other.pk,
            delegation_id=made.pk,
            grant_id=row.pk,
            role=row.role_id,
            unit_ids=tuple(sorted(units)),
            permissions=tuple(made.permissions),
            begins_at=begins_at,
            ends_at=ends_at,
            reason=Sealed(made.reason),
        ),
        actor=actor,
        at=now,
    )
    return made.pk


@transaction.atomic
def take_back(delegation_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The delegation gives nothing more, at once. Whoever lent it, whoever got it, and who manages there may do this.

    Raises TokenForbidden, NotFound or Forbidden.
    """
    row = (
        models.Delegation.objects.select_for_update(of=("self",))
        .select_related("grant")
        .filter(pk=delegation_id)
        .first()
    )
    concerned = row is not None and actor.person_id in {row.grant.person_id, row.delegate_id}
    if row is None or not (concerned or actor.may("people.read", UnitId(row.grant.unit_id))):
        raise NotFound("no delegation with this identifier is visible to you")
    if concerned:
        _must_be_signed_in(actor)
    else:
        actor.must("people.manage", UnitId(row.grant.unit_id))

    if row.taken_back_at is None:
        end(row, actor=actor, now=now)


def end(row: models.Delegation, *, actor: Actor, now: datetime) -> None:
    """Inside the caller's transaction: the delegation gives nothing more."""
    row.taken_back_at, row.taken_back_by = now, actor.name
    row.save(update_fields=["taken_back_at", "taken_back_by"])
    ledger.append(
        DelegationTakenBack(person_id=row.grant.person_id, delegate_id=row.delegate_id, delegation_id=row.pk),
        actor=actor,
        at=now,
    )


def _must_be_signed_in(actor: Actor) -> None:
    if actor.token_id is not None:
        raise TokenForbidden(_("a token delegates nothing"), mend=_("Sign in on the pages."))
