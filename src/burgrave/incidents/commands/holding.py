"""An event file as its commands hold it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from burgrave.events import commands as kept_events
from burgrave.incidents import models
from burgrave.incidents.terms import READ_JOB, EventFileId, reading_key
from burgrave.jobs import commands as jobs
from burgrave.web.errors import NotFound


def locked(event_file_id: EventFileId) -> models.EventFile:
    """The file, held until the transaction ends. Others may name it meanwhile. Raises NotFound."""
    found = models.EventFile.objects.select_for_update(no_key=True).filter(pk=event_file_id).first()
    if found is None:
        raise NotFound("there is no such event file, or you may not see it")
    return found


def enqueue(event_file_id: UUID, *, now: datetime) -> None:
    """A worker reads the file, or goes on with it, once the caller's transaction commits."""
    jobs.enqueue(READ_JOB, {"event_file_id": str(event_file_id)}, now=now, unique_key=reading_key(event_file_id))


def cleared(found: models.EventFile) -> None:
    """Nothing is left of what a reading that did not come to its end had found."""
    kept_events.forget_intake(found.pk)
    models.Detection.objects.filter(event_file=found).delete()
    models.MatchedEvent.objects.filter(event_file=found).delete()
    models.UnreadableRecord.objects.filter(event_file=found).delete()
