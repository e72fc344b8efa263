"""What one run read and found: the numbers that its summary tells."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from burgrave.engines import correlation
    from burgrave.engines.detection import CorrelationRule, Match, Rule
    from burgrave.engines.events import Event, EventFileError

_TACTIC: Final = re.compile(r"attack\.([a-z]+(?:[-_][a-z]+)*)")
_SECONDS_IN_HOUR: Final = 3_600


def tactics_of(rule: Rule | CorrelationRule) -> Iterator[str]:
    """The ATT&CK tactics that a rule is tagged with, in ATT&CK's spelling, such as ``initial-access``."""
    for tag in rule.tags:
        found = _TACTIC.fullmatch(tag.lower())
        if found:
            yield found[1].replace("_", "-")


class Result(Protocol):
    """What was found, whether by one event or by several: what every writer tells of it."""

    @property
    def rule(self) -> Rule | CorrelationRule: ...

    @property
    def at(self) -> datetime | None: ...

    @property
    def file(self) -> str: ...

    @property
    def record_id(self) -> str: ...

    @property
    def computer(self) -> str: ...

    @property
    def channel(self) -> str: ...

    @property
    def event_id(self) -> str: ...

    @property
    def fields(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that held for one event."""

    match: Match
    event: Event

    @property
    def rule(self) -> Rule:
        return self.match.rule

    @property
    def at(self) -> datetime | None:
        return self.event.at

    @property
    def file(self) -> str:
        return self.event.file

    @property
    def record_id(self) -> str:
        return self.event.record_id

    @property
    def computer(self) -> str:
        return self.event.computer

    @property
    def channel(self) -> str:
        return self.event.channel

    @property
    def event_id(self) -> str:
        return self.event.event_id

    @property
    def fields(self) -> Mapping[str, str]:
        return self.match.fields


@dataclass(frozen=True, slots=True)
class CorrelatedFinding:
    """One correlation that held for a group of events. ``last`` and ``events`` are files and records."""

    found: correlation.Finding
    events: tuple[tuple[str, str], ...]
    last: tuple[str, str]
    channel: str = ""
    event_id: str = ""

    @property
    def rule(self) -> CorrelationRule:
        return self.found.rule

    @property
    def at(self) -> datetime:
        return self.found.ended_at

    @property
    def file(self) -> str:
        return self.last[0]

    @property
    def record_id(self) -> str:
        return self.last[1]

    @property
    def computer(self) -> str:
        return dict(self.found.group).get("Computer", "")

    @property
    def fields(self) -> Mapping[str, str]:
        return dict(self.found.group)


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
    by_tactic: Counter[str] = field(default_factory=Counter)
    by_hour: Counter[int] = field(default_factory=Counter)
    untimed: int = 0
    rules_hit: set[str] = field(default_factory=set)
    correlated: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def matches(self) -> int:
        return self.by_level.total()

    def count(self, result: Result) -> None:
        """``by_hour`` counts by whole hours since 1970, in UTC."""
        self.by_level[result.rule.level] += 1
        self.by_tactic.update(set(tactics_of(result.rule)))
        self.rules_hit.add(result.rule.id)
        if result.at is None:
            self.untimed += 1
        else:
            self.by_hour[int(result.at.timestamp() // _SECONDS_IN_HOUR)] += 1
