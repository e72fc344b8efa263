"""The JSON API of the incident desk: the same queries and commands as the pages.

`router` is mounted by the site; what all routes share stands in `web.rest`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from burgrave.incidents import commands, queries, reports
from burgrave.incidents.terms import (
    READ,
    SUBMIT,
    AlertFilter,
    AlertId,
    AlertRef,
    AlertState,
    CaseFilter,
    CaseState,
    Dismissal,
    EventFileState,
    FileFilter,
    Level,
    Severity,
    TimelineSource,
)
from burgrave.ledger.terms import storable
from burgrave.web.errors import BadInput
from burgrave.web.reports import Format, answer
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.files import REPORT_ANSWERS, ReportIn
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.terms import Page, PersonId, UnitId
from burgrave.web.uploads import received_files, receives_files

router = Router(tags=["incidents"])


class MemoryOut(OfUnit):
    """What correlations remember of the streams of a unit; counts are since they began."""

    unit_name: str
    correlations: int
    groups: int
    hits: int
    waiting: int
    size_bytes: int
    kept_bytes: int
    taken: int
    findings: int
    late: int
    ahead: int
    untimed: int
    unusable: int
    dropped: int
    closed_at: datetime | None
    changed_at: datetime
    dropped_at: datetime | None


class PersonOut(FromRow):
    person_id: UUID
    name: str


class EventFileOut(OfUnit):
    event_file_id: UUID
    name: str
    sha256: str
    size_bytes: int
    unit_name: str
    evidence_id: UUID
    state: EventFileState
    received_at: datetime
    received_by: PersonOut | None
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
    asks_mapping: bool


class UnreadableOut(FromRow):
    r"""``excerpt_text`` shows every byte that is no printable ASCII as ``\\xNN``."""

    position: str
    reason: str
    excerpt_text: str


class ReceiptOut(FromRow):
    event_file_id: UUID
    was_known: bool


class AlertOut(OfUnit):
    alert_id: UUID
    title: str
    rule_id: str
    level: Level
    priority: Level
    need: int
    state: AlertState
    computer: str
    first_at: datetime | None
    last_at: datetime | None
    matches: int
    reason: str
    observed: str
    about: str
    cleared_at: datetime | None
    is_correlated: bool
    raised_at: datetime
    acknowledged_at: datetime | None
    decided_at: datetime | None
    dismissal: Dismissal | None
    dismissal_note: str
    is_confirmed: bool
    assigned_to: PersonOut | None
    case_number: str
    unit_name: str
    version: int
    changed_at: datetime
    changed_by: str


class CountedEventOut(FromRow):
    """An event that a correlation counted: number ``ordinal``, from 0, of an event file.

    ``is_kept`` while events of the file are kept, so that `GET /api/events/<file>/<place>` gives it.
    """

    event_file_id: UUID
    file_name: str
    ordinal: int
    at: datetime
    rule_id: str
    rule_title: str
    is_kept: bool


class CountedOut(FromRow):
    """What a correlation counted: so many ``events``, of which ``named`` are the first.

    ``asked`` is what it asks: type, bounds, fields, time in seconds, and rules as its text names them.
    """

    began_at: datetime
    ended_at: datetime
    events: int
    measured: str
    named: list[CountedEventOut]
    asked: dict[str, Any]


class MatchOut(FromRow):
    """``counted`` is there for a match of a correlation, whose event is the last one that it counted."""

    record_id: str
    at: datetime | None
    computer: str
    channel: str
    event_code: str
    provider: str
    event_file_id: UUID
    file_name: str
    fields: dict[str, str]
    original: str
    counted: CountedOut | None


class CountedMatchOut(FromRow):
    """``fields`` are those that the events share."""

    fields: dict[str, str]
    counted: CountedOut


class CountedAlertOut(FromRow):
    """What the first of the ``matches`` of an alert of a correlation counted; the route of its matches gives all."""

    alert_id: UUID
    title: str
    computer: str
    matches: int
    first: list[CountedMatchOut]


class RuleOut(FromRow):
    """``author`` and ``licence`` go with every use of a match (Detection Rule License 1.1)."""

    rule_id: str
    title: str
    level: Level
    author: str
    licence: str
    description: str
    tags: list[str]
    techniques: list[str]
    falsepositives: list[str]
    path: str
    sha256: str


class AlertFileOut(FromRow):
    event_file_id: UUID
    name: str
    sha256: str


class AlertDetailOut(FromRow):
    alert: AlertOut
    rule: RuleOut
    files: list[AlertFileOut]


class CaseOut(OfUnit):
    case_id: UUID
    number: str
    title: str
    severity: Severity
    state: CaseState
    summary: str
    lead: PersonOut | None
    unit_name: str
    opened_at: datetime
    opened_by: PersonOut | None
    closed_at: datetime | None
    alerts: int
    undecided: int
    version: int
    changed_at: datetime
    changed_by: str


class DurationOut(FromRow):
    clock: str
    elapsed: timedelta | None
    from_at: datetime | None
    until_at: datetime | None
    why: str


class TimelineOut(FromRow):
    entry_id: UUID
    at: datetime
    text: str
    source: TimelineSource
    alert_id: UUID | None
    added_at: datetime
    added_by: str
    withdrawn_at: datetime | None


class NoteOut(FromRow):
    text: str
    added_at: datetime
    added_by: str


class TechniqueOut(FromRow):
    technique: str
    tactics: list[str]
    alerts: int


class ComputerOut(FromRow):
    name: str
    alerts: int
    first_at: datetime | None
    last_at: datetime | None


class CaseDetailOut(FromRow):
    case: CaseOut
    cause: str
    impact: str
    lessons: str
    durations: list[DurationOut]
    timeline: list[TimelineOut]
    notes: list[NoteOut]
    alerts: list[AlertOut]
    techniques: list[TechniqueOut]
    computers: list[ComputerOut]
    files: list[EventFileOut]
    counted: list[CountedAlertOut]


class FileQuery(PageIn):
    state: list[EventFileState] = []
    q: str = Field("", max_length=200)
    log_source: UUID | None = None
    streams: bool = Field(default=False, description="With the segments of streams, which are left out otherwise.")


class AlertQuery(PageIn):
    state: list[AlertState] = []
    level: list[Level] = []
    computer: list[str] = []
    rule: list[str] = []
    file: UUID | None = None
    assigned: str = Field("", pattern="^(me|nobody)?$")
    q: str = Field("", max_length=200)


class CaseQuery(PageIn):
    state: list[CaseState] = []
    severity: list[Severity] = []
    lead: str = Field("", pattern="^(me)?$")
    q: str = Field("", max_length=200)


class AlertIn(Schema):
    """The alert as the caller saw it: a newer version is refused with 409."""

    alert_id: UUID
    version: int = Field(ge=1)


class TriageIn(Schema):
    """``act`` is acknowledge, dismiss, confirm, assign or reopen; all alerts or none."""

    act: str = Field(pattern="^(acknowledge|dismiss|confirm|assign|reopen)$")
    alerts: list[AlertIn] = Field(min_length=1, max_length=500)
    dismissal: Dismissal | None = None
    note: Annotated[str, AfterValidator(storable)] = Field("", max_length=20_000)
    reason: Annotated[str, AfterValidator(storable)] = Field("", max_length=20_000)
    person_id: UUID | None = None


class TriageOut(Schema):
    decided: int


@router.get("/event-files", response=PageOut[EventFileOut])
def event_files(request: HttpRequest, wanted: Query[FileQuery]) -> Page[Any]:
    """Event files, newest first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = FileFilter(
        states=tuple(wanted.state), text=wanted.q, log_source_id=wanted.log_source, streams=wanted.streams
    )
    return queries.event_files(narrowed, number=wanted.page, size=wanted.size, actor=actor)


