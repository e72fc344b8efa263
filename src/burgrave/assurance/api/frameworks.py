"""Frameworks, requirements, and how they stand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.assurance import commands, queries
from burgrave.assurance.api.shapes import Key, RequirementOut, Text, Word, today
from burgrave.assurance.terms import (
    IDENTIFIER_MAX,
    NOTE_MAX,
    TEXT_MAX,
    TITLE_MAX,
    AssertionDraft,
    FrameworkDraft,
    FrameworkOrigin,
    FrameworkRow,
    RequirementDraft,
    split_key,
)
from burgrave.engines.norms import Language, Modality
from burgrave.engines.standing import Standing
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.terms import Page

router = Router(tags=["assurance"])

StandingWord = Literal["met", "stale", "unproven", "partly_met", "not_met", "not_assessed"]
MOST_AT_ONCE = 5_000


class FrameworkOut(OfUnit):
    """``digest`` is the SHA-256 of the canonical form of everything that was put; the ledger names it."""

    framework_id: UUID
    identifier: str
    title: str
    origin: FrameworkOrigin
    version: str
    digest: str
    unit_name: str
    requirements: int
    put_at: datetime
    put_by: str


class RequirementIn(Schema):
    identifier: Text = Field(min_length=1, max_length=IDENTIFIER_MAX)
    title: Text = Field(min_length=1, max_length=TITLE_MAX)
    text: Text = Field("", max_length=TEXT_MAX)
    modality: Modality = Modality.SHALL
    binding: bool = True
    satisfies: list[Key] = Field([], max_length=100)


class FrameworkIn(Schema):
    """The whole framework: requirements that are not in it any more are withdrawn."""

    title: Text = Field(min_length=1, max_length=TITLE_MAX)
    version: Text = Field("", max_length=40)
    requirements: list[RequirementIn] = Field(max_length=MOST_AT_ONCE)

    def draft(self, identifier: str) -> FrameworkDraft:
        """Raises BadInput."""
        return FrameworkDraft(
            identifier=identifier,
            title=self.title,
            version=self.version,
            origin=FrameworkOrigin.EXTERNAL,
            requirements=tuple(
                RequirementDraft(
                    identifier=each.identifier,
                    title=each.title,
                    text=each.text,
                    modality=each.modality,
                    binding=each.binding,
                    satisfies=tuple(split_key(key) for key in each.satisfies),
                )
                for each in self.requirements
            ),
        )


class AdoptIn(Schema):
    """``identifier`` is ISO27001, CSF or MLPS; ``language`` that of the titles, which are our own."""

    identifier: Text = Field(min_length=1, max_length=50)
    language: Language = Language.ENGLISH


class StandingRowOut(FromRow):
    """``derived`` is what the checks say, ``asserted`` what a person says; ``divergence`` compares the two."""

    requirement: RequirementOut
    derived: Word
    asserted: Word | None
    divergence: Word


class CheckReasonOut(FromRow):
    check_id: UUID
    number: str
    title: str
    state: Word
    run_id: UUID | None
    ran_at: datetime | None
    result: Word | None
    valid_until: date | None
    note: str
    evidence: list[tuple[UUID, str]]


class MeasureReasonOut(FromRow):
    """``number`` is empty where the caller does not see the measure's unit."""

    measure_id: UUID
    number: str
    name: str
    state: Word
    is_deciding: bool
    checks: list[CheckReasonOut]


class AssertionOut(FromRow):
    standing: Word
    reason: str
    by: str
    at: datetime
    expires_on: date


class StandingOut(FromRow):
    """Why the requirement stood so at the end of the day. ``unproven`` are clauses that answer it without a measure."""

    on: date
    is_in_force: bool
    derived: Word
    asserted: AssertionOut | None
    divergence: Word
    measures: list[MeasureReasonOut]
    unproven: list[RequirementOut]
    findings: list[tuple[UUID, str, str]]


class StandingQuery(PageIn):
    on: date | None = Field(None, description="The end of a past day (UTC); today when it is not given.")
    framework: UUID | None = None
    standing: list[StandingWord] = []
    q: str = Field("", max_length=200)


class DayQuery(Schema):
    on: date | None = Field(None, description="The end of a past day (UTC); today when it is not given.")


class AssertionIn(Schema):
    standing: StandingWord
    reason: Text = Field(min_length=1, max_length=NOTE_MAX)
    expires_on: date


class TextQuery(PageIn):
    q: str = Field("", max_length=200)


@router.get("/frameworks", response=PageOut[FrameworkOut])
def frameworks(request: HttpRequest, wanted: Query[TextQuery]) -> Page[Any]:
    """Frameworks, by title."""
    return queries.frameworks(
        actor=actor_of(request), number=wanted.page, size=wanted.size, at=wanted.at, text=wanted.q.strip()
    )


@router.get("/frameworks/{uuid:framework_id}", response=FrameworkOut)
def framework(request: HttpRequest, framework_id: UUID) -> FrameworkRow:
    """One framework."""
    return queries.framework(framework_id, actor=actor_of(request))


@router.put("/frameworks/by-identifier/{identifier}", response=FrameworkOut)
def load_framework(request: HttpRequest, identifier: str, sent: FrameworkIn) -> FrameworkRow:
    """Put a framework from outside, whole; the same again changes nothing."""
    actor = actor_of(request)
    made = commands.load_framework(sent.draft(identifier), actor=actor, now=timezone.now())
    return queries.framework(made, actor=actor)


@router.post("/frameworks/adopt", response=FrameworkOut)
def adopt_framework(request: HttpRequest, sent: AdoptIn) -> FrameworkRow:
    """Adopt a framework that ships along; the same again changes nothing."""
    actor = actor_of(request)
    made = commands.adopt_framework(sent.identifier, sent.language, actor=actor, now=timezone.now())
    return queries.framework(made, actor=actor)


@router.get("/requirements", response=PageOut[StandingRowOut])
def requirements(request: HttpRequest, wanted: Query[StandingQuery]) -> Page[Any]:
    """Requirements in force with how they stand, today or at the end of a past day."""
    narrowed = queries.StandingFilter(
        on=_past(wanted.on),
        framework_id=wanted.framework,
        standings=tuple(Standing[each.upper()] for each in wanted.standing),
        text=wanted.q.strip(),
    )
    return queries.standing_list(
        narrowed,
        actor=actor_of(request),
        today=today(),
        number=wanted.page,
        size=wanted.size,
        at=wanted.at,
    )


@router.get("/requirements/{uuid:requirement_id}/standing", response=StandingOut)
def standing(request: HttpRequest, requirement_id: UUID, wanted: Query[DayQuery]) -> object:
    """How one requirement stands and why, down to the runs and their evidence."""
    return queries.standing(requirement_id, on=_past(wanted.on) or today(), actor=actor_of(request))


@router.post("/requirements/{uuid:requirement_id}/assertions", response={201: StandingOut})
def assert_standing(request: HttpRequest, requirement_id: UUID, sent: AssertionIn) -> Status[object]:
    """Say how a requirement stands, why, and until when; what the checks say stays beside it."""
    actor = actor_of(request)
    draft = AssertionDraft(standing=Standing[sent.standing.upper()], reason=sent.reason, expires_on=sent.expires_on)
    commands.assert_standing(requirement_id, draft, actor=actor, now=timezone.now())
    return Status(201, queries.standing(requirement_id, on=today(), actor=actor))


def _past(day: date | None) -> date | None:
    """A day before today, else None: what is to come is not known."""
    return day if day is not None and day.year > 1 and day < today() else None
