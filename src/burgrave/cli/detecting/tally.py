"""What one run read and found: the numbers that its summary tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from burgrave.engines.detection import Match
    from burgrave.engines.events import Event, EventFileError


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


@dataclass(slots=True)
class Tally:
    """Counts; ``unplaced`` are events of which neither they nor the caller say where they come from."""

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

    def count(self, match: Match) -> None:
        self.by_level[match.rule.level] += 1
        self.rules_hit.add(match.rule.id)
