"""What follows when an event file was read: its matches become alerts, in parts that keep nobody waiting.

Each part is a transaction, and what it did stands. A worker that is killed in between leaves a file whose alerts are
being raised; the next one goes on with what is left. The last part, the record of the reading and the end of the job
are one transaction; where there is little to raise it is also that which ends the reading.
"""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Final

from burgrave.incidents import commands, queries
from burgrave.incidents.handlers.originals import events_at, found_event
from burgrave.incidents.handlers.pausing import give_way
from burgrave.web.terms import system_actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from burgrave.incidents.terms import EventFileId, FoundEvent, FoundMatch
    from burgrave.jobs.terms import Lease

log = logging.getLogger(__name__)

FEW: Final = 100
"""Matches that are raised in the transaction that ends the reading."""
CORRELATED_HELD: Final = 500
CORRELATED_BYTES_HELD: Final = 8 * 1024 * 1024


def end_and_raise(lease: Lease, event_file_id: EventFileId, end: Callable[[], None], *, at_once: bool) -> None:
    """The reading has ended, by ``end`` inside the effects of the lease, and its matches are alerts.

    ``at_once`` says that nothing will be noted by ``end`` that has to be read first.
    """
    waiting, _ = queries.matches_to_raise(event_file_id)
    if at_once and waiting <= FEW:
        _finish(lease, event_file_id, end)
        return
    with lease.effects():
        end()
        lease.progress(0, waiting, note=_told(0, waiting))
    go_on_raising(lease, event_file_id)


def go_on_raising(lease: Lease, event_file_id: EventFileId) -> None:
    """What is left of the matches of a file that was read is part of alerts."""
    for holder in queries.holders_of_findings(event_file_id):
        _keep_found(lease, event_file_id, holder)
    waiting, total = queries.matches_to_raise(event_file_id)
    if waiting > FEW:
        done = total - waiting
        for part in queries.parts_to_raise(event_file_id):
            with lease.effects():
                done += commands.raise_part(event_file_id, part, actor=system_actor(), now=lease.now())
                lease.progress(done, total, note=_told(done, total))
            give_way()
    _finish(lease, event_file_id, lambda: None)


def _finish(lease: Lease, event_file_id: EventFileId, end: Callable[[], None]) -> None:
    part = tuple(chain.from_iterable(queries.parts_to_raise(event_file_id)))
    with lease.final_effects():
        end()
        if part:
            commands.raise_part(event_file_id, part, actor=system_actor(), now=lease.now())
        commands.finish_reading(event_file_id, actor=system_actor(), now=lease.now())


def _told(done: int, total: int) -> str:
    return f"raising alerts: {done:,} of {total:,} matches"


def _keep_found(lease: Lease, event_file_id: EventFileId, holder: EventFileId) -> None:
    """The events of another file at which something was found are kept, read before any lock is taken."""
    found = queries.findings_in(event_file_id, of=holder)
    for batch in _batches(holder, found):
        with lease.effects():
            commands.keep_correlated(event_file_id, of=holder, events=batch)
    with lease.effects():
        if lost := commands.forget_findings(event_file_id, of=holder):
            log.warning("%s findings of correlations name events that event file %s has not", lost, holder)


def _batches(holder: EventFileId, found: Mapping[int, Sequence[FoundMatch]]) -> Iterator[list[FoundEvent]]:
    batch: list[FoundEvent] = []
    held = 0
    for ordinal, event in events_at(queries.event_file_to_read(holder), found):
        batch.append(found_event(ordinal, event, found[ordinal]))
        held += len(batch[-1].original)
        if len(batch) == CORRELATED_HELD or held >= CORRELATED_BYTES_HELD:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
