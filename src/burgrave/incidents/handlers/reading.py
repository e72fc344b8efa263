"""The job that reads an event file: events in, findings kept window by window, alerts raised at the end (``raising``).

Everything that is written goes through the effects of the lease, so that a worker that lost its job writes nothing. An
attempt begins by clearing what an earlier one left; findings therefore never stand twice, wherever a worker was killed.
Once all of a file was read it is not read again, and an attempt goes on with raising its alerts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final
from uuid import UUID

from burgrave.engines import events as readers
from burgrave.engines.detection import Excepted
from burgrave.engines.events import Block, Event, EventFileError, UnknownTable, Unreadable
from burgrave.engines.events.sources import source_of
from burgrave.engines.events.tables import fingerprint_of
from burgrave.events import commands as kept
from burgrave.incidents import commands, queries
from burgrave.incidents.handlers.correlating import Correlating
from burgrave.incidents.handlers.originals import events_at, found_event, records_of
from burgrave.incidents.handlers.pausing import give_way
from burgrave.incidents.handlers.raising import end_and_raise, go_on_raising
from burgrave.incidents.handlers.rulebook import LoadedRules, live_rules
from burgrave.incidents.handlers.streaming import Streaming
from burgrave.incidents.rules.files import is_early, is_late
from burgrave.incidents.terms import (
    UNREADABLE_KEPT,
    BadRecord,
    EventFileId,
    EventFileState,
    FileToRead,
    FoundEvent,
    FoundMatch,
    ReadCounts,
)
from burgrave.jobs.terms import Args, Lease
from burgrave.web.terms import system_actor

WINDOW: Final = 10_000
"""Events that are held, matched and kept together: what a reading needs in memory does not grow with the file."""

BAD_RECORDS_HELD: Final = 1_000
KEPT_AT_ONCE: Final = 500
"""Matched events that are kept in one transaction."""
CORRELATED_HELD: Final = 500


def read_event_file(lease: Lease, args: Args) -> None:
    """The file is read and its matches are alerts, or it is refused with the reason."""
    event_file_id = EventFileId(UUID(str(args["event_file_id"])))
    rules = live_rules(lease.now())
    with lease.effects():
        commands.load_rules(rules.book, actor=system_actor(), now=lease.now())
        state = commands.begin_reading(
            event_file_id, ruleset_sha256=rules.book.sha256, rules_count=len(rules.book.rules), now=lease.now()
        )
    if state is EventFileState.RAISING:
        go_on_raising(lease, event_file_id)
    if state is EventFileState.READING:
        _read(lease, event_file_id, rules)


def _read(lease: Lease, event_file_id: EventFileId, rules: LoadedRules) -> None:
    file = queries.event_file_to_read(event_file_id)
    keeper = kept.Keeper(event_file_id=event_file_id, unit_id=file.unit_id)
    reading = _Reading(
        lease=lease,
        event_file_id=event_file_id,
        rules=rules,
        file=file,
        keeper=keeper,
        correlating=Streaming(rules, event_file_id, received_at=file.received_at)
        if file.origin.segment_id
        else Correlating(rules, event_file_id),
    )
    try:
        with closing(keeper):
            reading.run()
    except EventFileError as refusal:
        with lease.final_effects():
            commands.refuse_event_file(
                event_file_id,
                reason=_without_path(str(refusal), file.path),
                columns_sha256=fingerprint_of(refusal.header) if isinstance(refusal, UnknownTable) else "",
                actor=system_actor(),
                now=lease.now(),
            )
        return
    finally:
        readers.release_memory()
    is_silent = not isinstance(reading.correlating, Streaming) or reading.correlating.is_silent
    end_and_raise(lease, event_file_id, reading.end, at_once=is_silent)


@dataclass(slots=True, kw_only=True)
class _Reading:
    lease: Lease
    event_file_id: EventFileId
    rules: LoadedRules
    file: FileToRead
    keeper: kept.Keeper
    correlating: Correlating | Streaming
    events: int = 0
    unreadable: int = 0
    late: int = 0
    early: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    bad: list[BadRecord] = field(default_factory=list)
    excepted: Excepted = field(default_factory=Excepted)

    def run(self) -> None:
        for window in readers.windows(self._readable(), size=WINDOW):
            self._note_times(window)
            self._keep(self._found(window), window)
            self.events += sum(len(batch.events) for batch in window)
            window.clear()  # before the next one is read
            self.lease.progress(self.bytes_done, self.bytes_total, note=f"{self.events:,} events")
        self.keeper.write()
        self._keep(())
        self._keep_correlated()

    def end(self) -> None:
        """What was read counts. Inside the effects of the lease."""
        now = self.lease.now()
        if isinstance(self.correlating, Streaming):
            self.correlating.note(now=now)
        counts = ReadCounts(events=self.events, unreadable=self.unreadable, late=self.late, early=self.early)
        left_out = {key: (self.excepted.left_out[key], of) for key, of in self.excepted.of.items()}
        commands.count_excepted(left_out, on=now.date())
        commands.end_reading(self.event_file_id, counts=counts, now=now)

    def _keep_correlated(self) -> None:
        """What correlations found in a file is kept like a match of the last event of each finding."""
        if isinstance(self.correlating, Streaming):
            return
        found = self.correlating.found()
        if not found:
            return
        last = max(found)
        batch: list[FoundEvent] = []
        for ordinal, event in events_at(self.file, found):
            batch.append(found_event(ordinal, event, found[ordinal]))
            if len(batch) == CORRELATED_HELD or ordinal == last:
                with self.lease.effects():
                    commands.keep_correlated(self.event_file_id, events=batch)
                batch = []

    def _mark(self, bytes_done: int, bytes_total: int) -> None:
        self.bytes_done, self.bytes_total = bytes_done, bytes_total

    def _readable(self) -> Iterator[Event | Block]:
        for record in records_of(self.file, on_progress=self._mark):
            if isinstance(record, Unreadable):
                self._note(record)
            else:
                yield record
            del record  # before the next one is read

    def _note_times(self, window: Iterable[readers.EventBatch]) -> None:
        """Events of a stream that are much older or younger than their receipt are counted."""
        if self.file.origin.segment_id is None:
            return
        for at in chain.from_iterable(batch.heads.at for batch in window):
            self.late += is_late(at, received_at=self.file.received_at)
            self.early += is_early(at, received_at=self.file.received_at)

    def _note(self, record: Unreadable) -> None:
        if self.unreadable < UNREADABLE_KEPT:
            self.bad.append(
                BadRecord(
                    ordinal=self.unreadable, position=record.position, reason=record.reason, excerpt=record.excerpt
                )
            )
        self.unreadable += 1
        if len(self.bad) >= BAD_RECORDS_HELD:
            self._keep(())
        if self.unreadable % BAD_RECORDS_HELD == 0:
            self.lease.progress(self.bytes_done, self.bytes_total, note=f"{self.events:,} events")

    def _keep(self, found: Iterable[FoundEvent], window: Sequence[readers.EventBatch] = ()) -> None:
        events = tuple(found)
        self.keeper.add(window, first_place=self.events)
        if not events and not self.bad and not self.keeper.parts:
            return
        for begun in range(0, len(events), KEPT_AT_ONCE):
            with self.lease.effects():
                part = events[begun : begun + KEPT_AT_ONCE]
                commands.keep_findings(self.event_file_id, events=part, bad_records=())
            if len(part) == KEPT_AT_ONCE:
                give_way()
        with self.lease.effects():
            if commands.keep_findings(self.event_file_id, events=(), bad_records=self.bad):
                kept.keep_events(self.keeper)
        self.bad = []

    def _found(self, window: Iterable[readers.EventBatch]) -> Iterator[FoundEvent]:
        """The matched events of a window, in the order of the file."""
        matched: dict[int, tuple[Event, list[FoundMatch]]] = {}
        for batch in window:
            by_row: dict[int, list[FoundMatch]] = defaultdict(list)
            places = batch.table.column(readers.ROW_COLUMN)
            for match in self.rules.engine.match(batch.table, source=source_of(batch), excepted=self.excepted):
                ordinal = self.events + int(places[match.row].as_py())
                if self.correlating.take(match, ordinal=ordinal, at=batch.heads.at[match.row]):
                    version = (match.rule.sha256, match.rule.document)
                    by_row[match.row].append(FoundMatch(rule=version, fields=match.fields))
            for row, matches in by_row.items():
                matched[int(places[row].as_py())] = (batch.events[row], matches)
        for place in sorted(matched):
            event, matches = matched[place]
            yield found_event(self.events + place, event, matches)


def _without_path(sentence: str, path: Path) -> str:
    """The sentence speaks of the person's file, not of where its bytes are kept."""
    return sentence.replace(str(path), "the file").replace(path.name, "the file")
