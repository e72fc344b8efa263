"""Words of the incident desk.

*Level* and *logsource* are the Sigma specification's (2.1.0); *alert*, *incident*, *containment*, *eradication* and
*recovery* are used as in NIST SP 800-61r3 and ISO/IEC 27035-1:2023. A *case* is the record of one incident.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NewType, TypeAlias
from uuid import UUID

from burgrave.incidents.terms.counted import Counted

EventFileId = NewType("EventFileId", UUID)
AlertId = NewType("AlertId", UUID)
CaseId = NewType("CaseId", UUID)
DraftId = NewType("DraftId", UUID)
RuleVersionId = NewType("RuleVersionId", UUID)
TimelineEntryId = NewType("TimelineEntryId", UUID)

READ: Final = "incidents.read"
SUBMIT: Final = "incidents.submit"
TRIAGE: Final = "incidents.triage"
RESPOND: Final = "incidents.respond"
CLOSE: Final = "incidents.close"
RULES: Final = "incidents.rules"

READ_JOB: Final = "incidents.read_event_file"
CORRELATE_JOB: Final = "incidents.correlate_waiting"
REWEIGH_JOB: Final = "incidents.reweigh"
LOAD_RULES_JOB: Final = "incidents.load_rules"
EXPIRE_SEGMENTS_JOB: Final = "incidents.expire_segments"

GROUP_WINDOW: Final = timedelta(minutes=60)
"""Matches of one rule on one computer belong to one alert while no two neighbours lie further apart than this."""

UNREADABLE_KEPT: Final = 100_000
"""Unreadable records of one file that are kept with an excerpt; further ones are counted."""


def event_file_subject(event_file_id: UUID) -> str:
    return f"incidents.event_file:{event_file_id}"


def log_source_subject(log_source_id: UUID) -> str:
    """What the domain that keeps log sources, on a floor above, calls one."""
    return f"intake.log_source:{log_source_id}"


def alert_subject(alert_id: UUID) -> str:
    return f"incidents.alert:{alert_id}"


def case_subject(case_id: UUID) -> str:
    return f"incidents.case:{case_id}"


def reading_key(event_file_id: UUID) -> str:
    """The unique key of the job that reads the file."""
    return f"{READ_JOB}:{event_file_id}"


class EventFileState(StrEnum):
    RECEIVED = "received"
    READING = "reading"
    RAISING = "raising"
    READ = "read"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Level(StrEnum):
    """How serious a match is by the word of the rule's author (Sigma, *level*), mildest first."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return tuple(Level).index(self)


