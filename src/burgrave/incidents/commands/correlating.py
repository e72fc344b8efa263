"""The correlations of a unit go on with what a segment of its streams brings: one segment at a time, each once.

What is remembered is an older state and the steps since. A step costs its hits; the state is written anew only when the
steps have grown larger than it, so that each byte is written about twice. All of it stands in the transaction that
ends the reading of the segment: what was not committed never happened, and is done again.
"""

from __future__ import annotations

import logging
import zlib
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import connection, transaction

from burgrave.engines.correlation import CorrelationError, Correlator, Finding, Limits, Step, digest_of, unpacked
from burgrave.engines.correlation.terms import moment
from burgrave.incidents import models
from burgrave.incidents.commands.remembered import Remembered, keep, taken
from burgrave.incidents.rules.correlating import dropped, has_dropped
from burgrave.incidents.rules.files import UNFINISHED
from burgrave.incidents.terms import EventFileId, EventFileState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from burgrave.engines.detection import CorrelationRule

log = logging.getLogger(__name__)

SMALL_LOG: Final = 256 * 1024
MOST_STEPS: Final = 500
"""No more steps than these are taken again after a restart."""
WAIT_SECONDS: Final = 60


@transaction.atomic
def correlate_segment(
    event_file_id: EventFileId,
    step: Step,
    *,
    rules: Sequence[CorrelationRule],
    limits: Limits,
    left_out: int = 0,
    now: datetime,
) -> list[Finding]:
    """The hits of the segment are part of what the unit's correlations remember. Returns what became certain.

    Hits that come too late are correlated with each other, as in a file that was handed in. ``left_out`` hits were not
    handed in, because there were too many. Nothing happens when the segment is not being read any more. For the worker
    alone, inside the effects of its lease.
    """
    file = models.EventFile.objects.select_for_update().get(pk=event_file_id)
    if file.state != EventFileState.READING:
        return []
    models.CorrelationMemory.objects.get_or_create(unit_id=file.unit_id, defaults={"changed_at": now})
    memory = _locked(file.unit_id)

    correlator, is_anew = _opened(memory, rules, limits)
    closed = None if correlator.closed is None else moment(correlator.closed)
    late = [hit for hit in step.hits if closed is not None and hit.at is not None and hit.at < closed]
    findings = step.fed_to(correlator)
    if late:
        apart = Correlator(rules, Limits(lateness=timedelta(days=365 * 100), waiting=len(late)))
        findings += [*apart.feed(late), *apart.finish()]

    memory.counts["left_out"] = memory.counts.get("left_out", 0) + left_out
    memory.last_file_id = event_file_id
    _keep(memory, correlator, step, event_file_id=event_file_id, is_anew=is_anew, now=now)
    return findings


@transaction.atomic
def correlate_waiting(
    unit_id: UUID, *, rules: Sequence[CorrelationRule], limits: Limits, now: datetime
) -> tuple[EventFileId, list[Finding]] | None:
    """Nothing came for a while: what waited is decided. Returns what became certain, and the file that was read last.

    None when something came meanwhile, or waits to be read. For the worker alone, inside the effects of its lease.
    """
    memory = _locked(unit_id)
    under_way = models.EventFile.objects.filter(unit_id=unit_id, segment_id__isnull=False, state__in=UNFINISHED)
    if memory.last_file_id is None or memory.changed_at > now - limits.lateness or under_way.exists():
        return None

    correlator, is_anew = _opened(memory, rules, limits)
    step = Step(is_end=True)
    findings = step.fed_to(correlator)

    _keep(memory, correlator, step, event_file_id=None, is_anew=is_anew, now=now)
    return EventFileId(memory.last_file_id), findings


