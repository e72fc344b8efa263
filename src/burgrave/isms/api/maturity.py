"""How mature each process is, and the management system at a glance, in the JSON API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.isms import commands, queries
from burgrave.isms.api.statements import StatementOut
from burgrave.isms.terms import READ, TEXT_MAX
from burgrave.isms.terms.maturity import Level, RatingDraft
from burgrave.ledger.terms import storable
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow

router = Router(tags=["isms"])


class RatingOut(FromRow):
    """The newest rating of one assessor; one that is too old does not count."""

    assessor_id: UUID
    assessor: str
    level: int
    evidence: str
    at: datetime
    counts: bool


class MaturityOut(FromRow):
    """The median and the spread of the ratings that count today, on the scale from 0 to 5."""

    row: StatementOut
    median: float | None
    lowest: int | None
    highest: int | None
    assessors: int
    newest_on: date | None
    ratings: list[RatingOut]


class RatingIn(Schema):
    """0 nobody does it … 5 it gets better by its figures; and what shows it."""

    level: int = Field(ge=0, le=5)
    evidence: Annotated[str, Field(min_length=1, max_length=TEXT_MAX), AfterValidator(storable)]


class CycleOut(FromRow):
    """Plan, do, check, act in figures; those of the chain are null for whoever may not read it."""

    statements: int
    approved: int
    overdue_reviews: int
    gaps: int
    measures: int | None
    open_decisions: int
    overdue_decisions: int
    met: int
    due_checks: int | None
    requirements: int | None
    requirements_met: int | None
    last_review_on: date | None
    open_findings: int | None
    overdue_actions: int | None
    done_decisions: int


@router.get("/isms/maturity", response=list[MaturityOut])
def process_maturity(request: HttpRequest) -> object:
    """Every process with the newest rating of each assessor, by title."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return list(queries.maturity(actor=actor, now=timezone.now()))


@router.post("/isms/statements/{uuid:statement_id}/ratings", response={201: list[MaturityOut]})
def rate_process(request: HttpRequest, statement_id: UUID, sent: RatingIn) -> Status[object]:
    """Rate a process; only a person does, and their newest rating is the one that counts."""
    actor, now = actor_of(request), timezone.now()
    draft = RatingDraft(level=Level(sent.level), evidence=sent.evidence)
    commands.rate(statement_id, draft, actor=actor, now=now)
    found = queries.maturity(actor=actor, now=now)
    return Status(201, [each for each in found if each.row.statement_id == statement_id])


@router.get("/isms/cycle", response=CycleOut)
def cycle(request: HttpRequest) -> object:
    """Plan, do, check, act at a glance."""
    return queries.cycle(actor=actor_of(request), now=timezone.now(), today=timezone.localdate())
