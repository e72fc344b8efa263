"""Words of trials: what a rule would have found in events that are kept, before it is enabled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from burgrave.detection.terms.words import LibraryRuleId
from burgrave.incidents.terms import Level
from burgrave.web.terms import PersonId

TrialId = NewType("TrialId", UUID)
TriedRuleId = NewType("TriedRuleId", UUID)

HUNT: Final = "events.hunt"
TRY_JOB: Final = "detection.try_rules"
MOST_TRIED: Final = 5_000
"""Rules of one trial."""
MOST_EVENTS: Final = 20_000_000
"""Events that one trial looks at; the files kept last come first."""
EVENTS_SHOWN, EVENTS_SHOWN_OF_MANY = 100, 20
"""Matched events that are named for each rule, where one rule is tried and where many are."""
SAMPLED, SAMPLED_OF_MANY = 5_000, 200
"""Matches of each rule from which the most common values are taken, likewise."""
FINDINGS_SHOWN, FINDINGS_SHOWN_OF_MANY = 50, 10
"""Findings that are named for each correlation, likewise."""
VALUES_SHOWN, FIELDS_SHOWN, VALUE_SHOWN = 10, 12, 200
DETAILS_KEPT: Final = timedelta(days=90)
"""Events and values that a trial names are forgotten after so long; its figures stay."""
LOW_PER_DAY: Final = 1.0


def trial_subject(trial_id: UUID) -> str:
    return f"detection.trial:{trial_id}"


def trying_key(trial_id: UUID) -> str:
    return f"detection.trial:{trial_id}"


class Period(StrEnum):
    """How far a trial looks back by the times of events; ``ALL`` to the first one that is kept."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"

    @property
    def length(self) -> timedelta | None:
        days = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 30, Period.QUARTER: 90, Period.YEAR: 365}
        return None if self is Period.ALL else timedelta(days=days[self])


class TrialState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class Noise(StrEnum):
    """How often a rule would have matched. ``DEAF``: nothing of what is kept is what it speaks of."""

    DEAF = "deaf"
    QUIET = "quiet"
    LOW = "low"
    LOUD = "loud"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFacts:
    """What somebody asks to be tried: rules of the library, a time, and log sources by their names; none is all.

    ``since`` and ``until``, both included, take the place of the period; one alone is open at the other end.
    """

    library_rule_ids: tuple[UUID, ...]
    period: Period = Period.WEEK
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextToTry:
    """A text that is tried: the bytes of its file, and which document of them is meant."""

    version_id: UUID
    rule_id: str
    sha256: str
    document: int
    source: bytes

    @property
    def place(self) -> tuple[str, int]:
        """What tells it from other texts: the file's digest, and the place in it."""
        return self.sha256, self.document


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialToRun:
    """A trial that waits: by what is kept of each text, the text and the one that is enabled, which may be the same."""

    person_id: UUID | None
    since: datetime
    until: datetime
    sources: tuple[str, ...]
    texts: Mapping[UUID, tuple[TextToTry, TextToTry | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedEvent:
    """A kept event that the rule matched; ``is_new``: the enabled text does not match it."""

    file: UUID
    place: int
    at: datetime | None
    is_new: bool = False
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedFinding:
    """What a correlation found: the values of its group, and of its ``event_count`` events the first few.

    ``is_new``: the enabled text finds none of these events.
    """

    group: tuple[tuple[str, str], ...]
    began_at: datetime
    ended_at: datetime
    measured: str
    event_count: int
    is_new: bool = False
    events: tuple[TriedEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one rule found. ``looked_at`` are the events that its log source names.

    ``live_matches`` and what is compared with it are None where no other text of the rule is enabled. ``sampled`` are
    the matches that ``values`` was counted from. ``excepted`` counts by exception what it would have left out of the
    matches, ``left_out`` what all of them together would. Of a correlation ``matches`` counts what it found, ``values``
    are those of its groups, and it has ``findings`` and ``gone_findings`` in place of events.
    """

    looked_at: int = 0
    matches: int = 0
    days: tuple[tuple[date, int], ...] = ()
    sampled: int = 0
    values: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()
    events: tuple[TriedEvent, ...] = ()
    live_matches: int | None = None
    new_matches: int | None = None
    gone_matches: int | None = None
    gone: tuple[TriedEvent, ...] = ()
    excepted: tuple[tuple[str, int], ...] = ()
    left_out: int = 0
    fault: str = ""
    findings: tuple[TriedFinding, ...] = ()
    gone_findings: tuple[TriedFinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """A trial. ``kept`` events are there in the time, of which ``looked_at`` were of kinds that its rules speak of."""

    trial_id: TrialId
    name: str
    state: TrialState
    by: str
    person_id: PersonId | None
    asked_at: datetime
    finished_at: datetime | None
    since: datetime
    until: datetime
    sources: tuple[str, ...]
    rules: int
    kept: int
    looked_at: int
    is_cut: bool
    reason: str

    @property
    def days(self) -> float:
        """How long the time is; less than a day counts as one."""
        return max(1.0, (self.until - self.since) / timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRow:
    """One rule of a trial; events and values are told apart from it, to those who may see them."""

    tried_id: TriedRuleId
    trial: TrialRow
    library_rule_id: LibraryRuleId
    rule_id: str
    title: str
    level: Level
    version_id: UUID
    version: int
    live_version: int | None
    waits: bool
    is_correlation: bool
    found: Found
    noise: Noise
    may_see: bool

    @property
    def per_day(self) -> float:
        return self.found.matches / self.trial.days
