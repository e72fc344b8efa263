"""Words of coverage: which rules can fire with what is heard, and how each rule fares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from burgrave.incidents.terms import Level


class Hearing(StrEnum):
    """Whether the events that a log source names are heard."""

    LIVE = "live"
    SILENT = "silent"
    NEVER = "never"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredRule:
    """A live rule, with whether anything is heard that it speaks of."""

    rule_version_id: UUID
    rule_id: str
    title: str
    level: Level
    sources: tuple[str, ...]
    hearing: Hearing
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]

    @property
    def source(self) -> str:
        return ", ".join(self.sources)

    @property
    def can_fire(self) -> bool:
        return self.hearing is Hearing.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A log source that rules name, and of what was heard in 90 days and feeds it how much there was.

    ``rules`` name it or, being correlations, use a rule that does.
    ``heard_on`` is the day on which the last of it came, ``last_at`` the newest time that an event states.
    """

    source: str
    hearing: Hearing
    rules: int
    events: int
    heard_on: date | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Every live rule and log source, as heard by a moment.

    ``sample_unit`` is a unit of the sample where nothing but made-up events was heard, so that these are counted.
    """

    rules: tuple[CoveredRule, ...]
    sources: tuple[SourceRow, ...]
    sample_unit: UUID | None = None

    @property
    def can_fire(self) -> int:
        return sum(rule.can_fire for rule in self.rules)

    @property
    def ratio(self) -> float | None:
        return self.can_fire / len(self.rules) if self.rules else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TechniqueCell:
    """A technique in the column of a tactic: ``rules`` name it, of which ``can_fire`` speak of what is heard."""

    technique: str
    rules: int
    can_fire: int
    name: str = ""

    @property
    def is_part(self) -> bool:
        """Whether it is a sub-technique."""
        return "." in self.technique


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticColumn:
    """A tactic of ATT&CK with its techniques; ``name`` is ATT&CK's short name, ``title`` what a release calls it."""

    name: str
    cells: tuple[TechniqueCell, ...]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCounts:
    """What a rule raised: in 30 and 90 days, and how the decided alerts of 90 days were decided."""

    alerts_30: int = 0
    alerts_90: int = 0
    matches_90: int = 0
    decided_90: int = 0
    false_90: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRow:
    """A live rule and how it fares. ``noise_rank`` counts from 1, the one with most alerts in 90 days first.

    ``left_out`` matches of 90 days were left out by exceptions.

    ``sample_unit`` is as in ``Coverage``.
    """

    rule_version_id: UUID
    rule_id: str
    title: str
    level: Level
    sources: tuple[str, ...]
    hearing: Hearing
    changed_at: datetime
    counts: AlertCounts
    noise_rank: int | None
    left_out: int = 0
    sample_unit: UUID | None = None

    @property
    def source(self) -> str:
        return ", ".join(self.sources)

    @property
    def false_ratio(self) -> float | None:
        """The share of the decided alerts of 90 days that were no attack; None where none was decided."""
        return self.counts.false_90 / self.counts.decided_90 if self.counts.decided_90 else None