# Without ninja's own session check, which reads the whole body before the store could take it. Whoever is not signed in
# never comes here, and `receives_files` checks permission and forgery token.
@router.post("/event-files", response=list[ReceiptOut], auth=None)
def upload(request: HttpRequest) -> HttpResponse | list[Any]:
    """Hand in event files as multipart/form-data with the field ``unit`` or ``source``; each is hashed on its way.

    ``source`` is the identifier of a log source: then what Sigma calls it is said of events that do not say it.
    """
    return _upload(request)


@router.get("/event-files/{uuid:event_file_id}", response=EventFileOut)
def event_file(request: HttpRequest, event_file_id: UUID) -> object:
    """One event file."""
    return queries.event_file(event_file_id, actor=actor_of(request))


@router.get("/event-files/{uuid:event_file_id}/unreadable", response=PageOut[UnreadableOut])
def unreadable(request: HttpRequest, event_file_id: UUID, wanted: Query[PageIn]) -> Page[Any]:
    """What could not be read, in the order of the file."""
    return queries.unreadable_records(event_file_id, number=wanted.page, size=wanted.size, actor=actor_of(request))


@router.get("/correlations/memory", response=PageOut[MemoryOut])
def correlation_memories(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """What correlations remember of the streams of each unit, and what they had to let go."""
    return queries.correlation_memories(number=wanted.page, size=wanted.size, actor=actor_of(request))


@router.get("/alerts", response=PageOut[AlertOut])
def alerts(request: HttpRequest, wanted: Query[AlertQuery]) -> Page[Any]:
    """Alerts, gravest first, then newest."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = AlertFilter(
        states=tuple(wanted.state),
        levels=tuple(wanted.level),
        computers=tuple(wanted.computer),
        rules=tuple(wanted.rule),
        event_file_id=wanted.file,
        assigned=wanted.assigned,
        text=wanted.q,
    )
    return queries.alerts(narrowed, number=wanted.page, size=wanted.size, actor=actor)


@router.post("/alerts/triage", response=TriageOut)
def triage(request: HttpRequest, sent: TriageIn) -> TriageOut:
    """Decide about one or many alerts."""
    actor, now = actor_of(request), timezone.now()
    refs = tuple(AlertRef(alert_id=AlertId(each.alert_id), version=each.version) for each in sent.alerts)
    if sent.act == "dismiss":
        if sent.dismissal is None:
            raise BadInput("a dismissal names its reason: false_positive, benign or duplicate")
        commands.dismiss(refs, dismissal=sent.dismissal, note=sent.note, actor=actor, now=now)
        return TriageOut(decided=len(refs))
    person_id = None if sent.person_id is None else PersonId(sent.person_id)
    acts: dict[str, Callable[[], None]] = {
        "acknowledge": lambda: commands.acknowledge(refs, actor=actor, now=now),
        "confirm": lambda: commands.confirm(refs, actor=actor, now=now),
        "assign": lambda: commands.assign(refs, person_id=person_id, actor=actor, now=now),
        "reopen": lambda: commands.reopen(refs, reason=sent.reason, actor=actor, now=now),
    }
    acts[sent.act]()
    return TriageOut(decided=len(refs))


@router.get("/alerts/{uuid:alert_id}", response=AlertDetailOut)
def alert(request: HttpRequest, alert_id: UUID) -> object:
    """One alert with its rule and its files."""
    return queries.alert_detail(alert_id, actor=actor_of(request))


@router.get("/alerts/{uuid:alert_id}/matches", response=PageOut[MatchOut])
def matches(request: HttpRequest, alert_id: UUID, wanted: Query[PageIn]) -> Page[Any]:
    """The matched events of the alert with their originals, oldest first."""
    return queries.alert_matches(alert_id, number=wanted.page, size=wanted.size, actor=actor_of(request))


@router.get("/incidents", response=PageOut[CaseOut])
def cases(request: HttpRequest, wanted: Query[CaseQuery]) -> Page[Any]:
    """Incidents, gravest first, then newest."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = CaseFilter(
        states=tuple(wanted.state), severities=tuple(wanted.severity), lead=wanted.lead, text=wanted.q
    )
    return queries.cases(narrowed, number=wanted.page, size=wanted.size, actor=actor)


