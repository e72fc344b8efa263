"""The JSON API of event mappings: how tables as CSV become events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.engines.events.tables import EXAMPLE_BYTES, BadTable, TableMapping, as_plain, tried
from burgrave.intake import commands, queries
from burgrave.intake.rules import tables
from burgrave.intake.terms import MANAGE, NAME_MAX, READ, SIGMA_MAX, MappingState
from burgrave.ledger.terms import storable
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page, UnitId

router = Router(tags=["log sources"])

Text = Annotated[str, AfterValidator(storable)]
MOST_COLUMNS = 1_000
COLUMN_MAX = 200


class EventMappingOut(OfUnit):
    """``log_sources``: how many sources have it for their lines. ``columns``: how many columns its table has."""

    event_mapping_id: UUID
    name: str
    unit_name: str
    state: MappingState
    product: str
    category: str
    service: str
    columns: int
    log_sources: int
    changed_at: datetime
    changed_by: str
    version: int


class TimeIn(Schema):
    """``columns``: one, or one of the date and one of the time of day.

    ``format`` is a form such as ``%d/%m/%Y %H:%M:%S``; or ``seconds``, ``milliseconds`` or ``microseconds`` since 1970;
    or ``filetime``. Empty reads ISO 8601 and seconds or milliseconds since 1970. ``zone`` counts where the text names
    none.
    """

    columns: list[Text] = Field([], max_length=2)
    format: Text = Field("", max_length=100)
    zone: Text = Field("UTC", max_length=60)


class SigmaSourceIn(Schema):
    product: Text = Field("", max_length=SIGMA_MAX)
    category: Text = Field("", max_length=SIGMA_MAX)
    service: Text = Field("", max_length=SIGMA_MAX)


class MappingIn(Schema):
    """The mapping as it is exported. ``fields``: of a column, the name of its field; an empty one leaves it out."""

    name: Text = Field(min_length=1, max_length=NAME_MAX)
    header: list[Text] = Field(min_length=1, max_length=MOST_COLUMNS)
    fields: dict[Text, Text] = {}
    time: TimeIn = TimeIn.model_validate({})
    logsource: SigmaSourceIn = SigmaSourceIn.model_validate({})
    encoding: str = Field("", max_length=20)
    delimiter: str = Field("", max_length=1)

    def mapping(self) -> TableMapping:
        """Raises BadInput."""
        return tables.parsed(self.dict())


class EventMappingIn(Schema):
    unit_id: UUID
    mapping: MappingIn


class TrialIn(Schema):
    """``example`` is the text of the first lines of a file."""

    mapping: MappingIn
    example: str = Field(min_length=1, max_length=EXAMPLE_BYTES)


class EventMappingDetailOut(FromRow):
    row: EventMappingOut
    mapping: dict[str, Any]
    example_name: str
    added_at: datetime


class TriedEventOut(Schema):
    line: int
    at: datetime | None
    computer: str
    channel: str
    product: str
    category: str
    service: str
    fields: dict[str, str | None]


class FaultOut(Schema):
    """``column`` is empty where the row as a whole cannot be read."""

    line: int
    column: str
    found: str
    expected: str


class TrialOut(Schema):
    rows: int
    events: list[TriedEventOut]
    faults: list[FaultOut]


@router.get("/event-mappings", response=PageOut[EventMappingOut])
def event_mappings(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """Event mappings, by name."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return queries.event_mappings(number=wanted.page, size=wanted.size, actor=actor)


@router.post("/event-mappings", response={201: EventMappingDetailOut})
def add_event_mapping(request: HttpRequest, response: HttpResponse, sent: EventMappingIn) -> Status[object]:
    """Add an event mapping; tables with its columns are read from now on, and those that waited for it."""
    actor = actor_of(request)
    made = commands.add_event_mapping(
        sent.mapping.mapping(), unit_id=UnitId(sent.unit_id), actor=actor, now=timezone.now()
    )
    return Status(201, _detail(made, response, actor))


@router.post("/event-mappings/try", response=TrialOut)
def try_event_mapping(request: HttpRequest, sent: TrialIn) -> object:
    """What the first 50 rows of an example become by a mapping. Nothing is kept."""
    actor_of(request).must_anywhere(MANAGE)
    try:
        trial = tried(sent.example.encode(), sent.mapping.mapping())
    except BadTable as refusal:
        raise tables.refused(refusal) from refusal
    return {
        "rows": trial.rows,
        "events": [
            {
                "line": line,
                "at": event.at,
                "computer": event.computer,
                "channel": event.channel,
                "product": event.log_source.product,
                "category": event.log_source.category,
                "service": event.log_source.service,
                "fields": dict(event.fields),
            }
            for line, event in trial.events
        ],
        "faults": [
            {"line": each.line, "column": each.column, "found": each.found, "expected": str(each.expected)}
            for each in trial.faults
        ],
    }


@router.get("/event-mappings/{uuid:event_mapping_id}", response=EventMappingDetailOut)
def event_mapping(request: HttpRequest, response: HttpResponse, event_mapping_id: UUID) -> object:
    """One event mapping; its ETag is what a change names."""
    return _detail(event_mapping_id, response, actor_of(request))


@router.put("/event-mappings/{uuid:event_mapping_id}", response=EventMappingDetailOut)
def save_event_mapping(
    request: HttpRequest, response: HttpResponse, event_mapping_id: UUID, sent: MappingIn, if_match: IfMatch
) -> object:
    """Replace the mapping; tables that waited for its columns are read."""
    actor = actor_of(request)
    version = expected_version(if_match)
    commands.save_event_mapping(event_mapping_id, sent.mapping(), version=version, actor=actor, now=timezone.now())
    return _detail(event_mapping_id, response, actor)


@router.delete("/event-mappings/{uuid:event_mapping_id}", response={204: None})
def remove_event_mapping(request: HttpRequest, event_mapping_id: UUID) -> Status[None]:
    """Remove an event mapping; what was read by it stays."""
    commands.remove_event_mapping(event_mapping_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


def _detail(event_mapping_id: UUID, response: HttpResponse, actor: Actor) -> object:
    view = queries.event_mapping(event_mapping_id, actor=actor)
    response["ETag"] = etag_of(view.row.version)
    return {
        "row": view.row,
        "mapping": as_plain(view.mapping),
        "example_name": view.example_name,
        "added_at": view.added_at,
    }
