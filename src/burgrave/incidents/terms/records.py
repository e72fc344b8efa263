"""The ledger records of the incident desk. Names, hosts and free text are sealed; ids, states and times are plain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from burgrave.incidents.terms.words import (
    AlertState,
    CaseState,
    Dismissal,
    Level,
    Severity,
    TimelineSource,
    alert_subject,
    case_subject,
    event_file_subject,
    log_source_subject,
)
from burgrave.ledger.terms import Record, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfEventFile(Record):
    event_file_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (event_file_subject(self.event_file_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFileReceived(_OfEventFile):
    kind: ClassVar[str] = "incidents.event_file_received"
    unit_id: UUID
    sha256: str
    size_bytes: int
    name: Sealed
    log_source_id: UUID | None = None
    segment_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFileRead(_OfEventFile):
    """The whole file was read. ``alerts_raised`` and ``alerts_extended`` have a record of their own each."""

    kind: ClassVar[str] = "incidents.event_file_read"
    ruleset_sha256: str
    rules: int
    events: int
    unreadable: int
    matches: int
    alerts_raised: int
    alerts_extended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFileRefused(_OfEventFile):
    kind: ClassVar[str] = "incidents.event_file_refused"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFileCancelled(_OfEventFile):
    kind: ClassVar[str] = "incidents.event_file_cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFileQueuedAgain(_OfEventFile):
    kind: ClassVar[str] = "incidents.event_file_queued_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsRemoved(Record):
    """The raw bytes of these segments of a stream were removed after so many days; what was found in them stays.

    ``received_from`` and ``received_until`` are of the oldest and the newest; ``evidence_removed`` has their digests.
    """

    kind: ClassVar[str] = "incidents.segments_removed"
    log_source_id: UUID | None
    after_days: int
    segments: int
    events: int
    size_bytes: int
    received_from: datetime
    received_until: datetime
    event_file_ids: tuple[UUID, ...]

    def subjects(self) -> tuple[str, ...]:
        source = (log_source_subject(self.log_source_id),) if self.log_source_id else ()
        return (*source, *map(event_file_subject, self.event_file_ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsSummed(Record):
    """Segments of a day in which nothing was found, long without raw bytes, are only counted any more.

    ``sha256`` is over the line of ``was_sha256``, empty at first, and a line for the digest of each segment, sorted;
    ``event_file_received`` and ``evidence_removed`` have these digests.
    """

    kind: ClassVar[str] = "incidents.segments_summed"
    log_source_id: UUID
    unit_id: UUID
    day: date
    segments: int
    events: int
    size_bytes: int
    was_sha256: str
    sha256: str
    event_file_ids: tuple[UUID, ...]

    def subjects(self) -> tuple[str, ...]:
        return (log_source_subject(self.log_source_id), *map(event_file_subject, self.event_file_ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesLoaded(Record):
    """The set of live rules changed. ``ruleset_sha256`` is over the sorted digests of all live rules."""

    kind: ClassVar[str] = "incidents.rules_loaded"
    ruleset_sha256: str
    rules: int
    added: int
    retired: int
    faults: int

    def subjects(self) -> tuple[str, ...]:
        return ("incidents.rules",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAlert(Record):
    alert_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (alert_subject(self.alert_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(_OfAlert):
    kind: ClassVar[str] = "incidents.alert_raised"
    event_file_id: UUID | None
    unit_id: UUID
    rule_id: str
    rule_sha256: str
    level: Level
    computer: Sealed
    first_at: datetime | None
    last_at: datetime | None
    matches: int

    def subjects(self) -> tuple[str, ...]:
        if self.event_file_id is None:
            return (alert_subject(self.alert_id),)
        return (alert_subject(self.alert_id), event_file_subject(self.event_file_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCleared(_OfAlert):
    """What Burgrave saw is over; somebody still decides the alert."""

    kind: ClassVar[str] = "incidents.alert_cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertExtended(_OfAlert):
    """A later file held more of the same: ``matches`` counts all, ``added`` those that were not known."""

    kind: ClassVar[str] = "incidents.alert_extended"
    event_file_id: UUID
    case_id: UUID | None
    first_at: datetime | None
    last_at: datetime | None
    matches: int
    added: int

    def subjects(self) -> tuple[str, ...]:
        own = (alert_subject(self.alert_id), event_file_subject(self.event_file_id))
        return own if self.case_id is None else (*own, case_subject(self.case_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged(_OfAlert):
    kind: ClassVar[str] = "incidents.alert_acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDismissed(_OfAlert):
    kind: ClassVar[str] = "incidents.alert_dismissed"
    dismissal: Dismissal
    note: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfirmed(_OfAlert):
    kind: ClassVar[str] = "incidents.alert_confirmed"
    case_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (alert_subject(self.alert_id), case_subject(self.case_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAssigned(_OfAlert):
    """``person_id`` has the alert now; None when nobody has."""

    kind: ClassVar[str] = "incidents.alert_assigned"
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReopened(_OfAlert):
    kind: ClassVar[str] = "incidents.alert_reopened"
    state: AlertState
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfCase(Record):
    case_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (case_subject(self.case_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(_OfCase):
    kind: ClassVar[str] = "incidents.case_opened"
    number: str
    unit_id: UUID
    severity: Severity
    lead_id: UUID | None
    title: Sealed
    summary: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged(_OfCase):
    kind: ClassVar[str] = "incidents.case_changed"
    severity: Severity
    lead_id: UUID | None
    title: Sealed
    summary: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLinked(_OfCase):
    """The alert is part of the case; the record stands in the history of both."""

    kind: ClassVar[str] = "incidents.alert_linked"
    alert_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (case_subject(self.case_id), alert_subject(self.alert_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(_OfCase):
    kind: ClassVar[str] = "incidents.note_added"
    text: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineAdded(_OfCase):
    kind: ClassVar[str] = "incidents.timeline_added"
    entry_id: UUID
    happened_at: datetime
    source: TimelineSource
    text: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineWithdrawn(_OfCase):
    """The entry no longer counts; its words stay readable in the history."""

    kind: ClassVar[str] = "incidents.timeline_withdrawn"
    entry_id: UUID
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAttached(_OfCase):
    kind: ClassVar[str] = "incidents.evidence_attached"
    evidence_id: UUID
    sha256: str
    size_bytes: int
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStateChanged(_OfCase):
    kind: ClassVar[str] = "incidents.case_state_changed"
    before: CaseState
    after: CaseState
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMerged(_OfCase):
    """``case_id`` ended; its alerts, notes and timeline are those of ``into_id`` now."""

    kind: ClassVar[str] = "incidents.case_merged"
    into_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (case_subject(self.case_id), case_subject(self.into_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(_OfCase):
    kind: ClassVar[str] = "incidents.case_closed"
    unit_id: UUID
    severity: Severity
    alerts: int
    cause: Sealed
    impact: Sealed
    lessons: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(_OfCase):
    kind: ClassVar[str] = "incidents.case_reopened"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeft(Record):
    """The made-up event files, alerts and incidents are gone; the records about them stay, what was sealed erased."""

    kind: ClassVar[str] = "incidents.sample_left"
    event_files: int
    alerts: int
    cases: int

    def subjects(self) -> tuple[str, ...]:
        return ("incidents.sample:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsReweighed(Record):
    """So many undecided alerts have another priority, since what their assets need has changed."""

    kind: ClassVar[str] = "incidents.alerts_reweighed"
    alerts: int

    def subjects(self) -> tuple[str, ...]:
        return ("incidents.triage:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(_OfCase):
    """A report of the case went out as a file with this digest."""

    kind: ClassVar[str] = "incidents.report_made"
    format: str
    sha256: str
    size_bytes: int
