"""What queries give of detection rules: the set that is live, its rules, and what cannot run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from burgrave.incidents.terms.words import EventFileId, Level, RuleOrigin, RuleVersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFilter:
    levels: tuple[Level, ...] = ()
    origins: tuple[RuleOrigin, ...] = ()
    products: tuple[str, ...] = ()
    text: str = ""
    with_retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """``matches`` counts matched events in all files of the reader's units; None where it was not asked for.

    ``members`` are the ids of the rules that a correlation uses, ``correlation`` is what it asks, as the engine
    writes it.
    """

    rule_version_id: RuleVersionId
    rule_id: str
    title: str
    level: Level
    status: str
    author: str
    licence: str
    description: str
    logsource: Mapping[str, str]
    tags: tuple[str, ...]
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    falsepositives: tuple[str, ...]
    origin: RuleOrigin
    path: str
    sha256: str
    is_live: bool
    is_fed: bool
    loaded_at: datetime
    matches: int | None = None
    name: str = ""
    members: tuple[str, ...] = ()
    correlation: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """What a rule raised in 30 and 90 days; ``false_90`` of ``decided_90`` alerts were false positives."""

    alerts_30: int
    alerts_90: int
    matches_90: int
    decided_90: int
    false_90: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFileMatches:
    event_file_id: EventFileId
    name: str
    received_at: datetime
    matches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingRow:
    """A live correlation that counts matches of a rule. ``generates``: what it counts raises alerts by itself too."""

    rule_version_id: RuleVersionId
    title: str
    generates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A rule that a correlation counts; one that is not live has no version, and its id for a title."""

    title: str
    rule_version_id: RuleVersionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDetail:
    """``counted_by`` are live correlations that use the rule, by title; a version that is not live has none.

    ``members`` are the rules that it counts itself, in its order.
    """

    rule: RuleRow
    source: str
    versions: tuple[RuleRow, ...]
    files: tuple[RuleFileMatches, ...]
    open_alerts: int
    counted_by: tuple[CountingRow, ...]
    members: tuple[MemberRow, ...]

    @property
    def is_silenced(self) -> bool:
        """Whether it raises no alerts by itself: one correlation that does not say ``generate`` is enough."""
        return any(not each.generates for each in self.counted_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    path: str
    line: int
    column: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetRow:
    """The live set.

    ``unfed`` counts live rules that no known log feeds, ``retired`` versions kept for old matches, ``levels`` and
    ``origins`` live rules.
    """

    sha256: str
    rules: int
    faults: int
    unfed: int
    retired: int
    levels: Mapping[Level, int]
    origins: Mapping[RuleOrigin, int]
    loaded_at: datetime | None
