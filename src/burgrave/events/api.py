"""The JSON API of kept events: the same queries and commands as the pages. Saved hunts are views of ``/api/lists``."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from burgrave.engines.eventstore import HUNTED
from burgrave.engines.hunting.giving import FileFormat
from burgrave.events import commands, queries
from burgrave.events.terms import (
    DEEPEST_PAGE,
    HUNT,
    LONGEST_QUESTION,
    LONGEST_RETENTION,
    SHORTEST_RETENTION,
    DayRow,
    HuntFilter,
    KeptEvent,
)
from burgrave.web.downloads import ReadOnce, described, file_answer
from burgrave.web.errors import BadInput
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.moments import Moment
from burgrave.web.rest.paging import FromRow
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version

router = Router(tags=["events"])
IN_MEMORY, CHUNK = 1024 * 1024, 64 * 1024

DEFAULT_COLUMNS = ("time", "kind", "host.name", "user.name", "process.executable", "process.command_line")


class HuntQuery(Schema):
    """A question in the short language; ``since`` and ``until`` are included. ``columns`` are common columns."""

    q: str = Field("", max_length=LONGEST_QUESTION)
    since: Moment | None = None
    until: Moment | None = None
    columns: list[str] = Field(list(DEFAULT_COLUMNS), max_length=len(HUNTED))
    page: int = Field(1, ge=1, le=DEEPEST_PAGE)
    size: int = Field(50, ge=1, le=1_000)


class StepOut(Schema):
    """The next step begins where one ends."""

    begins_at: datetime
    ends_at: datetime
    events: int


class StepSizeOut(Schema):
    """``many`` of ``unit``: second, minute, hour, day, week (from Monday on), month or year."""

    many: int
    unit: str


class HuntOut(Schema):
    """``events`` counts all that match; ``common`` are the most common values of the main fields with their counts.

    ``steps`` are the course of time, those without events left out; they begin at full minutes, hours, midnights and
    so on of UTC. ``sql`` is the question as one SELECT for ``/events/sql``, empty where none says the same.
    """

    events: int
    first_at: datetime | None
    last_at: datetime | None
    step: StepSizeOut | None
    steps: list[StepOut]
    common: dict[str, list[tuple[str, int]]]
    rows: list[dict[str, str | int | datetime | None]]
    is_more: bool
    sql: str


class SqlIn(Schema):
    """One SELECT. ``since`` and ``until`` pass over files that hold nothing of that time; the SELECT says the rest."""

    sql: str = Field(min_length=1, max_length=20_000)
    since: Moment | None = None
    until: Moment | None = None


class AnswerOut(Schema):
    """``columns`` are names and types, ``rows`` values in their order; ``is_cut`` says that there are more."""

    columns: list[tuple[str, str]]
    rows: list[list[str | int | bool | None]]
    is_cut: bool


class KeptEventOut(FromRow):
    """``ecs`` are common names, ``fields`` the original ones, ``raw`` the record as it was read."""

    file: UUID
    place: int
    unit_id: UUID
    time: datetime | None
    kind: str
    facts: dict[str, str]
    ecs: dict[str, str]
    fields: dict[str, str]
    raw: str
    is_utf8: bool


class DayOut(FromRow):
    """A day on which events were kept; without ``sha256`` it is not sealed."""

    unit_id: UUID
    unit_name: str
    kept_on: date
    events: int
    parts: int
    size_bytes: int
    sha256: str
    sealed_at: datetime | None


class RetentionOut(FromRow):
    """``segment_days``: for how many days the raw bytes of streams stay evidence, unless something keeps them."""

    days: int
    segment_days: int
    changed_at: datetime | None


class RetentionIn(Schema):
    """Without ``segment_days`` raw segments are kept as long as before."""

    days: int = Field(ge=SHORTEST_RETENTION, le=LONGEST_RETENTION)
    segment_days: int | None = Field(None, ge=SHORTEST_RETENTION, le=LONGEST_RETENTION)


@router.get("/events", response=HuntOut)
def hunt(request: HttpRequest, wanted: Query[HuntQuery]) -> dict[str, object]:
    """The kept events that a question finds, the newest first."""
    actor = actor_of(request)
    actor.must_anywhere(HUNT)
    unknown = [name for name in wanted.columns if name not in HUNTED]
    if unknown:
        raise BadInput(
            "there is no column %(name)s", words={"name": unknown[0][:80]}, mend="Name common columns of kept events."
        )
    found = queries.hunt(
        HuntFilter(question=wanted.q, since=wanted.since, until=wanted.until),
        columns=tuple(name for name in dict.fromkeys(wanted.columns) if name not in {"file", "place"}),
        most=wanted.size,
        skip=(wanted.page - 1) * wanted.size,
        actor=actor,
    )
    return {
        "events": found.events,
        "first_at": found.first_at,
        "last_at": found.last_at,
        "step": None if found.step is None else {"many": found.step.many, "unit": found.step.unit},
        "steps": [
            {"begins_at": begin, "ends_at": end, "events": events} for begin, end, events in found.steps if events
        ],
        "common": found.common,
        "rows": found.rows,
        "is_more": found.is_more,
        "sql": found.sql,
    }


@router.post("/events/sql", response=AnswerOut)
def hunt_sql(request: HttpRequest, sent: SqlIn) -> dict[str, object]:
    """The answer to one SELECT over kept events, at most 1,000 rows, in at most 20 seconds."""
    answer = queries.hunt_sql(sent.sql, since=sent.since, until=sent.until, actor=actor_of(request))
    return {"columns": answer.columns, "rows": answer.rows, "is_cut": answer.is_cut}


class DownloadIn(Schema):
    """A question in the short language, or with ``sql`` one SELECT; ``since`` and ``until`` belong to a question."""

    q: str = Field("", max_length=LONGEST_QUESTION)
    sql: str = Field("", max_length=20_000)
    since: Moment | None = None
    until: Moment | None = None
    format: FileFormat = FileFormat.JSONL


@router.post("/events/download", openapi_extra=described())
def download_hunt(request: HttpRequest, sent: DownloadIn) -> HttpResponseBase:
    """The newest 10,000 events that a question finds, or 1,000 rows of SQL, as JSON Lines, CSV or Parquet.

    X-Rows and X-Cut say how many there are and whether there are more; it is recorded before its first byte leaves.
    """
    actor, now = actor_of(request), timezone.now()
    with ExitStack() as until_answered:
        file = until_answered.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        if sent.sql:
            given = commands.download_answer(sent.sql, form=sent.format, to=file, actor=actor, now=now)
        else:
            wanted = HuntFilter(question=sent.q, since=sent.since, until=sent.until)
            given = commands.download_found(wanted, form=sent.format, to=file, actor=actor, now=now)
        until_answered.pop_all()
    name = f"hunt-{now:%Y-%m-%d-%H%M}.{sent.format}"
    answer = file_answer(ReadOnce(file, CHUNK), size_bytes=given.size_bytes, name=name)
    answer["X-Rows"], answer["X-Cut"] = str(given.rows), "true" if given.is_cut else "false"
    return answer


@router.get("/events/tables", response=dict[str, list[str]])
def event_tables(request: HttpRequest) -> dict[str, list[str]]:
    """The tables that SQL reaches beside ``events``, each with its original fields."""
    return {name: list(fields) for name, fields in queries.tables(actor=actor_of(request)).items()}


@router.get("/events/days", response=list[DayOut])
def event_days(request: HttpRequest) -> list[DayRow]:
    """The newest 100 days on which events were kept, by unit, with their seals."""
    actor = actor_of(request)
    actor.must_anywhere(HUNT)
    return list(queries.days(actor=actor))


@router.get("/events/retention", response=RetentionOut)
def retention(request: HttpRequest, response: HttpResponse) -> object:
    """For how many days events and raw segments are kept; its ETag is what a change names."""
    actor_of(request).must_anywhere(HUNT)
    found = queries.retention()
    response["ETag"] = etag_of(found.version)
    return found


@router.put("/events/retention", response=RetentionOut)
def change_retention(request: HttpRequest, response: HttpResponse, sent: RetentionIn, if_match: IfMatch) -> object:
    """Keep events, or raw segments, for another number of days."""
    version = expected_version(if_match)
    commands.change_retention(
        sent.days, segment_days=sent.segment_days, version=version, actor=actor_of(request), now=timezone.now()
    )
    found = queries.retention()
    response["ETag"] = etag_of(found.version)
    return found


@router.get("/events/{uuid:file}/{place}", response=KeptEventOut)
def kept_event(request: HttpRequest, file: UUID, place: Annotated[int, Field(ge=0, le=2**53 - 1)]) -> KeptEvent:
    """One kept event with all its fields, by its event file and its place in it."""
    return queries.kept_event(file, place, actor=actor_of(request))
