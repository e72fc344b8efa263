"""The JSON API of log sources: the same queries and commands as the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.intake import commands, queries
from burgrave.intake.terms import (
    MANAGE,
    MOST_ASSETS,
    NAME_MAX,
    NOTE_MAX,
    PLACE_MAX,
    READ,
    SIGMA_MAX,
    LogSourceFacts,
    LogSourceFilter,
    SourceKind,
    SourceState,
)
from burgrave.ledger.terms import storable
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.idempotency import must_not_be_kept
from burgrave.web.rest.moments import AwareMoment
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page, PersonId, UnitId

router = Router(tags=["log sources"])

Text = Annotated[str, AfterValidator(storable)]
YEAR_SECONDS = 366 * 86_400


class LogSourceOut(OfUnit):
    """``is_silent``: it was heard too long ago. ``events_day`` and ``events_week``: read of it in 24 hours, 7 days."""

    log_source_id: UUID
    name: str
    unit_name: str
    kind: SourceKind
    product: str
    category: str
    service: str
    state: SourceState
    owner_name: str
    last_heard_at: datetime | None
    silent_after: timedelta | None
    is_silent: bool
    silent_from: datetime | None
    events_day: int
    events_week: int
    version: int


class LogSourceDetailOut(FromRow):
    row: LogSourceOut
    owner_id: UUID | None
    place: str
    senders: str
    note: str
    close_after_seconds: int
    event_mapping_id: UUID | None
    asset_ids: list[UUID]
    hidden_assets: int
    added_at: datetime
    changed_at: datetime
    changed_by: str


class LogSourceQuery(PageIn):
    kind: list[SourceKind] = []
    state: list[SourceState] = []
    unit: list[UUID] = []
    silent: bool = False
    q: str = Field("", max_length=200)


class LogSourceIn(Schema):
    """Without ``silent_after_seconds`` it may be silent as long as it likes.

    ``event_mapping_id``: its lines are rows of CSV, and this mapping makes them events.
    """

    name: Text = Field(min_length=1, max_length=NAME_MAX)
    unit_id: UUID
    kind: SourceKind
    product: Text = Field("", max_length=SIGMA_MAX)
    category: Text = Field("", max_length=SIGMA_MAX)
    service: Text = Field("", max_length=SIGMA_MAX)
    owner_id: UUID | None = None
    silent_after_seconds: int | None = Field(None, ge=60, le=YEAR_SECONDS)
    close_after_seconds: int = Field(2, ge=1, le=300)
    place: Text = Field("", max_length=PLACE_MAX)
    senders: Text = Field("", max_length=PLACE_MAX)
    note: Text = Field("", max_length=NOTE_MAX)
    event_mapping_id: UUID | None = None
    asset_ids: list[UUID] = Field([], max_length=MOST_ASSETS)

    def facts(self) -> LogSourceFacts:
        """Raises BadInput."""
        silent = self.silent_after_seconds
        return LogSourceFacts(
            name=self.name,
            unit_id=UnitId(self.unit_id),
            kind=self.kind,
            product=self.product,
            category=self.category,
            service=self.service,
            owner_id=PersonId(self.owner_id) if self.owner_id else None,
            silent_after=None if silent is None else timedelta(seconds=silent),
            close_after=timedelta(seconds=self.close_after_seconds),
            place=self.place,
            senders=self.senders,
            note=self.note,
            event_mapping_id=self.event_mapping_id,
            asset_ids=tuple(self.asset_ids),
        )


class MoveIn(Schema):
    state: SourceState
    reason: Text = Field("", max_length=NOTE_MAX)


class SourceTokenIn(Schema):
    """With ``overlap_seconds`` the tokens that work now end after that time at the latest."""

    expires_at: AwareMoment
    overlap_seconds: int | None = Field(None, ge=0, le=30 * 86_400)


class MadeSourceTokenOut(FromRow):
    """``secret`` is shown in this answer and nowhere else."""

    token_id: UUID
    secret: str
    expires_at: datetime


class SourceTokenOut(FromRow):
    token_id: UUID
    hint: str
    made_at: datetime
    made_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str


@router.get("/log-sources", response=PageOut[LogSourceOut])
def log_sources(request: HttpRequest, wanted: Query[LogSourceQuery]) -> Page[Any]:
    """Log sources, by name."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = LogSourceFilter(
        text=wanted.q,
        kinds=tuple(wanted.kind),
        states=tuple(wanted.state),
        units=tuple(wanted.unit),
        silent=wanted.silent,
    )
    return queries.listed(narrowed, number=wanted.page, size=wanted.size, at=wanted.at, actor=actor, now=timezone.now())


