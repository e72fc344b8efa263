"""The tree of units grows, and units get other names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.people import models, rules
from burgrave.people.commands.loading import lock_organisation, lock_unit, must_be_current, touch
from burgrave.people.errors import UnitCycle, UnitNameTaken
from burgrave.people.queries.finding import unit_entry
from burgrave.people.terms import UnitAdded, UnitId, UnitMoved, UnitRenamed
from burgrave.web.terms import Actor


@transaction.atomic
def add_unit(*, name: str, parent_id: UUID, actor: Actor, now: datetime) -> UnitId:
    """The unit stands below its parent. Raises UnitNameTaken, NotFound or Forbidden."""
    parent = lock_unit(parent_id, actor=actor)

    unit = models.Unit(
        id=uuid4(), name=name.strip(), parent=parent, changed_by=actor.name, changed_at=now, is_sample=parent.is_sample
    )
    save_with_own_name(unit, force_insert=True)

    ledger.append(UnitAdded(unit_id=unit.pk, parent_id=parent.pk, name=Sealed(unit.name)), actor=actor, at=now)
    return UnitId(unit.pk)


@transaction.atomic
def rename_unit(unit_id: UUID, *, name: str, version: int, actor: Actor, now: datetime) -> None:
    """The unit has the name. Raises StaleEdit, UnitNameTaken, NotFound or Forbidden."""
    unit = lock_unit(unit_id, actor=actor)

    must_be_current(unit, version=version)

    unit.name = name.strip()
    touch(unit, actor=actor, now=now)
    save_with_own_name(unit, force_insert=False)

    ledger.append(UnitRenamed(unit_id=unit.pk, name=Sealed(unit.name)), actor=actor, at=now)


@transaction.atomic
def move_unit(unit_id: UUID, *, parent_id: UUID, version: int, actor: Actor, now: datetime) -> None:
    """The unit, with all below it, stands below that parent; from now on the grants above it there reach it.

    The actor manages the unit, the parent that it leaves and the one that it comes to: whoever holds a role above
    gains or loses it. Raises UnitCycle, StaleEdit, UnitNameTaken, NotFound or Forbidden.
    """
    lock_organisation()
    unit = lock_unit(unit_id, actor=actor)
    parent = lock_unit(parent_id, actor=actor)

    must_be_current(unit, version=version)
    if unit.parent_id is None or models.Place.objects.filter(unit=parent, upper=unit).exists():
        raise UnitCycle(
            _("%(name)s cannot stand below %(parent)s, which stands below it")
            % {"name": unit.name, "parent": parent.name},
            mend=_("Choose a unit that does not belong to it."),
        )
    actor.must("people.manage", UnitId(unit.parent_id))
    if unit.parent_id == parent.pk:
        return

    rules.must_not_mix(unit.is_sample, parent.is_sample)

    was_below = unit.parent_id
    unit.parent = parent
    touch(unit, actor=actor, now=now)
    save_with_own_name(unit, force_insert=False)

    ledger.append(UnitMoved(unit_id=unit.pk, was_below_id=was_below, parent_id=parent.pk), actor=actor, at=now)


def save_with_own_name(unit: models.Unit, *, force_insert: bool) -> None:
    """The unit is stored. Raises UnitNameTaken."""
    try:
        with transaction.atomic():
            unit.save(force_insert=force_insert)
            lists.index([unit_entry(unit)])
    except IntegrityError as error:
        raise UnitNameTaken(
            _("there is a unit %(name)s at this place already") % {"name": unit.name},
            mend=_("Choose another name."),
        ) from error
