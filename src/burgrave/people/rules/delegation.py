"""What may be lent to somebody else, and what of it holds: never more than the lender has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from burgrave.people.errors import DelegationTooWide, ExpiryHasPassed, NotDelegable, SelfDelegation
from burgrave.people.errors import marked as _
from burgrave.people.rules.tree import Tree
from burgrave.people.terms import APPOINT, HeldGrant, PersonId, RoleCode, UnitId
from burgrave.people.terms.explanations import AskedDelegation, Claim
from burgrave.people.terms.roles import ALWAYS_ENDING

LONGEST = timedelta(days=184)
NEVER_LENT = frozenset({"people.manage", APPOINT})
"""What one gives with these would outlast the delegation."""
NOT_DELEGABLE = ALWAYS_ENDING | {RoleCode.ADMINISTRATOR, RoleCode.EMPLOYEE}
"""Somebody from outside was let in themselves and nobody else; an administrator's acts outlast every delegation."""


def may_delegate(asked: AskedDelegation, *, tree: Tree, now: datetime) -> None:
    """Return when the grant may be lent like this.

    Raises SelfDelegation, NotDelegable, DelegationTooWide or ExpiryHasPassed.
    """
    if asked.delegate_id == asked.delegator_id:
        raise SelfDelegation(_("nobody delegates to themselves"), mend=_("Name somebody else."))
    lendable = asked.role_permissions - NEVER_LENT
    if asked.role in NOT_DELEGABLE or not lendable:
        raise NotDelegable(
            _("this role is never delegated"), mend=_("Ask an administrator to give the role to the other person.")
        )
    if too_much := asked.permissions - lendable:
        raise DelegationTooWide(
            _("this cannot be delegated out of the role: %(permissions)s"),
            mend=_("Leave it out."),
            permissions=", ".join(sorted(too_much)),
        )
    if any(not tree.covers(asked.unit_id, unit_id) for unit_id in asked.units):
        raise DelegationTooWide(
            _("a delegation covers only units where the role itself holds"), mend=_("Choose units below it.")
        )
    _must_be_bounded(asked, now=now)


def _must_be_bounded(asked: AskedDelegation, *, now: datetime) -> None:
    if asked.ends_at <= max(now, asked.begins_at):
        raise ExpiryHasPassed(
            _("a delegation ends after it begins, and in the future"), mend=_("Choose a later last day.")
        )
    if asked.ends_at - max(now, asked.begins_at) > LONGEST:
        raise DelegationTooWide(
            _("a delegation lasts at most %(days)s days"), mend=_("Choose an earlier last day."), days=str(LONGEST.days)
        )
    if asked.expires_at is not None and asked.ends_at > asked.expires_at:
        raise DelegationTooWide(
            _("the role itself ends before the delegation would"), mend=_("Choose an earlier last day.")
        )


def lent_grants(claims: Iterable[Claim], *, delegate_id: PersonId, tree: Tree, now: datetime) -> tuple[HeldGrant, ...]:
    """What these delegations give at ``now``: the common part of what was chosen and what the lender still has."""
    found: list[HeldGrant] = []
    for claim in claims:
        lent = claim.lent
        if lent is None or lent.taken_back_at is not None or not lent.delegator_is_active:
            continue
        if not lent.begins_at <= now < lent.ends_at:
            continue
        whole = HeldGrant(
            person_id=delegate_id,
            role=claim.role,
            unit_id=claim.unit_id,
            permissions=claim.role_permissions,
            expires_at=claim.expires_at,
            delegated_by=lent.delegator_id,
        )
        found.extend(part_of(whole, units=lent.units, permissions=lent.permissions, tree=tree))
    return tuple(found)


def part_of(
    whole: HeldGrant, *, units: Sequence[UnitId], permissions: frozenset[str], tree: Tree
) -> tuple[HeldGrant, ...]:
    """What a delegation gives of a grant: the common part with the units and permissions that were chosen, if any."""
    lent = (whole.permissions & (permissions or whole.permissions)) - NEVER_LENT
    common = (tree.common(whole.unit_id, unit_id) for unit_id in units or (whole.unit_id,))
    return tuple(replace(whole, unit_id=unit_id, permissions=lent) for unit_id in common if unit_id is not None)


def within_part(claim: Claim, unit_id: UnitId, *, tree: Tree) -> bool:
    """Whether the unit lies in what was chosen to be lent."""
    return claim.lent is None or not claim.lent.units or any(tree.covers(top, unit_id) for top in claim.lent.units)


def within_permissions(claim: Claim, permission: str) -> bool:
    """Whether the permission is among those lent."""
    if claim.lent is None:
        return True
    return permission not in NEVER_LENT and (not claim.lent.permissions or permission in claim.lent.permissions)
