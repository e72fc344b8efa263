"""Who holds which role where: every grant that the reader may see, and what of it is lent now."""

from __future__ import annotations

from datetime import datetime

from burgrave.people import models
from burgrave.people.queries.access import within
from burgrave.people.terms import Lent, RightRow
from burgrave.web.terms import Actor

READ = "people.read"


def rights(*, actor: Actor, now: datetime, most: int) -> tuple[RightRow, ...]:
    """Grants and running delegations in the units that the actor reads, by person; two statements. Raises Forbidden."""
    actor.must_anywhere(READ)
    grants = models.Grant.objects.filter(within(actor, READ)).select_related("person__unit", "role", "unit")
    lent = models.Delegation.objects.filter(
        within(actor, READ, "grant__unit"), taken_back_at=None, begins_at__lte=now, ends_at__gt=now
    ).select_related("delegate__unit", "grant__person", "grant__role", "grant__unit")
    rows = [
        *(
            _granted(grant, now=now)
            for grant in grants.order_by("person__name", "person_id", "role_id", "unit__name")[:most]
        ),
        *(_lent(delegation, now=now) for delegation in lent.order_by("delegate__name", "delegate_id", "pk")[:most]),
    ]
    rows.sort(key=lambda row: (row.person_name, row.email, row.role, row.unit_name, row.lent))
    return tuple(rows[:most])


def _granted(grant: models.Grant, *, now: datetime) -> RightRow:
    return _row(
        grant,
        grant.person,
        since=grant.granted_at,
        by=grant.granted_by,
        until=grant.expires_at,
        lent=Lent.NOT,
        now=now,
    )


def _lent(delegation: models.Delegation, *, now: datetime) -> RightRow:
    """It ends with the grant at the latest, and gives nothing while the person who lent it is deactivated."""
    grant = delegation.grant
    ends = [delegation.ends_at, *([grant.expires_at] if grant.expires_at else [])]
    return _row(
        grant,
        delegation.delegate,
        since=delegation.begins_at,
        by=grant.person.name,
        until=min(ends),
        lent=Lent.IN_PART if delegation.units or delegation.permissions else Lent.WHOLE,
        now=now,
    )


def _row(
    grant: models.Grant,
    holder: models.Person,
    *,
    since: datetime,
    by: str,
    until: datetime | None,
    lent: Lent,
    now: datetime,
) -> RightRow:
    return RightRow(
        person_name=holder.name,
        email=holder.email,
        home_unit=holder.unit.name,
        is_active=holder.is_active and grant.person.is_active,
        role=grant.role_id,
        role_name=grant.role.name,
        unit_name=grant.unit.name,
        granted_at=since,
        granted_by=by,
        expires_at=until,
        is_expired=until is not None and until <= now,
        last_signed_in_at=holder.last_login,
        lent=lent,
    )
