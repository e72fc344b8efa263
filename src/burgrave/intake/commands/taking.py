"""Closed segments become event files, each batch once, whatever is killed in between.

One transaction makes the event file, remembers the segments and the keys of their batches, and asks for the reading.
Only then the segments are deleted; those that are found again are known.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction

from burgrave.engines import spool
from burgrave.engines.blobs import Digest
from burgrave.incidents import commands as incidents
from burgrave.incidents import queries as incident_queries
from burgrave.incidents.terms import FileOrigin
from burgrave.intake import models
from burgrave.intake.commands.hearing import note_heard
from burgrave.intake.rules.bodies import Form
from burgrave.intake.terms import LONGEST_CLOSE
from burgrave.web.terms import UnitId, system_actor
from burgrave.web.uploads import blob_store

log = logging.getLogger(__name__)

MOST_AT_ONCE = 64 * 1024 * 1024
"""What of a backlog is read as one file."""
KEYS_KEPT = timedelta(days=7)
SEGMENTS_KEPT = timedelta(days=30)
MEDIA_TYPES = {Form.JSON: "application/x-ndjson", Form.TEXT: "text/plain"}
LOCK = ".taking"
_tried: dict[tuple[UUID, Form], list[spool.Contents]] = {}


def take_in(*, now: datetime) -> int:
    """Every segment whose time has come is an event file, or waits for the one before it. Returns how many segments.

    Of each source one file is read at a time: under load the next one holds all that came meanwhile. What fails for
    one source waits, and the others are taken in all the same; then the first fault is raised, OSError, DatabaseError
    or SpoolError.
    """
    taken = 0
    faults: list[Exception] = []
    for folder in sorted(Path(settings.BURGRAVE_SPOOL).glob("*")):
        with contextlib.suppress(ValueError):
            log_source_id = UUID(folder.name)
            try:
                taken += _take_in_source(log_source_id, folder, now=now)
            except (OSError, DatabaseError, spool.SpoolError) as fault:
                log.warning("segments of log source %s could not be taken in: %s", log_source_id, fault)
                faults.append(fault)
    if faults:
        raise faults[0]
    return taken


def prune_spool_marks(*, now: datetime) -> int:
    """Keys and segments that no sender and no disk brings again are forgotten. Returns how many."""
    keys, _each = models.BatchKey.objects.filter(taken_in_at__lt=now - KEYS_KEPT).delete()
    segments, _each = models.Segment.objects.filter(taken_in_at__lt=now - SEGMENTS_KEPT).delete()
    return keys + segments


def _take_in_source(log_source_id: UUID, folder: Path, *, now: datetime) -> int:
    longest_ms = int(LONGEST_CLOSE.total_seconds() * 1_000)
    for form in Form:
        spool.close_due(folder, form, now_ms=int(now.timestamp() * 1_000), longest_ms=longest_ms)
    if not any(spool.closed_segments(folder, form) for form in Form):
        return 0
    with _alone(folder) as is_alone:
        source = models.LogSource.objects.filter(pk=log_source_id).first() if is_alone else None
        # What belongs to no source is kept: nobody said that what was acknowledged may go.
        if source is None or incident_queries.is_stream_being_read(log_source_id):
            return 0
        return sum(_take(source, folder, form, now=now) for form in Form)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other worker takes segments of the source at this moment."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class _Gathered:
    """The new batches of some segments, as they go into one file."""

    keys: dict[bytes, None] = field(default_factory=dict)
    rows: list[models.Segment] = field(default_factory=list)
    newest_ms: int = 0


def _take(source: models.LogSource, folder: Path, form: Form, *, now: datetime) -> int:
    segments = _tried.get((source.pk, form)) or _some(folder, form)
    if not all(each.path.exists() for each in segments):
        segments = _some(folder, form)
    # What failed is tried again as it was: the same bytes again, rather than one file more for every attempt.
    _tried[source.pk, form] = segments
    known = set(
        models.Segment.objects.filter(pk__in=[each.segment_id for each in segments]).values_list("pk", flat=True)
    )
    fresh = [each for each in segments if each.segment_id not in known]
    if fresh:
        gathered = _Gathered()
        with blob_store().writer() as writer:
            for payload in _fresh_batches(source, fresh, gathered, now=now):
                writer.write(payload)
            digest = writer.finish() if writer.size_bytes else None
        _keep(source, form, digest, gathered, now=now)
    _tried.pop((source.pk, form), None)
    for each in segments:
        each.path.unlink(missing_ok=True)
    return len(fresh)


def _some(folder: Path, form: Form) -> list[spool.Contents]:
    """The oldest closed segments, as many as one file takes."""
    found: list[spool.Contents] = []
    size = 0
    for path in spool.closed_segments(folder, form):
        size += path.stat().st_size
        if found and size > MOST_AT_ONCE:
            break
        try:
            found.append(spool.contents_of(path))
        except spool.SpoolError as fault:
            log.error("%s is kept aside: %s", path, fault)  # noqa: TRY400 - the sentence says it all
            spool.set_aside(path)
    return found


def _fresh_batches(
    source: models.LogSource, segments: list[spool.Contents], gathered: _Gathered, *, now: datetime
) -> Iterator[bytes]:
    for contents in segments:
        row = models.Segment(id=contents.segment_id, log_source=source, size_bytes=0, batches=0, taken_in_at=now)
        for frame in contents:
            row.dropped += frame.dropped
            row.cut += frame.cut
            if not frame.payload:
                continue  # it only says what was lost
            gathered.newest_ms = max(gathered.newest_ms, frame.at_ms)
            if frame.key_sha256 is not None:
                if frame.key_sha256 in gathered.keys or _is_known(source, frame.key_sha256):
                    row.repeated += 1
                    continue
                gathered.keys[frame.key_sha256] = None
            row.batches += 1
            row.size_bytes += len(frame.payload)
            yield frame.payload
        row.torn_bytes = contents.torn_bytes
        gathered.rows.append(row)


def _is_known(source: models.LogSource, key_sha256: bytes) -> bool:
    return models.BatchKey.objects.filter(log_source=source, key_hash=key_sha256.hex()).exists()


@transaction.atomic
def _keep(source: models.LogSource, form: Form, digest: Digest | None, gathered: _Gathered, *, now: datetime) -> None:
    """The file is evidence and will be read; its segments and keys are known from now on."""
    if digest is not None:
        receipt = incidents.receive_event_file(
            digest,
            name=f"{source.name} {now:%Y-%m-%d %H:%M:%S}Z",
            media_type=MEDIA_TYPES[form],
            unit_id=UnitId(source.unit_id),
            origin=FileOrigin(
                log_source_id=source.pk,
                product=source.product,
                category=source.category,
                service=source.service,
                segment_id=gathered.rows[0].pk,
            ),
            actor=system_actor(),
            now=now,
        )
        for row in gathered.rows:
            row.event_file_id = receipt.event_file_id
    models.Segment.objects.bulk_create(gathered.rows)
    models.BatchKey.objects.bulk_create(
        [models.BatchKey(log_source=source, key_hash=key.hex(), taken_in_at=now) for key in gathered.keys],
        batch_size=500,
    )
    if gathered.newest_ms:
        note_heard(source.pk, at=min(now, datetime.fromtimestamp(gathered.newest_ms / 1_000, tz=now.tzinfo)))
