"""Who may do it here, and whether it is still what they saw."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from burgrave.incidents.errors import NotAMember
from burgrave.incidents.terms import READ
from burgrave.people import queries as people
from burgrave.web.errors import NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId, UnitId


class Editable(Protocol):
    version: int
    changed_at: datetime

    @property
    def changed_by(self) -> object | None: ...


def permit(actor: Actor, permission: str, unit_id: UUID, *, what: str) -> None:
    """Return when the actor may. Raises NotFound to somebody who may not even see it, else Forbidden."""
    unit = UnitId(unit_id)
    if not actor.may(READ, unit) and not actor.may(permission, unit):
        raise NotFound("there is %(what)s, or %(name)s may not see it", words={"what": what, "name": actor.name})
    actor.must(permission, unit)


def must_be_fresh(found: Editable, version: int, *, what: str) -> None:
    """Return when the object is as the person saw it. Raises StaleEdit, naming who changed it and when."""
    if found.version == version:
        return
    who = str(found.changed_by) if found.changed_by else "Burgrave"
    raise StaleEdit(
        "%(what)s was changed by %(who)s on %(day)s at %(time)s UTC, after you opened it; nothing was overwritten",
        words={"what": what, "who": who, "day": f"{found.changed_at:%Y-%m-%d}", "time": f"{found.changed_at:%H:%M}"},
        changed_by=who,
        changed_at=found.changed_at,
        mend="Look at the present state; what you typed is still here and can be sent again.",
    )


def must_be_able(person_id: PersonId, permission: str, unit_id: UUID, *, task: str, now: datetime) -> None:
    """Return when that person holds the permission there. Raises NotAMember."""
    if not people.actor_of(person_id, now).may(permission, UnitId(unit_id)):
        raise NotAMember(
            "this person may not %(task)s in this unit",
            words={"task": task},
            mend="Choose somebody with the role of an incident responder there.",
        )
