"""Why somebody may do something, or what is missing: the same decision as ``compile_allowed``, taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from burgrave.people.rules import delegation
from burgrave.people.rules.tree import Tree
from burgrave.people.terms import UnitId
from burgrave.people.terms.explanations import Claim, Explanation, Lack, Lent, Reason

NEAREST = 10
"""Of what gives nothing, so much is shown."""


def explain(
    claims: Iterable[Claim], *, permission: str, unit_id: UnitId, is_active: bool, tree: Tree, now: datetime
) -> Explanation:
    """The person of the claims may or may not use the permission in the unit.

    A claim is a grant or a delegation, whatever became of it. Those that give the permission come first, then those
    that come nearest: with the fewest things missing.
    """
    reasons = [
        Reason(claim=claim, lacks=_lacks(claim, permission=permission, unit_id=unit_id, tree=tree, now=now))
        for claim in claims
    ]
    gives = [reason for reason in reasons if reason.gives]
    near = sorted((reason for reason in reasons if not reason.gives), key=lambda reason: len(reason.lacks))
    return Explanation(
        permission=permission,
        unit_id=unit_id,
        allowed=is_active and bool(gives),
        is_active=is_active,
        because=tuple(gives),
        nearest=tuple(near[:NEAREST]),
    )


def _lacks(claim: Claim, *, permission: str, unit_id: UnitId, tree: Tree, now: datetime) -> tuple[Lack, ...]:
    found: list[Lack] = []
    if permission not in claim.role_permissions:
        found.append(Lack.ROLE_LACKS)
    if not tree.covers(claim.unit_id, unit_id):
        found.append(Lack.OTHER_UNIT)
    if claim.ends_at is not None and claim.ends_at <= now:
        found.append(Lack.ENDED)
    if claim.lent is not None:
        found += _lacks_of_delegation(claim, claim.lent, permission=permission, unit_id=unit_id, tree=tree, now=now)
    return tuple(found)


def _lacks_of_delegation(
    claim: Claim, lent: Lent, *, permission: str, unit_id: UnitId, tree: Tree, now: datetime
) -> Iterator[Lack]:
    if lent.taken_back_at is not None:
        yield Lack.TAKEN_BACK
    if not lent.delegator_is_active:
        yield Lack.DELEGATOR_LEFT
    if now < lent.begins_at:
        yield Lack.NOT_BEGUN
    if permission in claim.role_permissions and not delegation.within_permissions(claim, permission):
        yield Lack.LEFT_OUT
    if tree.covers(claim.unit_id, unit_id) and not delegation.within_part(claim, unit_id, tree=tree):
        yield Lack.OTHER_PART
