"""The tree of units grows, and units get other names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models
from burgrave.people.commands.loading import lock_unit, must_be_current, touch
from burgrave.people.errors import UnitNameTaken
from burgrave.people.terms import UnitAdded, UnitId, UnitRenamed
from burgrave.web.terms import Actor


@transaction.atomic
def add_unit(*, name: str, parent_id: UUID, actor: Actor, now: datetime) -> UnitId:
    """The unit stands below its parent. Raises UnitNameTaken, NotFound or Forbidden."""
    parent = lock_unit(parent_id, actor=actor)

    unit = models.Unit(id=uuid4(), name=name.strip(), parent=parent, changed_by=actor.name, changed_at=now)
    _save_with_own_name(unit, force_insert=True)

    ledger.append(UnitAdded(unit_id=unit.pk, parent_id=parent.pk, name=Sealed(unit.name)), actor=actor, at=now)
    return UnitId(unit.pk)


@transaction.atomic
def rename_unit(unit_id: UUID, *, name: str, version: int, actor: Actor, now: datetime) -> None:
    """The unit has the name. Raises StaleEdit, UnitNameTaken, NotFound or Forbidden."""
    unit = lock_unit(unit_id, actor=actor)

    must_be_current(unit, version=version)

    unit.name = name.strip()
    touch(unit, actor=actor, now=now)
    _save_with_own_name(unit, force_insert=False)

    ledger.append(UnitRenamed(unit_id=unit.pk, name=Sealed(unit.name)), actor=actor, at=now)


def _save_with_own_name(unit: models.Unit, *, force_insert: bool) -> None:
    try:
        with transaction.atomic():
            unit.save(force_insert=force_insert)
    except IntegrityError as error:
        raise UnitNameTaken(
            _("there is a unit %(name)s at this place already") % {"name": unit.name},
            mend=_("Choose another name."),
        ) from error
