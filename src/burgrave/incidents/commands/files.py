"""Event files come in, are read by a worker, and end as read, refused or cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from burgrave.assurance import commands as assurance
from burgrave.engines.blobs import Digest
from burgrave.events import commands as kept_events
from burgrave.incidents import models
from burgrave.incidents.commands.access import permit
from burgrave.incidents.commands.raising import raise_alerts
from burgrave.incidents.queries.finding import event_file_entry
from burgrave.incidents.rules import files as rules
from burgrave.incidents.terms import (
    READ_JOB,
    SUBMIT,
    UNREADABLE_KEPT,
    BadRecord,
    EventFileCancelled,
    EventFileId,
    EventFileQueuedAgain,
    EventFileRead,
    EventFileReceived,
    EventFileRefused,
    EventFileState,
    FileOrigin,
    FoundEvent,
    ReadCounts,
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
from burgrave.web.errors import NotFound, Said
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
    _enqueue(event_file_id, now=now)

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
    found = _locked(event_file_id)
    permit(actor, SUBMIT, found.unit_id, what=Said("no such event file"))

    state = rules.cancel(found.name, EventFileState(found.state))

    found.state, found.finished_at = state, now
    found.save(update_fields=["state", "finished_at"])
    _clear(found)
    job = job_queries.progress_of(reading_key(event_file_id), now=now)
    if job is not None and job.state.is_open:
        jobs.cancel(job.job_id, now=now)

    ledger.append(EventFileCancelled(event_file_id=event_file_id), actor=actor, at=now)


@transaction.atomic
def read_again(event_file_id: EventFileId, *, actor: Actor, now: datetime) -> None:
    """A refused or cancelled file, or one whose reading gave up, waits for a worker again. Raises WrongState."""
    found = _locked(event_file_id)
    permit(actor, SUBMIT, found.unit_id, what=Said("no such event file"))

    job = job_queries.progress_of(reading_key(event_file_id), now=now)
    gave_up = job is None or job.state is JobState.FAILED
    found.state = rules.read_again(found.name, EventFileState(found.state), job_failed=gave_up)

    found.refusal, found.columns_sha256, found.finished_at = "", "", None
    found.save(update_fields=["state", "refusal", "columns_sha256", "finished_at"])
    _enqueue(event_file_id, now=now)

    ledger.append(EventFileQueuedAgain(event_file_id=event_file_id), actor=actor, at=now)


@transaction.atomic
def read_mapped(
    columns_sha256: str, *, unit_ids: Iterable[UUID], actor: Actor, now: datetime
) -> tuple[EventFileId, ...]:
    """The tables with these columns that nobody could read wait for a worker again, where the actor may hand in.

    At most so many as one transaction takes; the pages of the others have the act.
    """
    asked = models.EventFile.objects.filter(
        columns_sha256=columns_sha256, state=EventFileState.REFUSED, unit_id__in=tuple(unit_ids)
    )
    found = tuple(
        EventFileId(row.pk)
        for row in asked.order_by("received_at", "pk")[:MOST_MAPPED]
        if actor.may(SUBMIT, UnitId(row.unit_id))
    )
    for event_file_id in found:
        read_again(event_file_id, actor=actor, now=now)
    return found


@transaction.atomic
def begin_reading(event_file_id: EventFileId, *, ruleset_sha256: str, rules_count: int, now: datetime) -> bool:
    """Nothing of an earlier attempt is left, and the file is being read. False when it is not to be read any more.

    For the worker alone, inside the effects of its lease. The ledger hears of the reading when it ends.
    """
    found = _locked(event_file_id)

    if not rules.begin(EventFileState(found.state)):
        return False

    found.state, found.started_at = EventFileState.READING, now
    found.ruleset_sha256, found.rules = ruleset_sha256, rules_count
    found.save(update_fields=["state", "started_at", "ruleset_sha256", "rules"])
    _clear(found)
    return True


@transaction.atomic
def keep_findings(
    event_file_id: EventFileId, *, events: Iterable[FoundEvent], bad_records: Iterable[BadRecord]
) -> bool:
    """The matched events, their matches and the unreadable records are kept. False when reading was cancelled.

    For the worker alone, inside the effects of its lease.
    """
    found = _locked(event_file_id)

    if found.state != EventFileState.READING:
        return False

    _keep_events(found, tuple(events))
    models.UnreadableRecord.objects.bulk_create(
        [
            models.UnreadableRecord(
                event_file=found,
                ordinal=bad.ordinal,
                position=_storable(bad.position)[:200],
                reason=_storable(bad.reason),
                excerpt=bad.excerpt,
            )
            for bad in bad_records
            if bad.ordinal < UNREADABLE_KEPT
        ],
        batch_size=500,
    )
    return True


@transaction.atomic
def keep_correlated(event_file_id: EventFileId, *, events: Iterable[FoundEvent], of: EventFileId | None = None) -> bool:
    """What correlations found is kept with the event of each, of which something may be kept already.

    The events are those of the file ``of``, where that is another one: an older segment of the same unit. False when
    reading was cancelled. For the worker alone, inside the effects of its lease.
    """
    found = _locked(event_file_id)

    if found.state not in {EventFileState.READING, EventFileState.READ}:
        return False

    given = tuple(events)
    holder = found if of is None else models.EventFile.objects.get(pk=of)
    rows = models.MatchedEvent.objects.filter(event_file=holder, ordinal__in=[event.ordinal for event in given])
    known = {row.ordinal: row for row in rows}
    fresh = tuple(event for event in given if event.ordinal not in known)
    known |= {row.ordinal: row for row in _events_kept(holder, fresh)}
    _keep_detections(found, [known[event.ordinal] for event in given], given)
    return True


@transaction.atomic
def finish_reading(event_file_id: EventFileId, *, counts: ReadCounts, actor: Actor, now: datetime) -> bool:
    """The file is read, its matches are alerts, and the ledger says so. False when reading was cancelled.

    For the worker alone, inside the effects of its lease.
    """
    found = _locked(event_file_id)

    if found.state != EventFileState.READING:
        return False

    kept_events.finish_intake(event_file_id, now=now)
    raised, extended = raise_alerts(found, actor=actor, now=now)
    found.state, found.finished_at = EventFileState.READ, now
    found.events, found.unreadable = counts.events, counts.unreadable
    found.late, found.early = counts.late, counts.early
    found.matches = models.Detection.objects.filter(event_file=found).count()
    found.alerts_raised, found.alerts_extended = raised, extended
    found.save()

    ledger.append(
        EventFileRead(
            event_file_id=event_file_id,
            ruleset_sha256=found.ruleset_sha256,
            rules=found.rules,
            events=counts.events,
            unreadable=counts.unreadable,
            matches=found.matches,
            alerts_raised=raised,
            alerts_extended=extended,
        ),
        actor=actor,
        at=now,
    )
    return True


@transaction.atomic
def refuse_event_file(
    event_file_id: EventFileId, *, reason: str, columns_sha256: str = "", actor: Actor, now: datetime
) -> None:
    """The file cannot be read as a whole, and says why; what had been found is gone. For the worker alone.

    ``columns_sha256`` is that of a table whose columns no mapping knows: one that does brings it back.
    """
    found = _locked(event_file_id)

    if found.state != EventFileState.READING:
        return

    found.state, found.finished_at, found.refusal = EventFileState.REFUSED, now, _storable(reason)
    found.columns_sha256 = columns_sha256
    found.save(update_fields=["state", "finished_at", "refusal", "columns_sha256"])
    _clear(found)

    ledger.append(EventFileRefused(event_file_id=event_file_id, reason=Sealed(found.refusal)), actor=actor, at=now)


def _locked(event_file_id: EventFileId) -> models.EventFile:
    found = models.EventFile.objects.select_for_update().filter(pk=event_file_id).first()
    if found is None:
        raise NotFound("there is no such event file, or you may not see it")
    return found


def _enqueue(event_file_id: UUID, *, now: datetime) -> None:
    jobs.enqueue(READ_JOB, {"event_file_id": str(event_file_id)}, now=now, unique_key=reading_key(event_file_id))


def _clear(found: models.EventFile) -> None:
    kept_events.forget_intake(found.pk)
    models.Detection.objects.filter(event_file=found).delete()
    models.MatchedEvent.objects.filter(event_file=found).delete()
    models.UnreadableRecord.objects.filter(event_file=found).delete()


def _keep_events(found: models.EventFile, events: tuple[FoundEvent, ...]) -> None:
    _keep_detections(found, _events_kept(found, events), events)


def _events_kept(found: models.EventFile, events: tuple[FoundEvent, ...]) -> list[models.MatchedEvent]:
    return models.MatchedEvent.objects.bulk_create(
        [
            models.MatchedEvent(
                event_file=found,
                ordinal=event.ordinal,
                record_id=_storable(event.record_id)[:100],
                at=event.at,
                computer=_storable(event.computer)[:255],
                channel=_storable(event.channel)[:255],
                event_code=_storable(event.event_code)[:50],
                provider=_storable(event.provider)[:255],
                sha256=sha256(event.original.encode("utf-8", "surrogatepass")).hexdigest(),
                original=_storable(event.original),
            )
            for event in events
        ],
        batch_size=200,
    )


def _keep_detections(
    found: models.EventFile, rows: Sequence[models.MatchedEvent], events: Sequence[FoundEvent]
) -> None:
    versions = _versions({match.rule for event in events for match in event.matches})
    models.Detection.objects.bulk_create(
        [
            models.Detection(
                event_file=found,
                event=row,
                rule_id=versions[match.rule],
                fields={_storable(name): _storable(value) for name, value in match.fields.items()},
                computer=row.computer,
                at=row.at,
                event_sha256=row.sha256,
            )
            for row, event in zip(rows, events, strict=True)
            for match in event.matches
        ],
        batch_size=200,
    )


def _versions(texts: set[tuple[str, int]]) -> dict[tuple[str, int], UUID]:
    digests = {digest for digest, _ in texts}
    rows = models.RuleVersion.objects.filter(sha256__in=digests).values_list("sha256", "document", "pk")
    return {(digest, document): pk for digest, document, pk in rows}


def _storable(text: str) -> str:
    """The text as a database can hold it: PostgreSQL knows no NUL, and no database knows half a surrogate pair."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")
