"""The log sources that a file can be handed in for: a higher domain keeps them, and the site names its function."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from burgrave.incidents.terms import FileOrigin, UploadSource
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, UnitId

Sources = Callable[[Actor], tuple[UploadSource, ...]]


def upload_sources(*, actor: Actor) -> tuple[UploadSource, ...]:
    """What the setting ``BURGRAVE_LOG_SOURCES`` names, by name; nothing without it."""
    named = getattr(settings, "BURGRAVE_LOG_SOURCES", "")
    return cast("Sources", import_string(named))(actor) if named else ()


def origin_of_upload(text: str, *, unit_id: UnitId | None, actor: Actor) -> tuple[UnitId | None, FileOrigin]:
    """The unit and the origin of a file that is handed in for the log source of this identifier; empty: for none.

    Raises BadInput for one that is not the actor's to hand in for, or of another unit than the named one.
    """
    if not text:
        return unit_id, FileOrigin()
    wanted = {str(each.origin.log_source_id): each for each in upload_sources(actor=actor)}
    try:
        found = wanted.get(str(UUID(text)))
    except ValueError:
        found = None
    if found is None:
        raise BadInput("there is no such log source that files are handed in for", mend="Choose one of the list.")
    if unit_id is not None and unit_id != found.unit_id:
        raise BadInput("the log source belongs to another unit than the one that was chosen")
    return UnitId(found.unit_id), found.origin
