"""Who may change what is held against the events of the whole organisation."""

from __future__ import annotations

from uuid import UUID

from burgrave.detection.terms import RULES
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Actor, PersonId


def permit(actor: Actor) -> None:
    """Return when the actor may change detection rules everywhere, as no rule belongs to a unit. Raises Forbidden."""
    if not actor.may_everywhere(RULES):
        raise Forbidden(
            "%(name)s may not do this: the permission %(permission)s is needed for the whole organisation",
            words={"name": actor.name, "permission": RULES},
        )


def is_apart(actor: Actor, person_id: UUID | None) -> bool:
    """Whether the actor may decide on what that person brought: neither as that person nor in their stead alone."""
    if actor.person_id is None:
        return False
    brought_by = None if person_id is None else PersonId(person_id)
    return all(actor.may_apart_from(brought_by, RULES, unit_id) for unit_id in actor.allowed.get(RULES, ()))