@router.get("/incidents/{number}", response=CaseDetailOut)
def case(request: HttpRequest, number: str) -> object:
    """One incident by its number."""
    actor = actor_of(request)
    return queries.with_counted(queries.with_files(queries.numbered_case(number, actor=actor)))


@router.post("/incidents/{number}/report", openapi_extra=REPORT_ANSWERS)
def case_report(request: HttpRequest, number: str, sent: ReportIn) -> HttpResponse:
    """The incident as a file: figures, course, alerts, evidence, proof; it is recorded with its digest."""
    return answer(reports.incident(Format(sent.format), number, actor=actor_of(request), now=timezone.now()))


def _received(request: HttpRequest) -> HttpResponse:
    files = received_files(request)
    actor = actor_of(request)
    named, source = request.POST.get("unit", ""), request.POST.get("source", "")
    try:
        chosen = UnitId(UUID(named)) if named or not source else None
    except ValueError:
        raise BadInput("an event file belongs to a unit; the field unit holds no identifier") from None
    unit_id, origin = queries.origin_of_upload(source, unit_id=chosen, actor=actor)
    receipts = [
        commands.receive_event_file(
            file.digest,
            name=file.name,
            media_type=file.media_type,
            unit_id=cast("UnitId", unit_id),
            origin=origin,
            actor=actor,
            now=timezone.now(),
        )
        for file in files
    ]
    body = [{"event_file_id": str(each.event_file_id), "was_known": each.was_known} for each in receipts]
    return JsonResponse(body, safe=False)


_upload = receives_files(permission=SUBMIT)(_received)