class AlertState(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    DISMISSED = "dismissed"
    ESCALATED = "escalated"


class Dismissal(StrEnum):
    """Why an alert needs no further work."""

    FALSE_POSITIVE = "false_positive"
    BENIGN = "benign"
    DUPLICATE = "duplicate"


class CaseState(StrEnum):
    OPEN = "open"
    CONTAINED = "contained"
    ERADICATED = "eradicated"
    RECOVERED = "recovered"
    CLOSED = "closed"
    MERGED = "merged"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return tuple(Severity).index(self)


class TimelineSource(StrEnum):
    ALERT = "alert"
    HAND = "hand"


class RuleOrigin(StrEnum):
    """Where a live rule comes from; each takes the place of those before it with the same id."""

    SHIPPED = "shipped"
    LIBRARY = "library"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRef:
    """An alert as the person saw it: acting on it is refused when ``version`` is no longer the present one."""

    alert_id: AlertId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What a person types about a case."""

    title: str
    severity: Severity
    summary: str

    def __post_init__(self) -> None:
        if not 3 <= len(self.title.strip()) <= 200:  # noqa: PLR2004 - the bounds stand in the sentence
            raise ValueError(f"a title has 3 to 200 characters, this one has {len(self.title.strip())}")
        if len(self.summary) > 20_000:  # noqa: PLR2004 - the bound stands in the sentence
            raise ValueError(f"a summary has at most 20,000 characters, this one has {len(self.summary):,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What is known at the end of an incident (ISO/IEC 27035-1:2023, 5.6: lessons learnt)."""

    cause: str
    impact: str
    lessons: str

    def __post_init__(self) -> None:
        for name, text in (("cause", self.cause), ("impact", self.impact), ("lessons", self.lessons)):
            if not text.strip():
                raise ValueError(f"a conclusion names cause, impact and lessons; the {name} is empty")
            if len(text) > 20_000:  # noqa: PLR2004 - the bound stands in the sentence
                raise ValueError(f"the {name} has at most 20,000 characters, this one has {len(text):,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """One readable Sigma rule as it is kept: the source and what its author says about it.

    ``sha256`` is of the whole file, ``document`` the rule's 0-based place in it. ``is_fed`` is false while no known log
    has events for the rule's logsource. Correlations may refer to its ``name``; ``members`` are the
    ids to which a correlation refers, ``correlation`` what it asks, as the engine writes it.
    """

    rule_id: str
    sha256: str
    document: int
    is_fed: bool
    title: str
    level: Level
    status: str
    author: str
    licence: str
    description: str
    logsource: Mapping[str, str]
    tags: tuple[str, ...]
    falsepositives: tuple[str, ...]
    origin: RuleOrigin
    path: str
    source: str
    name: str = ""
    members: tuple[str, ...] = ()
    correlation: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultText:
    """One rule, or part of one, that cannot run, and why. ``line`` and ``column`` count from 1; 0 is unknown."""

    path: str
    line: int
    column: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The rules and faults of one loading. ``sha256`` is over the digests of all rule texts, in order."""

    rules: tuple[RuleText, ...]
    faults: tuple[FaultText, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryText:
    """A rule file of the library; ``documents`` are the 0-based places of its rules that are enabled."""

    path: str
    source: bytes
    documents: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryFilter:
    """An exception that holds now, as a Sigma filter."""

    path: str
    source: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterTallyRow:
    """On one day's readings, how many matches of its rules a filter left out, of how many there were without it."""

    read_on: date
    left_out: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterFigures:
    """The same over some days; ``last_on`` is the last day on which something was left out."""

    left_out: int
    of: int
    last_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRules:
    """What a domain above adds to the rules on disk, and takes away: ``off`` are ids of rules that are disabled.

    ``placeholders`` are the values of each placeholder of rules, by its name.
    """

    texts: tuple[LibraryText, ...] = ()
    filters: tuple[LibraryFilter, ...] = ()
    off: frozenset[str] = frozenset()
    placeholders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What holds at a moment. ``mark`` changes with it, and is cheap; ``read`` gives all of it."""

    mark: str
    read: Callable[[], LibraryRules]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """An event that rules matched. ``ordinal`` counts all readable events of the file from 0."""

    ordinal: int
    record_id: str
    at: datetime | None
    computer: str
    channel: str
    event_code: str
    provider: str
    original: str
    matches: tuple[FoundMatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMatch:
    """The rule, by the digest and place of its text, and the event's fields that it matched on.

    Of a correlation the event is the last one that it counted, and ``counted`` says what it counted.
    """

    rule: tuple[str, int]
    fields: Mapping[str, str]
    counted: Counted | None = None


FoundAt: TypeAlias = Mapping[UUID, Mapping[int, Mapping[tuple[str, int], FoundMatch]]]
"""What was found, by event file, by the number of the event there, and by rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """A record that could not be read. ``ordinal`` counts the unreadable records of the file from 0."""

    ordinal: int
    position: str
    reason: str
    excerpt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a dropped file. ``was_known`` says that the unit had the same bytes already; nothing was added."""

    event_file_id: EventFileId
    was_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCounts:
    """``late`` and ``early`` events of a stream say a time that is long before, or after, they were received."""

    events: int
    unreadable: int
    late: int = 0
    early: int = 0


_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)")
_TACTIC = re.compile(r"attack\.([a-z]+(?:[-_][a-z]+)*)")


def techniques(tags: Iterable[str]) -> tuple[str, ...]:
    """The ATT&CK technique numbers among a rule's tags, as ATT&CK writes them, sorted, each once."""
    return tuple(sorted({found[1].upper() for tag in tags if (found := _TECHNIQUE.fullmatch(tag.lower()))}))


def tactics(tags: Iterable[str]) -> tuple[str, ...]:
    """The ATT&CK tactics among a rule's tags, with spaces, in the rule's order, each once."""
    found = (_TACTIC.fullmatch(tag.lower()) for tag in tags)
    return tuple(dict.fromkeys(tag[1].replace("-", " ").replace("_", " ") for tag in found if tag))