@router.post("/log-sources", response={201: LogSourceDetailOut})
def add_log_source(request: HttpRequest, response: HttpResponse, sent: LogSourceIn) -> Status[object]:
    """Add a log source; it is listened to at once."""
    actor = actor_of(request)
    made = commands.add_log_source(sent.facts(), actor=actor, now=timezone.now())
    return Status(201, _detail(made, response, actor))


@router.get("/log-sources/{uuid:log_source_id}", response=LogSourceDetailOut)
def log_source(request: HttpRequest, response: HttpResponse, log_source_id: UUID) -> object:
    """One log source; its ETag is what a change names."""
    return _detail(log_source_id, response, actor_of(request))


@router.put("/log-sources/{uuid:log_source_id}", response=LogSourceDetailOut)
def edit_log_source(
    request: HttpRequest, response: HttpResponse, log_source_id: UUID, sent: LogSourceIn, if_match: IfMatch
) -> object:
    """Replace what is said of the log source; its kind stays."""
    actor = actor_of(request)
    version = expected_version(if_match)
    commands.edit_log_source(log_source_id, sent.facts(), version=version, actor=actor, now=timezone.now())
    return _detail(log_source_id, response, actor)


@router.put("/log-sources/{uuid:log_source_id}/state", response=LogSourceDetailOut)
def move_log_source(
    request: HttpRequest, response: HttpResponse, log_source_id: UUID, sent: MoveIn, if_match: IfMatch
) -> object:
    """Pause the log source, listen to it again, or retire it with its tokens."""
    actor = actor_of(request)
    commands.move_log_source(
        log_source_id,
        sent.state,
        reason=sent.reason,
        version=expected_version(if_match),
        actor=actor,
        now=timezone.now(),
    )
    return _detail(log_source_id, response, actor)


@router.get("/log-sources/{uuid:log_source_id}/tokens", response=list[SourceTokenOut])
def source_tokens(request: HttpRequest, log_source_id: UUID) -> object:
    """The tokens of a log source, newest first, without the tokens themselves."""
    actor = actor_of(request)
    view = queries.log_source(log_source_id, actor=actor, now=timezone.now())
    actor.must(MANAGE, UnitId(view.row.unit_id))
    return list(queries.tokens_of(log_source_id))


@router.post("/log-sources/{uuid:log_source_id}/tokens", response={201: MadeSourceTokenOut})
def make_source_token(request: HttpRequest, log_source_id: UUID, sent: SourceTokenIn) -> Status[object]:
    """Make a token with which a program sends events of this source, and does nothing else."""
    must_not_be_kept(request)
    overlap = sent.overlap_seconds
    made = commands.make_source_token(
        log_source_id,
        expires_at=sent.expires_at,
        overlap=None if overlap is None else timedelta(seconds=overlap),
        actor=actor_of(request),
        now=timezone.now(),
    )
    return Status(201, made)


@router.delete("/log-sources/{uuid:log_source_id}/tokens/{uuid:token_id}", response={204: None})
def revoke_source_token(request: HttpRequest, log_source_id: UUID, token_id: UUID) -> Status[None]:
    """Revoke a token of a log source; it works no more, at once."""
    commands.revoke_source_token(log_source_id, token_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


def _detail(log_source_id: UUID, response: HttpResponse, actor: Actor) -> object:
    view = queries.log_source(log_source_id, actor=actor, now=timezone.now())
    response["ETag"] = etag_of(view.row.version)
    facts = view.facts
    return {
        "row": view.row,
        "owner_id": facts.owner_id,
        "place": facts.place,
        "senders": facts.senders,
        "note": facts.note,
        "close_after_seconds": int(facts.close_after.total_seconds()),
        "event_mapping_id": facts.event_mapping_id,
        "asset_ids": [key for key, _name in view.assets],
        "hidden_assets": view.hidden_assets,
        "added_at": view.added_at,
        "changed_at": view.changed_at,
        "changed_by": view.changed_by,
    }
