"""The organisation, its units, and the links that are out."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from burgrave.people import models, rules
from burgrave.people.queries.access import within
from burgrave.people.terms import NamedUnit, OrganisationRow, UnitId, UnitRow
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor


def is_set_up() -> bool:
    return models.Organisation.objects.exists()


def organisation() -> OrganisationRow | None:
    row = models.Organisation.objects.first()
    if row is None:
        return None
    return OrganisationRow(name=row.name, root_unit_id=UnitId(row.root_id), set_up_at=row.set_up_at)


def units_tree(*, actor: Actor, permission: str = "people.read") -> tuple[UnitRow, ...]:
    """The units where the permission holds, parents before children, siblings by name. One statement.

    A unit whose parent is hidden from the actor stands at depth 0.
    """
    visible = actor.units(permission)
    found = models.Unit.objects.filter(within(actor, permission, "pk"))
    rows = found.annotate(person_count=Count("persons")).order_by("sort_key", "id")
    below: dict[UUID | None, list[Any]] = defaultdict(list)
    for row in rows:
        below[row.parent_id if row.parent_id in visible else None].append(row)

    answer: list[UnitRow] = []
    waiting = [(row, 0) for row in reversed(below[None])]
    while waiting:
        row, depth = waiting.pop()
        answer.append(_unit_row(row, depth=depth, actor=actor))
        waiting.extend((child, depth + 1) for child in reversed(below[row.pk]))
    return tuple(answer)


def _unit_row(row: models.Unit, *, depth: int, actor: Actor) -> UnitRow:
    return UnitRow(
        unit_id=UnitId(row.pk),
        name=row.name,
        parent_id=UnitId(row.parent_id) if row.parent_id else None,
        depth=depth,
        persons=getattr(row, "person_count", 0),
        version=row.version,
        may_manage=actor.may("people.manage", UnitId(row.pk)),
    )


def unit(unit_id: UUID, *, actor: Actor) -> UnitRow:
    """One unit. Raises NotFound when it is not visible to the actor."""
    row = models.Unit.objects.filter(pk=unit_id).annotate(person_count=Count("persons")).first()
    if row is None or not actor.may("people.read", UnitId(row.pk)):
        raise NotFound(_("no unit with this identifier is visible to you"))
    return _unit_row(row, depth=0, actor=actor)


def unit_named(text: str) -> NamedUnit:
    """The unit that an operator means by an identifier or a name; the whole without one.

    Raises NotFound or BadInput.
    """
    if not text:
        whole = organisation()
        if whole is None:
            raise NotFound("there is no organisation yet", mend="Open the set-up link that the first start prints.")
        return NamedUnit(unit_id=whole.root_unit_id, name=whole.name)
    try:
        found = list(models.Unit.objects.filter(pk=UUID(text)))
    except ValueError:
        found = list(models.Unit.objects.filter(name__iexact=text.strip())[:2])
    if not found:
        raise NotFound("there is no unit %(text)s", words={"text": text[:200]})
    if len(found) > 1:
        raise BadInput(
            "several units are called %(text)s",
            words={"text": text[:200]},
            mend="Give the identifier of the one meant.",
        )
    return NamedUnit(unit_id=UnitId(found[0].pk), name=found[0].name)


def named_units(permission: str, *, actor: Actor) -> tuple[NamedUnit, ...]:
    """The units where the actor holds the permission, by name: the choices of a form. One statement.

    Those of the sample come last: what a form offers first is a unit of one's own.
    """
    found = models.Unit.objects.filter(within(actor, permission, "pk")).order_by("sort_key", "id")
    rows = sorted(found, key=lambda row: actor.is_sample(row.pk))
    return tuple(NamedUnit(unit_id=UnitId(row.pk), name=row.name) for row in rows)


def set_up_link_is_live(token: str, *, now: datetime) -> bool:
    """True while the set-up can still be done with this token."""
    return models.OneTimeLink.objects.filter(
        token_hash=rules.token_hash(token), person=None, used_at=None, expires_at__gt=now
    ).exists()


def invitation(token: str, *, now: datetime) -> tuple[str, str] | None:
    """Name and e-mail address of the person whom this live link invites."""
    link = (
        models.OneTimeLink.objects.filter(
            token_hash=rules.token_hash(token), used_at=None, expires_at__gt=now, person__is_active=True
        )
        .select_related("person")
        .first()
    )
    if link is None or link.person is None:
        return None
    return link.person.name, link.person.email
