"""The log sources that a file can be handed in for: a higher domain keeps them, and the site names its function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from burgrave.engines.events.tables import NO_TABLES, Tables
from burgrave.incidents.terms import FileOrigin, UploadSource
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, UnitId

Mapped = Callable[[UUID, UUID | None], Tables]
Sources = Callable[[Actor], tuple[UploadSource, ...]]


def upload_sources(*, actor: Actor) -> tuple[UploadSource, ...]:
    """What the setting ``BURGRAVE_LOG_SOURCES`` names, by name; nothing without it."""
    named = getattr(settings, "BURGRAVE_LOG_SOURCES", "")
    return cast("Sources", import_string(named))(actor) if named else ()


def tables_of(unit_id: UUID, origin: FileOrigin) -> Tables:
    """The mappings that a file is held against: those of its unit and the units above, and of its log source.

    The setting ``BURGRAVE_EVENT_MAPPINGS`` names the function that knows them. A segment of a stream is read as text
    where no mapping is; a file that was handed in is asked for.
    """
    named = getattr(settings, "BURGRAVE_EVENT_MAPPINGS", "")
    if not named:
        return NO_TABLES
    found = cast("Mapped", import_string(named))(unit_id, origin.log_source_id)
    return found if origin.segment_id is not None else replace(found, stream=None, asks=True)


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