def _locked(unit_id: UUID) -> models.CorrelationMemory:
    """What the unit's correlations remember, held. Who waits too long for it gives up and comes again."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
    return models.CorrelationMemory.objects.select_for_update().get(unit_id=unit_id)


def _opened(
    memory: models.CorrelationMemory, rules: Sequence[CorrelationRule], limits: Limits
) -> tuple[Correlator, bool]:
    """The correlator as the memory has it, for these correlations, and whether it is another one than was written."""
    fresh = Correlator(rules, limits)
    try:
        found = _at_hand(memory, limits) or _restored(memory, fresh, limits)
    except CorrelationError as damage:
        log.warning("what the correlations of unit %s remembered is lost: %s", memory.unit_id, damage)
        memory.counts["damaged"] = memory.counts.get("damaged", 0) + 1
        memory.steps += 1  # whoever has an older one at hand sees that it is not this one
        return fresh, True
    if digest_of(found.rules) == digest_of(fresh.rules):
        return found, False
    adopted, lost = found.adopted(rules)
    memory.counts["changed_rules"] = memory.counts.get("changed_rules", 0) + len(lost)
    return adopted, True


def _at_hand(memory: models.CorrelationMemory, limits: Limits) -> Correlator | None:
    known = taken(memory.pk)
    if known is None or known.limits != limits or not memory.snapshot_step <= known.steps <= memory.steps:
        return None
    return _continued(memory, known.correlator, after=known.steps)


def _restored(memory: models.CorrelationMemory, fresh: Correlator, limits: Limits) -> Correlator:
    snapshot = models.CorrelationSnapshot.objects.filter(memory=memory).first()
    if snapshot is None:
        return fresh
    return _continued(memory, Correlator.reopened(unpacked(bytes(snapshot.body)), limits), after=memory.snapshot_step)


def _continued(memory: models.CorrelationMemory, correlator: Correlator, *, after: int) -> Correlator:
    """What later steps found was kept when they were taken; only where they led to counts."""
    if after < memory.steps:
        steps = models.CorrelationStep.objects.filter(memory=memory, number__gt=after).order_by("number")
        for body in steps.values_list("body", flat=True):
            Step.read(bytes(body)).fed_to(correlator)
    return correlator


def _keep(
    memory: models.CorrelationMemory,
    correlator: Correlator,
    step: Step,
    *,
    event_file_id: EventFileId | None,
    is_anew: bool,
    now: datetime,
) -> None:
    memory.steps += 1
    body = step.written()
    many = memory.steps - memory.snapshot_step > MOST_STEPS
    if is_anew or many or memory.log_bytes + len(body) > max(SMALL_LOG, memory.snapshot_bytes) or memory.steps == 1:
        _write_anew(memory, correlator)
    else:
        models.CorrelationStep.objects.create(
            memory=memory, number=memory.steps, event_file_id=event_file_id, body=body
        )
        memory.log_bytes += len(body)
    windows = correlator.windows
    memory.correlations, memory.groups = len(correlator.rules), sum(map(len, windows.groups))
    memory.hits, memory.size_bytes, memory.waiting = windows.held, windows.size, len(correlator.waiting)
    memory.newest_at = None if correlator.newest is None else moment(correlator.newest)
    memory.closed_at = None if correlator.closed is None else moment(correlator.closed)
    memory.counts |= asdict(correlator.counts)
    memory.changed_at = now
    if has_dropped(memory.dropped, memory.counts):
        memory.dropped_at = now
    memory.dropped = dropped(memory.counts)
    memory.save()
    remembered = Remembered(memory_id=memory.pk, steps=memory.steps, limits=correlator.limits, correlator=correlator)
    transaction.on_commit(lambda: keep(remembered))


def _write_anew(memory: models.CorrelationMemory, correlator: Correlator) -> None:
    body = zlib.compress(correlator.save(), 6)
    models.CorrelationSnapshot.objects.update_or_create(memory=memory, defaults={"body": body})
    models.CorrelationStep.objects.filter(memory=memory).delete()
    memory.snapshot_step, memory.snapshot_bytes, memory.log_bytes = memory.steps, len(body), 0
