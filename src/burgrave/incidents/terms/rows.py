"""What queries give: frozen rows, fit for a page and for the API alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from burgrave.engines.events.tables import NO_TABLES, Tables
from burgrave.incidents.terms.counted import CountedAlert, CountedRow
from burgrave.incidents.terms.rule_rows import RuleRow, RuleSetRow
from burgrave.incidents.terms.words import (
    AlertId,
    AlertState,
    CaseId,
    CaseState,
    Dismissal,
    DraftId,
    EventFileId,
    EventFileState,
    Level,
    RuleVersionId,
    Severity,
    TimelineEntryId,
    TimelineSource,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRef:
    person_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCount:
    """How many rows have this value, among those that the other filters leave. None where that was not counted."""

    value: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFilter:
    """Without ``streams`` segments of streams are left out, for there is one every few seconds."""

    states: tuple[EventFileState, ...] = ()
    text: str = ""
    log_source_id: UUID | None = None
    streams: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrigin:
    """Where a file comes from: which log source, and what Sigma calls events that do not say it themselves.

    ``segment_id`` names the segment of a stream that became this file; a file that was handed in has none.
    """

    log_source_id: UUID | None = None
    product: str = ""
    category: str = ""
    service: str = ""
    segment_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What Burgrave itself saw. ``key`` names it once; ``sentence`` with ``words`` is said in the reader's language.

    ``computer`` is the name by which its assets are found, ``about`` the subject that it is about.
    """

    key: str
    unit_id: UUID
    computer: str
    since: datetime
    sentence: str
    words: Mapping[str, str]
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSource:
    """A log source of which files may be handed in, and the unit that it belongs to."""

    name: str
    unit_id: UUID
    origin: FileOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToRead:
    """What a worker needs to read a file; ``tables`` are the mappings that one of CSV is held against."""

    path: Path
    unit_id: UUID
    received_at: datetime
    origin: FileOrigin
    tables: Tables = NO_TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFileRow:
    event_file_id: EventFileId
    name: str
    sha256: str
    size_bytes: int
    unit_id: UUID
    unit_name: str
    evidence_id: UUID
    state: EventFileState
    received_at: datetime
    received_by: PersonRef | None
    started_at: datetime | None
    finished_at: datetime | None
    refusal: str
    ruleset_sha256: str
    rules: int
    events: int
    unreadable: int
    matches: int
    alerts_raised: int
    alerts_extended: int
    log_source_id: UUID | None
    product: str
    category: str
    service: str
    is_stream: bool
    late: int
    early: int
    columns_sha256: str = ""
    raising_at: datetime | None = None
    raw_removed_at: datetime | None = None
    raw_removed_after_days: int = 0

    @property
    def asks_mapping(self) -> bool:
        """Whether it was refused because it is a table that no mapping knows."""
        return bool(self.columns_sha256) and self.raw_removed_at is None

    @property
    def sigma(self) -> str:
        """What Sigma calls its events, in one text; empty where they say it themselves."""
        return " / ".join(part for part in (self.product, self.category, self.service) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """What the queue is narrowed to; empty means everything. ``assigned`` is ``me``, ``nobody`` or empty."""

    states: tuple[AlertState, ...] = ()
    levels: tuple[Level, ...] = ()
    priorities: tuple[Level, ...] = ()
    computers: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    event_file_id: UUID | None = None
    case_id: UUID | None = None
    assigned: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """``level`` is the rule's word; ``priority`` weighs it with ``need``, the highest rank of the assets it names."""

    alert_id: AlertId
    title: str
    rule_id: str
    rule_version_id: RuleVersionId
    level: Level
    priority: Level
    need: int
    state: AlertState
    computer: str
    first_at: datetime | None
    last_at: datetime | None
    matches: int
    raised_at: datetime
    acknowledged_at: datetime | None
    decided_at: datetime | None
    dismissal: Dismissal | None
    dismissal_note: str
    is_confirmed: bool
    assigned_to: PersonRef | None
    case_id: CaseId | None
    case_number: str
    unit_id: UUID
    unit_name: str
    version: int
    changed_at: datetime
    changed_by: str
    reason: str
    observed: str = ""
    about: str = ""
    cleared_at: datetime | None = None
    is_correlated: bool = False

    @property
    def about_id(self) -> str:
        """The identifier of what an observation is about."""
        return self.about.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """A matched event: ``original`` as it was read, ``fields`` those that the rule matched on.

    A correlation matched at the last event that it counted; ``fields`` are those that it groups by, and ``counted``
    says what it counted, where that was kept.
    """

    record_id: str
    at: datetime | None
    computer: str
    channel: str
    event_code: str
    provider: str
    event_file_id: EventFileId
    file_name: str
    fields: Mapping[str, str]
    original: str
    counted: CountedRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFile:
    event_file_id: EventFileId
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDetail:
    alert: AlertRow
    rule: RuleRow
    files: tuple[AlertFile, ...]
    matches: tuple[MatchRow, ...]
    similar: tuple[AlertRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    states: tuple[CaseState, ...] = ()
    severities: tuple[Severity, ...] = ()
    lead: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    case_id: CaseId
    number: str
    title: str
    severity: Severity
    state: CaseState
    summary: str
    lead: PersonRef | None
    unit_id: UUID
    unit_name: str
    opened_at: datetime
    opened_by: PersonRef | None
    closed_at: datetime | None
    alerts: int
    undecided: int
    version: int
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    entry_id: TimelineEntryId
    at: datetime
    text: str
    source: TimelineSource
    alert_id: UUID | None
    added_at: datetime
    added_by: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    text: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TechniqueRow:
    """An ATT&CK technique that rules of the case's alerts name, and how many of the alerts do."""

    technique: str
    tactics: tuple[str, ...]
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerRow:
    name: str
    alerts: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationRow:
    clock: str
    elapsed: timedelta | None
    from_at: datetime | None
    until_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCase:
    case_id: CaseId
    number: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDetail:
    """``files`` are there where `with_files` was asked for them, ``counted`` likewise with `with_counted`."""

    case: CaseRow
    cause: str
    impact: str
    lessons: str
    next_states: tuple[CaseState, ...]
    earlier_states: tuple[CaseState, ...]
    is_working: bool
    durations: tuple[DurationRow, ...]
    timeline: tuple[TimelineRow, ...]
    notes: tuple[NoteRow, ...]
    alerts: tuple[AlertRow, ...]
    techniques: tuple[TechniqueRow, ...]
    computers: tuple[ComputerRow, ...]
    files: tuple[EventFileRow, ...] = ()
    counted: tuple[CountedAlert, ...] = ()
    merged_into: OtherCase | None
    merged_from: tuple[OtherCase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    draft_id: DraftId
    title: str
    severity: str
    summary: str
    unit_id: UUID | None
    unit_name: str
    lead: PersonRef | None
    saved_at: datetime
    alerts: tuple[AlertRow, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """Alerts of one level raised in the last seven days, and in the seven before."""

    level: Level
    now: int
    before: int

    @property
    def is_worse(self) -> bool:
        return self.now > self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """Alerts of one level raised on one day of the reader's zone; a row for each day and level, also of none."""

    day: date
    level: Level
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    since: datetime
    until: datetime
    week: tuple[WeekRow, ...]
    days: tuple[DayRow, ...]
    week_alerts: int
    before_alerts: int
    queue: tuple[AlertRow, ...]
    queue_total: int
    mine_total: int
    files: tuple[EventFileRow, ...]
    files_total: int
    cases: tuple[CaseRow, ...]
    cases_total: int
    median_acknowledge: timedelta | None
    acknowledged: int
    rules: RuleSetRow
