"""One run of rules over event files: counts what it reads, and gives findings in the order of the events."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from burgrave.cli.detecting.collecting import rarely_collecting
from burgrave.cli.detecting.correlating import Correlating
from burgrave.cli.detecting.report import Report
from burgrave.cli.detecting.sharing import Hit, Piece, Share, can_share, cut, shared
from burgrave.cli.detecting.stopping import Stop
from burgrave.cli.detecting.tally import EventFiles, Finding, Tally
from burgrave.engines.correlation import Counts
from burgrave.engines.detection import Engine, Match, RuleSet, compile_rules
from burgrave.engines.events import (
    ROW_COLUMN,
    Block,
    CannotOpen,
    Event,
    EventBatch,
    EventFileError,
    LogSource,
    Unreadable,
    read_blocks,
    windows,
)
from burgrave.engines.events.cutting import WORTH_LOADING
from burgrave.engines.events.sources import source_of
from burgrave.engines.events.tables import NO_TABLES, Tables
from burgrave.engines.preparing import Loops, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from burgrave.cli.detecting.tally import Result

SUFFIXES: Final = (".evtx", ".json", ".jsonl", ".ndjson", ".log", ".xml")


TABLES: Final = (".csv", ".tsv", ".txt")

_PACKED_BY: Final = 10  # gzip makes event files about so much smaller, and up to 30 times
_LINES: Final = (".json", ".jsonl", ".ndjson")
_LOG: Final = ".evtx"
_MANY_BATCHES: Final = 64 * 1024 * 1024  # bytes, of which 100,000 events are made and more


def event_files(paths: Sequence[Path], *, tables: bool = False) -> EventFiles:
    """Find the event files, in the order of the paths given and by name within folders.

    A file that is given is taken whatever its name. In folders the name decides; files of other names are counted.
    Folders behind symbolic links are not entered. With ``tables`` those of CSV count too.
    """
    suffixes = (*SUFFIXES, *TABLES) if tables else SUFFIXES
    found: dict[str, Path] = {}
    skipped = 0
    refused: list[EventFileError] = []
    for path in paths:
        if not path.is_dir():
            found.setdefault(os.path.realpath(path), path)
            continue
        for folder, inner, names in os.walk(
            path, onerror=lambda failure: refused.append(CannotOpen(f"{failure.filename}: {failure.strerror}"))
        ):
            inner.sort()
            for name in sorted(names):
                if name.lower().removesuffix(".gz").endswith(suffixes):
                    each = Path(folder, name)
                    found.setdefault(os.path.realpath(each), each)
                else:
                    skipped += 1
    return EventFiles(tuple(found.values()), skipped, tuple(refused))


@dataclass(slots=True)
class Run:
    """Reads the files, matches window by window, and counts."""

    rules: RuleSet
    files: EventFiles
    log_source: LogSource
    report: Report
    tables: Tables = NO_TABLES
    unreadable: TextIO | None = None
    workers: int = 1
    pieces: Sequence[Piece] = ()
    stop: Stop = field(default_factory=Stop)
    tally: Tally = field(default_factory=Tally)
    counts: Counts = field(default_factory=Counts)
    _read_before: int = 0

    def findings(self) -> Iterator[Result]:
        """Yield findings in the order of the events, and for one event in the order of the rules' paths.

        What correlations find comes at the end, by time: only then do all events stand in order.

        When a stop is asked for, no further event is read; what was read before is still matched.
        """
        if loops := _loops_for(self.files.files):  # before processes are forked, which then have them too
            with self.report.preparing() as compiling:
                prepare(loops, on_compiling=compiling)
        engine = compile_rules(self.rules)
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            with rarely_collecting(), Correlating(self.rules, self.counts) as correlating:
                for result in self._read(engine, correlating):
                    self.tally.count(result)
                    yield result
                for correlated in correlating.findings():
                    self.tally.correlated += 1
                    self.tally.count(correlated)
                    yield correlated
        finally:
            self.tally.seconds = time.perf_counter() - wall
            self.tally.cpu_seconds += time.process_time() - cpu

    def _read(self, engine: Engine, correlating: Correlating) -> Iterator[Finding]:
        sizes = [_size(path) for path in self.files.files]
        shares = cut(self.files.files, sizes, self.workers, tables=self.tables) if self.workers > 1 else []
        hits = self._hits(engine)
        if self.workers > 1 and len(shares) > 1 and can_share():
            hits = self._shared(engine, shares)
            hits = chain([*islice(hits, 1)], hits)  # the processes are there before progress begins a thread
        with self.report.reading(sum(sizes)):
            for place, finding in hits:
                correlating.take(finding, place)
                if finding.rule.id not in self.rules.silent:
                    yield finding

    def _hits(self, engine: Engine) -> Iterator[tuple[int, Finding]]:
        """Everything that is found, with the place of its event in the run."""
        for window in windows(self._events()):
            for place, finding in _in_order(window, engine):
                yield self._read_before + place, finding
            self._read_before += sum(len(batch.events) for batch in window)
            window.clear()  # the next one is read before this name is given to it

    def _shared(self, engine: Engine, shares: Sequence[Sequence[Piece]]) -> Iterator[tuple[int, Finding]]:
        """As ``_hits``, found by several processes."""
        for refusal in self.files.refused:
            self._refuse(refusal)
        done = 0
        for share in shared(partial(self._share, engine), shares, workers=self.workers, stop=self.stop):
            for record in share.unreadable:
                self._keep(record)
            for refusal in share.refused:
                self._refuse(refusal)
            self.tally.events += share.events
            self.tally.unplaced += share.unplaced
            self.tally.cpu_seconds += share.cpu_seconds
            for hit in share.hits:
                match = Match(rule=self.rules.rules[hit.rule], row=hit.row, fields=hit.fields, values=hit.values)
                yield self._read_before + hit.place, Finding(match, hit.event)
            self._read_before += share.events
            done += share.done_bytes
            self.report.bytes(done)

    def _share(self, engine: Engine, pieces: Sequence[Piece]) -> Share:
        """What is found in some of the pieces, in a process of its own."""
        cpu = time.process_time()
        report = Listing()
        part = Run(
            self.rules,
            files=EventFiles(()),
            log_source=self.log_source,
            report=report,
            tables=self.tables,
            pieces=pieces,
        )
        numbers = {rule.id: number for number, rule in enumerate(self.rules.rules)}
        hits = [
            Hit(place, numbers[each.rule.id], each.match.row, each.match.fields, each.match.values, each.event)
            for place, each in part._hits(engine)
        ]
        return Share(
            hits=hits,
            events=part.tally.events,
            unplaced=part.tally.unplaced,
            unreadable=report.listed,
            refused=part.tally.refused,
            cpu_seconds=time.process_time() - cpu,
            done_bytes=sum(piece.size for piece in pieces),
        )

    def _events(self) -> Iterator[Event | Block]:
        for refusal in self.files.refused:
            self._refuse(refusal)
        done = 0
        for piece in self.pieces or [Piece(path, _size(path), None) for path in self.files.files]:
            self.report.file(piece.path)
            try:
                for item in self._items(piece, done):
                    if self.stop.asked:
                        return
                    if isinstance(item, Unreadable):
                        self._keep(item)
                    else:
                        self._count(item)
                        yield item
                    del item  # before the next one is read
            except EventFileError as refusal:
                self._refuse(refusal)
            done += piece.size
            self.report.bytes(done)

    def _items(self, piece: Piece, done: int) -> Iterator[Event | Block | Unreadable]:
        return read_blocks(
            piece.path,
            log_source=self.log_source,
            on_progress=lambda part, _: self.report.bytes(done + part),
            received_at=_written_at(piece.path),
            tables=self.tables,
            portion=piece.portion,
        )

    def _count(self, item: Event | Block) -> None:
        singly = [item] if isinstance(item, Event) else [event for _, event in item.apart]
        self.tally.events += 1 if isinstance(item, Event) else item.count
        self.tally.unplaced += sum(not event.channel and not event.log_source for event in singly)
        if isinstance(item, Block):
            self.tally.unplaced += sum(
                len(each.positions) for each in item.columns if not each.channel and not each.log_source
            )

    def _keep(self, record: Unreadable) -> None:
        self.tally.unreadable_by_file[record.file] += 1
        self.report.unreadable(record, self.tally.unreadable_by_file[record.file])
        if self.unreadable is not None:
            line = {
                "file": record.file,
                "position": record.position,
                "reason": record.reason,
                "excerpt_hex": record.excerpt.hex(),
            }
            self.unreadable.write(json.dumps(line) + "\n")

    def _refuse(self, refusal: EventFileError) -> None:
        self.tally.refused.append(refusal)
        self.report.refused(refusal)


class Listing(Report):
    """Says nothing and keeps what is to be said, for the process that speaks for all."""

    def __init__(self) -> None:
        super().__init__(progress=False)
        self.listed: list[Unreadable] = []

    def unreadable(self, record: Unreadable, _count: int) -> None:
        self.listed.append(record)

    def refused(self, refusal: EventFileError) -> None:
        """The tally has it."""


def _in_order(window: Sequence[EventBatch], engine: Engine) -> list[tuple[int, Finding]]:
    """Match the batches of a window and put the findings back into the order of its events, with their places there."""
    found: list[tuple[int, Finding]] = []
    for batch in window:
        places = batch.table[ROW_COLUMN]
        for row, matches in groupby(engine.match(batch.table, source=source_of(batch)), key=lambda match: match.row):
            event = batch.events[row]
            place = int(places[row].as_py())
            found.extend((place, Finding(match, event)) for match in matches)
    found.sort(key=lambda each: each[0])
    return found


def _written_at(path: Path) -> datetime:
    """When the file was last written, for times in it that leave out the year."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    except (OSError, ValueError, OverflowError):
        return datetime.now(tz=UTC)


def _loops_for(files: Sequence[Path]) -> set[Loops]:
    """The loops that will most likely be needed, by the names and sizes of files; others are compiled on the way."""
    sizes: Counter[str] = Counter()
    for path in files:
        name = path.name.lower()
        plain = name.removesuffix(".gz")
        sizes[Path(plain).suffix] += _size(path) * (1 if plain == name else _PACKED_BY)
    logs, lines = sizes[_LOG], sum(sizes[suffix] for suffix in _LINES)
    if logs + lines < WORTH_LOADING:
        return set()
    wanted = {Loops.LINES} | ({Loops.LOGS} if logs else set())  # odd records of logs become lines
    return wanted | ({Loops.MATCHING} if logs + lines >= _MANY_BATCHES else set())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0
