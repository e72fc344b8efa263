"""Second factors: whose, and who must have one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import F, Q, QuerySet

from burgrave.people import models
from burgrave.people.rules import factors as rules
from burgrave.people.terms import PersonId
from burgrave.people.terms.factors import Demand, FactorKind, FactorRow, FactorRuleRow


def factors_of(person_id: UUID) -> tuple[FactorRow, ...]:
    """The factors of the person in the order in which they were added, the recovery codes last. One statement."""
    found = Authenticator.objects.filter(user_id=person_id).order_by("created_at", "pk")
    rows = [_row(factor) for factor in found]
    return tuple(sorted(rows, key=lambda row: row.kind is FactorKind.RECOVERY_CODES))


def _row(factor: Any) -> FactorRow:
    return FactorRow(
        factor_id=factor.pk,
        kind=FactorKind(factor.type),
        name=str(factor.data.get("name", "")),
        added_at=factor.created_at,
        last_used_at=factor.last_used_at,
        signs_in_alone=bool(factor.data.get("signs_in_alone", False)),
        left=len(factor.data.get("migrated_codes", ())),
    )


def has_factor(person_id: UUID) -> bool:
    """Whether the person has an app or a passkey. One statement."""
    found = Authenticator.objects.filter(user_id=person_id).exclude(type=FactorKind.RECOVERY_CODES)
    return bool(found.exists())


def passkeys_of(person_id: UUID) -> tuple[Any, ...]:
    """The rows with the public keys, for the ceremonies. One statement."""
    return tuple(Authenticator.objects.filter(user_id=person_id, type=FactorKind.PASSKEY).order_by("pk"))


def factor_rules() -> tuple[FactorRuleRow, ...]:
    """Every demand for a second factor, the one on everybody first. One statement."""
    rows = models.FactorRule.objects.order_by(F("role_id").asc(nulls_first=True))
    return tuple(
        FactorRuleRow(role=row.role_id or "", since=row.since, grace_days=row.grace_days, set_by=row.set_by)
        for row in rows
    )


def factor_due_at(person_id: UUID, *, joined_at: datetime, now: datetime) -> datetime | None:
    """When the person must have a factor at the latest; None when no rule binds them at ``now``. One statement."""
    holding = Q(role__grants__person_id=person_id) & (
        Q(role__grants__expires_at__isnull=True) | Q(role__grants__expires_at__gt=now)
    )
    # Who acts in somebody's stead holds the role as much as they do.
    lent = Q(
        role__grants__delegations__delegate_id=person_id,
        role__grants__delegations__taken_back_at__isnull=True,
        role__grants__delegations__begins_at__lte=now,
        role__grants__delegations__ends_at__gt=now,
    )
    found: QuerySet[Any, Any] = models.FactorRule.objects.filter(Q(role__isnull=True) | holding | lent).values_list(
        "since",
        "grace_days",
        "role_id",
        "role__grants__person_id",
        "role__grants__granted_at",
        "role__grants__delegations__begins_at",
    )
    return rules.due_at(
        Demand(
            since=since,
            grace_days=days,
            bound_since=joined_at if role is None else granted_at if holder == person_id else begins_at,
        )
        for since, days, role, holder, granted_at, begins_at in found
    )


def active_person(person_id: UUID) -> models.Person | None:
    """The row that a sign-in needs, if somebody active has this identifier. One statement."""
    return models.Person.objects.filter(pk=person_id, is_active=True).first()


def person_of_subject(provider: str, subject: str) -> PersonId | None:
    """Who signs in as this subject of the provider. One statement."""
    found = models.ForeignIdentity.objects.filter(provider=provider, subject=subject, person__is_active=True)
    person_id = found.values_list("person_id", flat=True).first()
    return PersonId(person_id) if person_id else None


def linked_providers(person_id: UUID) -> frozenset[str]:
    """The providers whose sign-in is linked with this person. One statement."""
    found = models.ForeignIdentity.objects.filter(person_id=person_id)
    return frozenset(found.values_list("provider", flat=True))
