"""Jobs and schedules belong to no unit: whoever sees or mends them needs the permission everywhere."""

from __future__ import annotations

from burgrave.operations.terms import MANAGE, READ
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Actor


def must_read(actor: Actor) -> None:
    """Return when the actor may see the background work. Raises Forbidden."""
    _must(actor, READ)


def must_manage(actor: Actor) -> None:
    """Return when the actor may mend the background work. Raises Forbidden."""
    _must(actor, MANAGE)


def _must(actor: Actor, permission: str) -> None:
    if not actor.may_everywhere(permission):
        raise Forbidden(
            "%(name)s may not do this: the permission %(permission)s is missing in the whole organisation",
            words={"name": actor.name, "permission": permission},
            mend="Ask an administrator of the whole organisation.",
        )
