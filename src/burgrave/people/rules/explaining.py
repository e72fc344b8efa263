"""Why somebody may do something, or what is missing: the same decision as ``compile_allowed``, taken apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from burgrave.people.rules.tree import Tree
from burgrave.people.terms import UnitId
from burgrave.people.terms.explanations import Claim, Explanation, Lack, Reason

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
    if claim.expires_at is not None and claim.expires_at <= now:
        found.append(Lack.ENDED)
    return tuple(found)
