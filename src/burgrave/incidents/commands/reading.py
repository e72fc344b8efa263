"""What a worker writes while it reads an event file: each for the worker alone, inside the effects of its lease."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from burgrave.events import commands as kept_events
from burgrave.incidents import models
from burgrave.incidents.commands.holding import cleared, enqueue, locked
from burgrave.incidents.rules import files as rules
from burgrave.incidents.rules.correlating import written
from burgrave.incidents.terms import (
    UNREADABLE_KEPT,
    BadRecord,
    EventFileId,
    EventFileRead,
    EventFileRefused,
    EventFileState,
    FoundAt,
    FoundEvent,
    ReadCounts,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.terms import Actor


@transaction.atomic
def begin_reading(
    event_file_id: EventFileId, *, ruleset_sha256: str, rules_count: int, now: datetime
) -> EventFileState:
    """The state that tells what is to be done: nothing, unless the file is ``READING`` or ``RAISING``.

    A file that is to be read is read from its beginning, and nothing of an earlier attempt is left. One whose alerts
    are being raised keeps everything and goes on with that. The ledger hears of the reading when it ends.
    """
    found = locked(event_file_id)

    if not rules.begin(EventFileState(found.state)):
        return EventFileState(found.state)

    found.state, found.started_at = EventFileState.READING, now
    found.ruleset_sha256, found.rules = ruleset_sha256, rules_count
    found.save(update_fields=["state", "started_at", "ruleset_sha256", "rules"])
    cleared(found)
    return EventFileState.READING


@transaction.atomic
def keep_findings(
    event_file_id: EventFileId, *, events: Iterable[FoundEvent], bad_records: Iterable[BadRecord]
) -> bool:
    """The matched events, their matches and the unreadable records are kept. False when reading was cancelled.

    For the worker alone, inside the effects of its lease.
    """
    found = locked(event_file_id)

    if found.state != EventFileState.READING:
        return False

    given = tuple(events)
    _keep_detections(found, _events_kept(event_file_id, given, is_fresh=True), given, is_fresh=True)
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
def note_findings(event_file_id: EventFileId, found: FoundAt, *, now: datetime) -> None:
    """What became certain is known, until the events of it are read once more and kept by ``keep_correlated``.

    A file that was read already raises alerts again; a worker goes on with it.
    """
    file = locked(event_file_id)
    versions = _versions({rule for places in found.values() for at in places.values() for rule in at})

    noted = models.CorrelationFinding.objects.bulk_create(
        [
            models.CorrelationFinding(
                event_file=file,
                holder_id=holder,
                ordinal=ordinal,
                rule_id=versions[rule],
                fields={_storable(name): _storable(value) for name, value in match.fields.items()},
                counted=None if match.counted is None else written(match.counted),
            )
            for holder, places in found.items()
            for ordinal, matches in places.items()
            for rule, match in matches.items()
        ],
        batch_size=200,
    )
    if noted and file.state == EventFileState.READ:
        file.state, file.raising_at = EventFileState.RAISING, now
        file.matches += len(noted)
        file.save(update_fields=["state", "raising_at", "matches"])
        enqueue(file.pk, now=now)


@transaction.atomic
def keep_correlated(event_file_id: EventFileId, *, events: Iterable[FoundEvent], of: EventFileId | None = None) -> bool:
    """What correlations found is kept with the event of each, of which something may be kept already.

    The events are those of the file ``of``, where that is another one: an older segment of the same unit, whose events
    another worker may keep at the same moment. False when reading was cancelled.
    """
    found = locked(event_file_id)

    if found.state not in {EventFileState.READING, EventFileState.RAISING}:
        return False

    given = tuple(events)
    holder = event_file_id if of is None else of
    _events_kept(holder, given)
    ordinals = [event.ordinal for event in given]
    rows = models.MatchedEvent.objects.filter(event_file=holder, ordinal__in=ordinals)
    known = {row.ordinal: row for row in rows.defer("original")}
    _keep_detections(found, [known[event.ordinal] for event in given], given)
    models.CorrelationFinding.objects.filter(event_file=found, holder=holder, ordinal__in=ordinals).delete()
    return True


@transaction.atomic
def forget_findings(event_file_id: EventFileId, *, of: EventFileId) -> int:
    """Nothing is noted any more of events that the file ``of`` turned out not to have. Returns how many findings."""
    return models.CorrelationFinding.objects.filter(event_file=event_file_id, holder=of).delete()[0]


@transaction.atomic
def end_reading(event_file_id: EventFileId, *, counts: ReadCounts, now: datetime) -> int:
    """The whole file was read: hunts see its events, and its matches become alerts from here on. Returns how many.

    It is not read again. Nothing happens when reading was cancelled.
    """
    found = locked(event_file_id)

    if found.state != EventFileState.READING:
        return 0

    kept_events.finish_intake(event_file_id, now=now)
    found.state, found.raising_at = EventFileState.RAISING, now
    found.events, found.unreadable = counts.events, counts.unreadable
    found.late, found.early = counts.late, counts.early
    found.matches = _matches(found) + models.CorrelationFinding.objects.filter(event_file=found).count()
    found.alerts_raised = found.alerts_extended = 0
    found.save()
    return found.matches


@transaction.atomic
def finish_reading(event_file_id: EventFileId, *, actor: Actor, now: datetime) -> bool:
    """The matches of the file are alerts, and the ledger says so once. False when it is not at that."""
    found = locked(event_file_id)

    if found.state != EventFileState.RAISING:
        return False

    is_first = found.finished_at is None
    found.state, found.finished_at = EventFileState.READ, found.finished_at or now
    found.matches, found.handing_to_id = _matches(found), None
    found.save(update_fields=["state", "finished_at", "matches", "handing_to_id"])

    if is_first:
        ledger.append(
            EventFileRead(
                event_file_id=event_file_id,
                ruleset_sha256=found.ruleset_sha256,
                rules=found.rules,
                events=found.events,
                unreadable=found.unreadable,
                matches=found.matches,
                alerts_raised=found.alerts_raised,
                alerts_extended=found.alerts_extended,
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
    found = locked(event_file_id)

    if found.state != EventFileState.READING:
        return

    found.state, found.finished_at, found.refusal = EventFileState.REFUSED, now, _storable(reason)
    found.columns_sha256 = columns_sha256
    found.save(update_fields=["state", "finished_at", "refusal", "columns_sha256"])
    cleared(found)

    ledger.append(EventFileRefused(event_file_id=event_file_id, reason=Sealed(found.refusal)), actor=actor, at=now)


def _matches(found: models.EventFile) -> int:
    return models.Detection.objects.filter(event_file=found).count()


def _events_kept(
    holder: EventFileId, events: Sequence[FoundEvent], *, is_fresh: bool = False
) -> list[models.MatchedEvent]:
    """The events are kept, each once. The rows have their keys if ``is_fresh``: none of them is kept already."""
    return models.MatchedEvent.objects.bulk_create(
        [
            models.MatchedEvent(
                event_file_id=holder,
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
        ignore_conflicts=not is_fresh,
    )


def _keep_detections(
    found: models.EventFile,
    rows: Sequence[models.MatchedEvent],
    events: Sequence[FoundEvent],
    *,
    is_fresh: bool = False,
) -> None:
    versions = _versions({match.rule for event in events for match in event.matches})
    models.Detection.objects.bulk_create(
        [
            models.Detection(
                event_file=found,
                event=row,
                rule_id=versions[match.rule],
                fields={_storable(name): _storable(value) for name, value in match.fields.items()},
                counted=None if match.counted is None else written(match.counted),
                computer=row.computer,
                at=row.at,
                event_sha256=row.sha256,
            )
            for row, event in zip(rows, events, strict=True)
            for match in event.matches
        ],
        batch_size=200,
        ignore_conflicts=not is_fresh,
    )


def _versions(texts: set[tuple[str, int]]) -> dict[tuple[str, int], UUID]:
    digests = {digest for digest, _ in texts}
    rows = models.RuleVersion.objects.filter(sha256__in=digests).values_list("sha256", "document", "pk")
    return {(digest, document): pk for digest, document, pk in rows}


def _storable(text: str) -> str:
    """The text as a database can hold it: PostgreSQL knows no NUL, and no database knows half a surrogate pair."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")
