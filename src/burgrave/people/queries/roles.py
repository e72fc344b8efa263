"""Roles: shipped ones, the organisation's own, and who holds them."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from burgrave.people import models
from burgrave.people.queries.access import standing
from burgrave.people.terms import ROLES, RoleRow, RoleState
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor


def roles(*, given: bool = False) -> tuple[RoleRow, ...]:
    """Every role, the shipped ones first in the order of the program. One statement.

    With ``given`` only those that can be given to somebody now.
    """
    found = _counted()
    if given:
        found = found.filter(retired_at__isnull=True)
    order = {str(code): number for number, code in enumerate(ROLES)}
    rows = sorted(found, key=lambda role: (order.get(role.code, len(order)), role.name.casefold(), role.code))
    return tuple(_row(role) for role in rows)


def role(code: str, *, actor: Actor) -> RoleRow:
    """One role. Raises NotFound, or Forbidden for whoever sees no people at all. One statement."""
    actor.must_anywhere("people.read")
    found = _counted().filter(pk=code).first()
    if found is None:
        raise NotFound("there is no role with this code")
    return _row(found)


def _counted() -> QuerySet[models.Role]:
    now = timezone.now()
    live = models.Grant.objects.filter(standing(now), role=OuterRef("pk"), person__is_active=True)
    count = live.order_by().values("role").annotate(number=Count("person", distinct=True)).values("number")
    return models.Role.objects.annotate(
        holder_count=count, was_given=Exists(models.Grant.objects.filter(role=OuterRef("pk")))
    )


def _row(role: models.Role) -> RoleRow:
    state = RoleState.SHIPPED if role.made_at is None else RoleState.RETIRED if role.retired_at else RoleState.OWN
    return RoleRow(
        code=role.code,
        name=role.name,
        note=role.note,
        permissions=tuple(role.permissions),
        state=state,
        holders=getattr(role, "holder_count", 0) or 0,
        was_given=bool(getattr(role, "was_given", False)),
        version=role.version,
        changed_by=role.changed_by,
        changed_at=role.changed_at,
    )
