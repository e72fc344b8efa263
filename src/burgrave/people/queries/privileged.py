"""Who could do the most harm, and how well their sign-in is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from burgrave.people import models
from burgrave.people.queries.access import standing
from burgrave.people.terms import PersonId
from burgrave.people.terms.factors import FactorKind

PRIVILEGED = frozenset({"people.manage", "people.appoint", "jobs.manage", "notifications.manage", "incidents.rules"})
"""Whoever holds one of these changes who may do what, what is watched for, or what leaves the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivilegedFactors:
    """Active real people with a privileged role, and those of them who sign in without a second factor."""

    people: int
    without: tuple[PersonId, ...]


def privileged_factors(*, now: datetime) -> PrivilegedFactors:
    """Counted over grants that hold at ``now``. Three statements."""
    roles = [code for code, held in models.Role.objects.values_list("code", "permissions") if PRIVILEGED & set(held)]
    grants = models.Grant.objects.filter(
        standing(now), role_id__in=roles, person__is_active=True, person__unit__is_sample=False
    )
    people = set(grants.values_list("person_id", flat=True))
    factors = Authenticator.objects.filter(user_id__in=people).exclude(type=FactorKind.RECOVERY_CODES)
    without = people - set(factors.values_list("user_id", flat=True))
    return PrivilegedFactors(people=len(people), without=tuple(PersonId(key) for key in sorted(without, key=str)))
