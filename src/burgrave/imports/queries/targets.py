"""The targets that domains above have handed down."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from burgrave.imports.errors import UnknownTarget
from burgrave.imports.terms import ImportTarget, Targets
from burgrave.web.terms import Actor


def targets() -> Targets:
    """Every target by its kind: the table that the setting names."""
    return cast("Targets", import_string(settings.BURGRAVE_IMPORTS))


def target(kind: str) -> ImportTarget:
    """Raises UnknownTarget."""
    found = targets().get(kind)
    if found is None:
        raise UnknownTarget("nothing can be imported as %(kind)s", words={"kind": kind[:40]})
    return found


def usable_targets(*, actor: Actor) -> tuple[ImportTarget, ...]:
    """The targets that the actor may import into."""
    return tuple(each for each in targets().values() if actor.may_anywhere(each.permission))
