"""Trials of rules on kept events over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.detection import commands, queries
from burgrave.detection.terms import LibraryFilterBy
from burgrave.detection.terms.trials import MOST_TRIED, Noise, Period, TrialFacts, TrialRow, TrialState
from burgrave.incidents.terms import Level
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.moments import Moment
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.terms import Page

router = Router()


class TrialIn(Schema):
    """Rules of the library, or ``waiting`` for all whose text waits; ``sources`` are log sources, none is all.

    ``since`` and ``until``, both included, take the place of ``period``; one alone is open at the other end. Times are
    those of the events. At most 20,000,000 events are looked at, those first that were kept last.
    """

    rules: list[UUID] = Field([], max_length=MOST_TRIED)
    waiting: bool = False
    period: Period = Period.WEEK
    since: Moment | None = None
    until: Moment | None = None
    sources: list[str] = Field([], max_length=100)


class TrialOut(FromRow):
    """``kept`` events are there in the time, of which ``looked_at`` were of kinds that the rules speak of."""

    trial_id: UUID
    name: str
    state: TrialState
    by: str
    asked_at: datetime
    finished_at: datetime | None
    since: datetime
    until: datetime
    sources: list[str]
    rules: int
    kept: int
    looked_at: int
    is_cut: bool
    reason: str


class TriedEventOut(FromRow):
    file: UUID
    place: int
    at: datetime | None
    is_new: bool
    fields: dict[str, str]


class TriedFindingOut(FromRow):
    """``group`` are names and values of ``group-by``; ``events`` are the first of ``event_count``.

    ``is_new``: the enabled text finds none of its events.
    """

    group: list[tuple[str, str]]
    began_at: datetime
    ended_at: datetime
    measured: str
    event_count: int
    is_new: bool
    events: list[TriedEventOut]


class FoundOut(FromRow):
    """``live_matches``, ``new_matches`` and ``gone_matches`` compare with the enabled text, where there is one.

    Of a correlation they count findings: new and gone are those that share no event with one of the other text.
    """

    looked_at: int
    matches: int
    live_matches: int | None
    new_matches: int | None
    gone_matches: int | None
    left_out: int
    excepted: list[tuple[str, int]]
    fault: str


class TriedOut(FromRow):
    library_rule_id: UUID
    rule_id: str
    title: str
    level: Level
    version_id: UUID
    version: int
    live_version: int | None
    waits: bool
    is_correlation: bool
    noise: Noise
    per_day: float
    found: FoundOut


class FoundDetailOut(FoundOut):
    """``values`` are the most common ones of ``sampled`` matches; events are the first that matched.

    Of a correlation matches count its findings, values are those of their groups, and the first ``findings`` and
    ``gone_findings`` stand in place of events.
    """

    days: list[tuple[date, int]]
    sampled: int
    values: list[tuple[str, list[tuple[str, int]]]]
    events: list[TriedEventOut]
    gone: list[TriedEventOut]
    findings: list[TriedFindingOut]
    gone_findings: list[TriedFindingOut]


class TriedDetailOut(TriedOut):
    """``may_see`` says whether events and values are told: to who may hunt in all units that were looked at."""

    may_see: bool
    found: FoundDetailOut


class TriedQuery(PageIn):
    noise: list[Noise] = []


@router.get("/detection/trials", response=PageOut[TrialOut])
def trials(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """Trials of rules, newest first."""
    return queries.trials(number=wanted.page, size=wanted.size, actor=actor_of(request))


@router.post("/detection/trials", response={202: TrialOut})
def ask_trial(request: HttpRequest, sent: TrialIn) -> Status[TrialRow]:
    """Rules will be tried on the kept events of a time; nothing is raised by it."""
    actor = actor_of(request)
    ids = tuple(sent.rules)
    if sent.waiting:
        ids = queries.ids_of(LibraryFilterBy(waits=True), most=MOST_TRIED, actor=actor)
    facts = TrialFacts(
        library_rule_ids=ids,
        period=sent.period,
        since=sent.since,
        until=sent.until,
        sources=tuple(each[:300] for each in sent.sources),
    )
    key = commands.ask_trial(facts, actor=actor, now=timezone.now())
    return Status(202, queries.trial(key, actor=actor))


@router.get("/detection/trials/{uuid:trial_id}", response=TrialOut)
def trial(request: HttpRequest, trial_id: UUID) -> object:
    """One trial."""
    return queries.trial(trial_id, actor=actor_of(request))


@router.post("/detection/trials/{uuid:trial_id}/cancel", response={204: None})
def cancel_trial(request: HttpRequest, trial_id: UUID) -> Status[None]:
    """The trial stops, and nothing of it is kept."""
    commands.cancel_trial(trial_id, actor=actor_of(request), now=timezone.now())
    return Status(204, None)


@router.get("/detection/trials/{uuid:trial_id}/rules", response=PageOut[TriedOut])
def tried_rules(request: HttpRequest, trial_id: UUID, wanted: Query[TriedQuery]) -> Page[Any]:
    """The rules of a trial, the noisiest first."""
    actor = actor_of(request)
    queries.trial(trial_id, actor=actor)
    return queries.tried_rules(trial_id, noise=wanted.noise, number=wanted.page, size=wanted.size, actor=actor)


@router.get("/detection/trials/{uuid:trial_id}/rules/{uuid:library_rule_id}", response=TriedDetailOut)
def tried_rule(request: HttpRequest, trial_id: UUID, library_rule_id: UUID) -> object:
    """What one rule of a trial found."""
    return queries.tried_rule(trial_id, library_rule_id, actor=actor_of(request))
