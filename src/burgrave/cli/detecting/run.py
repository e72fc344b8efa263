"""One run of rules over event files: counts what it reads, and gives findings in the order of the events."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from burgrave.engines.detection import Match, RuleSet, compile_rules
from burgrave.engines.events import (
    CannotOpen,
    Event,
    EventFileError,
    LogSource,
    Unreadable,
    read_events,
    windows,
)
from burgrave.engines.events.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from burgrave.cli.detecting.report import Report

SUFFIXES: Final = (".evtx", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that held for one event."""

    match: Match
    event: Event


@dataclass(frozen=True, slots=True)
class EventFiles:
    """The files to read, each once, and what was given and cannot be."""

    files: tuple[Path, ...]
    skipped: int = 0
    refused: tuple[EventFileError, ...] = ()

    @property
    def size_bytes(self) -> int:
        return sum(_size(path) for path in self.files)


def event_files(paths: Sequence[Path]) -> EventFiles:
    """Find the event files, in the order of the paths given and by name within folders.

    A file that is given is taken whatever its name. In folders the name decides; files of other names are counted.
    Folders behind symbolic links are not entered.
    """
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
                if name.lower().removesuffix(".gz").endswith(SUFFIXES):
                    each = Path(folder, name)
                    found.setdefault(os.path.realpath(each), each)
                else:
                    skipped += 1
    return EventFiles(tuple(found.values()), skipped, tuple(refused))


@dataclass(slots=True)
class Run:
    """Reads the files, matches window by window, and keeps the counts that the summary tells."""

    rules: RuleSet
    files: EventFiles
    log_source: LogSource
    report: Report
    unreadable: TextIO | None = None
    events: int = 0
    unplaced: int = 0
    unreadable_by_file: Counter[str] = field(default_factory=Counter)
    refused: list[EventFileError] = field(default_factory=list)
    by_level: Counter[str] = field(default_factory=Counter)
    rules_hit: set[str] = field(default_factory=set)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def matches(self) -> int:
        return self.by_level.total()

    def findings(self) -> Iterator[Finding]:
        """Yield findings in the order of the events, and for one event in the order of the rules' paths."""
        engine = compile_rules(self.rules)
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            with self.report.reading(self.files.size_bytes):
                for window in windows(self._events()):
                    found: list[tuple[int, Finding]] = []
                    for batch in window:
                        matches = engine.match(batch.table, source=source_of(batch))
                        places = batch.table["_row"]
                        found.extend(
                            (int(places[match.row].as_py()), Finding(match, batch.events[match.row]))
                            for match in matches
                        )
                    found.sort(key=lambda each: each[0])
                    for _, finding in found:
                        self.by_level[finding.match.rule.level] += 1
                        self.rules_hit.add(finding.match.rule.id)
                        yield finding
        finally:
            self.seconds = time.perf_counter() - wall
            self.cpu_seconds = time.process_time() - cpu

    def _events(self) -> Iterator[Event]:
        for refusal in self.files.refused:
            self._refuse(refusal)
        done = 0
        for path in self.files.files:
            self.report.file(path)
            try:
                for item in read_events(
                    path,
                    log_source=self.log_source,
                    on_progress=lambda part, _: self.report.bytes(done + part),  # noqa: B023 - called before the next file
                ):
                    if isinstance(item, Event):
                        self.events += 1
                        if not item.channel and not self.log_source:
                            self.unplaced += 1
                        yield item
                    else:
                        self._keep(item)
            except EventFileError as refusal:
                self._refuse(refusal)
            done += _size(path)
            self.report.bytes(done)

    def _keep(self, record: Unreadable) -> None:
        self.unreadable_by_file[record.file] += 1
        self.report.unreadable(record, self.unreadable_by_file[record.file])
        if self.unreadable is not None:
            line = {
                "file": record.file,
                "position": record.position,
                "reason": record.reason,
                "excerpt_hex": record.excerpt.hex(),
            }
            self.unreadable.write(json.dumps(line) + "\n")

    def _refuse(self, refusal: EventFileError) -> None:
        self.refused.append(refusal)
        self.report.refused(refusal)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0
