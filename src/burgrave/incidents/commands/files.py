"""Event files come in, are read by a worker, and end as read, refused or cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from burgrave.assurance import commands as assurance
from burgrave.engines.blobs import Digest
from burgrave.incidents import models
from burgrave.incidents.commands.access import permit
from burgrave.incidents.commands.holding import cleared, enqueue, locked
from burgrave.incidents.queries.finding import event_file_entry
from burgrave.incidents.rules import files as rules
from burgrave.incidents.terms import (
    SUBMIT,
    EventFileCancelled,
    EventFileId,
    EventFileQueuedAgain,
    EventFileReceived,
    EventFileState,
    FileOrigin,
    Receipt,
    event_file_subject,
    reading_key,
)
from burgrave.jobs import commands as jobs
from burgrave.jobs import queries as job_queries
from burgrave.jobs.terms import JobState
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.web.errors import Said
from burgrave.web.terms import Actor, UnitId

MOST_MAPPED: Final = 200


def receive_event_file(
    digest: Digest,
    *,
    name: str,
    media_type: str,
    unit_id: UnitId,
    origin: FileOrigin = FileOrigin(),  # noqa: B008 - frozen
    actor: Actor,
    now: datetime,
) -> Receipt:
    """The unit has the file as evidence, and a worker will read it; the same bytes in the same unit are kept once.

    A segment of a stream is kept once by its identifier instead. The bytes stand in the blob store already. Raises
    Forbidden.
    """
    actor.must(SUBMIT, unit_id)
    try:
        with transaction.atomic():
            return _receive(
                digest, name=name, media_type=media_type, unit_id=unit_id, origin=origin, actor=actor, now=now
            )
    except IntegrityError:
        # Another request brought the same bytes at the same moment and was first.
        known = _alike(digest, unit_id=unit_id, origin=origin)
        if known is None:
            raise
        return Receipt(event_file_id=EventFileId(known.pk), was_known=True)


def _alike(digest: Digest, *, unit_id: UnitId, origin: FileOrigin) -> models.EventFile | None:
    """The file that stands already: of a segment the same segment, else the same bytes in the unit."""
    if origin.segment_id is not None:
        return models.EventFile.objects.filter(segment_id=origin.segment_id).first()
    handed_in = models.EventFile.objects.filter(segment_id__isnull=True)
    return handed_in.filter(unit_id=unit_id, sha256=digest.sha256).first()


def _receive(
    digest: Digest,
    *,
    name: str,
    media_type: str,
    unit_id: UnitId,
    origin: FileOrigin,
    actor: Actor,
    now: datetime,
) -> Receipt:
    known = _alike(digest, unit_id=unit_id, origin=origin)
    if known is not None:
        return Receipt(event_file_id=EventFileId(known.pk), was_known=True)

    event_file_id = uuid4()
    subject = event_file_subject(event_file_id)
    shown = name[:255] or "unnamed"
    row = models.EventFile.objects.create(
        id=event_file_id,
        unit_id=unit_id,
        name=shown,
        sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        media_type=media_type[:200],
        evidence_id=assurance.keep(
            digest, name=shown, media_type=media_type, unit_id=unit_id, subject=subject, actor=actor, now=now
        ),
        received_at=now,
        received_by_id=actor.person_id,
        log_source_id=origin.log_source_id,
        product=origin.product,
        category=origin.category,
        service=origin.service,
        segment_id=origin.segment_id,
    )
    if origin.segment_id is None:
        # Of a stream there is a segment every few seconds: they are found by their source, and not by a word.
        lists.index([event_file_entry(row)])
    enqueue(event_file_id, now=now)

    ledger.append(
        EventFileReceived(
            event_file_id=event_file_id,
            unit_id=unit_id,
            sha256=digest.sha256,
            size_bytes=digest.size_bytes,
            name=Sealed(shown),
            log_source_id=origin.log_source_id,
            segment_id=origin.segment_id,
        ),
        actor=actor,
        at=now,
    )
    return Receipt(event_file_id=EventFileId(event_file_id), was_known=False)


@transaction.atomic
def cancel_reading(event_file_id: EventFileId, *, actor: Actor, now: datetime) -> None:
    """Nothing more of the file is read, and what was found so far is gone. Raises WrongState, NotFound or Forbidden."""
    found = locked(event_file_id)
    permit(actor, SUBMIT, found.unit_id, what=Said("no such event file"))

    state = rules.cancel(found.name, EventFileState(found.state))

    found.state, found.finished_at = state, now
    found.save(update_fields=["state", "finished_at"])
    cleared(found)
    job = job_queries.progress_of(reading_key(event_file_id), now=now)
    if job is not None and job.state.is_open:
        jobs.cancel(job.job_id, now=now)

    ledger.append(EventFileCancelled(event_file_id=event_file_id), actor=actor, at=now)


@transaction.atomic
def read_again(event_file_id: EventFileId, *, actor: Actor, now: datetime) -> None:
    """A refused or cancelled file, or one whose reading gave up, waits for a worker again. Raises WrongState."""
    found = locked(event_file_id)
    permit(actor, SUBMIT, found.unit_id, what=Said("no such event file"))

    rules.must_be_there(found.name, removed_at=found.raw_removed_at, after_days=found.raw_removed_after_days)
    job = job_queries.progress_of(reading_key(event_file_id), now=now)
    gave_up = job is None or job.state is JobState.FAILED
    found.state = rules.read_again(found.name, EventFileState(found.state), job_failed=gave_up)

    found.refusal, found.columns_sha256, found.finished_at = "", "", None
    found.save(update_fields=["state", "refusal", "columns_sha256", "finished_at"])
    enqueue(event_file_id, now=now)

    ledger.append(EventFileQueuedAgain(event_file_id=event_file_id), actor=actor, at=now)


@transaction.atomic
def read_mapped(
    columns_sha256: str, *, unit_ids: Iterable[UUID], actor: Actor, now: datetime
) -> tuple[EventFileId, ...]:
    """The tables with these columns that nobody could read wait for a worker again, where the actor may hand in.

    At most so many as one transaction takes; the pages of the others have the act.
    """
    asked = models.EventFile.objects.filter(
        columns_sha256=columns_sha256,
        state=EventFileState.REFUSED,
        unit_id__in=tuple(unit_ids),
        raw_removed_at=None,
    )
    found = tuple(
        EventFileId(row.pk)
        for row in asked.order_by("received_at", "pk")[:MOST_MAPPED]
        if actor.may(SUBMIT, UnitId(row.unit_id))
    )
    for event_file_id in found:
        read_again(event_file_id, actor=actor, now=now)
    return found
