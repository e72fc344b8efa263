"""Measures, checks and their runs, and what assets are required."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.assurance import commands, queries
from burgrave.assurance.api.shapes import CheckOut, Key, RequirementOut, RunOut, Text, Word, today
from burgrave.assurance.terms import (
    NOTE_MAX,
    READ,
    TEXT_MAX,
    TITLE_MAX,
    CheckDraft,
    FindingSeverity,
    ManualRun,
    MeasureDraft,
    Scope,
)
from burgrave.assurance.terms.measures import MOST_DAYS, MOST_MINOR, MOST_NAMED, MOST_STEPS, STEP_MAX
from burgrave.engines.standing import Phase
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.terms import Actor, Page, PersonId, UnitId

router = Router(tags=["assurance"])


class MeasureOut(OfUnit):
    """``state`` is what its checks say today; the cost counts hundredths of ``currency`` a year."""

    measure_id: UUID
    number: str
    name: str
    unit_name: str
    owner_name: str
    phase: Word
    state: Word
    yearly_cost_minor: int | None
    currency: str
    checks: int
    requirements: int
    version: int


class MeasureDetailOut(FromRow):
    row: MeasureOut
    description: str
    covered: int
    requirements: list[RequirementOut]
    checks: list[CheckOut]


class MeasureIn(Schema):
    """A measure. Its scope by type, tag and need is said on the page; here units and assets are named."""

    name: Text = Field(min_length=1, max_length=TITLE_MAX)
    unit_id: UUID
    description: Text = Field("", max_length=TEXT_MAX)
    owner_id: UUID | None = None
    phase: Literal["planned", "operating", "retired"] = "operating"
    yearly_cost_minor: int | None = Field(None, ge=0, le=MOST_MINOR)
    currency: str = Field("", max_length=3)
    requirements: list[Key] = Field([], max_length=1_000)
    scope_units: list[UUID] = Field([], max_length=100)
    scope_assets: list[UUID] = Field([], max_length=MOST_NAMED)

    def draft(self) -> MeasureDraft:
        """Raises BadInput."""
        return MeasureDraft(
            name=self.name,
            unit_id=UnitId(self.unit_id),
            description=self.description,
            owner_id=PersonId(self.owner_id) if self.owner_id else None,
            phase=Phase[self.phase.upper()],
            yearly_cost_minor=self.yearly_cost_minor,
            currency=self.currency,
            requirements=tuple(self.requirements),
            scope=Scope(units=tuple(map(UnitId, self.scope_units)), assets=tuple(self.scope_assets)),
        )


class CheckIn(Schema):
    """Either ``automatic`` names a check that runs by itself, or ``steps`` are for a person."""

    title: Text = Field(min_length=1, max_length=TITLE_MAX)
    automatic: str = Field("", max_length=80)
    steps: list[Text] = Field([], max_length=MOST_STEPS)
    owner_id: UUID | None = None
    cadence_days: int = Field(30, ge=1, le=MOST_DAYS)
    valid_days: int = Field(45, ge=1, le=MOST_DAYS)
    severity: FindingSeverity = FindingSeverity.MINOR

    def draft(self, measure_id: UUID) -> CheckDraft:
        """Raises BadInput."""
        return CheckDraft(
            measure_id=measure_id,
            title=self.title,
            automatic=self.automatic,
            steps=tuple(each[: STEP_MAX + 1] for each in self.steps),
            owner_id=PersonId(self.owner_id) if self.owner_id else None,
            cadence_days=self.cadence_days,
            valid_days=self.valid_days,
            severity=self.severity,
        )


class CheckDetailOut(FromRow):
    """``runs`` are the newest of ``run_count``."""

    row: CheckOut
    steps: list[str]
    runs: list[RunOut]
    run_count: int


class ManualRunIn(Schema):
    """One answer to each step; with ``could_look`` false the run is inconclusive."""

    answers: list[bool] = Field([], max_length=MOST_STEPS)
    note: Text = Field(min_length=1, max_length=NOTE_MAX)
    could_look: bool = True


class AssetRequirementOut(FromRow):
    """``why`` names the dimensions and the type for which it binds the asset; a gap is whatever is not met here.

    ``changed`` are the parameters that changed at ``asked_since``, each with its value before and after; evidence of
    before does not count.
    """

    requirement: RequirementOut
    standing: Word
    why: list[str]
    is_gap: bool
    findings: int
    asked_since: datetime | None
    changed: list[tuple[str, str, str]]


class ChainQuery(PageIn):
    q: str = Field("", max_length=200)


class CheckQuery(ChainQuery):
    due: bool = False


@router.get("/measures", response=PageOut[MeasureOut])
def measures(request: HttpRequest, wanted: Query[ChainQuery]) -> Page[Any]:
    """Measures, by name."""
    actor = _reader(request)
    narrowed = queries.MeasureFilter(text=wanted.q.strip())
    return queries.measures(narrowed, actor=actor, number=wanted.page, size=wanted.size, at=wanted.at)


@router.post("/measures", response={201: MeasureDetailOut})
def add_measure(request: HttpRequest, sent: MeasureIn) -> Status[object]:
    """Put a measure under requirements."""
    actor = actor_of(request)
    made = commands.put_measure(sent.draft(), actor=actor, now=timezone.now())
    return Status(201, queries.measure(made, actor=actor, today=today()))


@router.get("/measures/{uuid:measure_id}", response=MeasureDetailOut)
def measure(request: HttpRequest, measure_id: UUID) -> object:
    """One measure with its checks and the requirements that it answers."""
    return queries.measure(measure_id, actor=actor_of(request), today=today())


@router.post("/measures/{uuid:measure_id}/checks", response={201: CheckDetailOut})
def add_check(request: HttpRequest, measure_id: UUID, sent: CheckIn) -> Status[object]:
    """Add a check to the measure."""
    actor = actor_of(request)
    made = commands.put_check(sent.draft(measure_id), actor=actor, now=timezone.now())
    return Status(201, queries.check(made, actor=actor, today=today()))


@router.get("/checks", response=PageOut[CheckOut])
def checks(request: HttpRequest, wanted: Query[CheckQuery]) -> Page[Any]:
    """Checks that are not retired, the one that is due first on top."""
    actor = _reader(request)
    narrowed = queries.CheckFilter(text=wanted.q.strip(), due=wanted.due)
    return queries.checks(narrowed, actor=actor, today=today(), number=wanted.page, size=wanted.size, at=wanted.at)


@router.get("/checks/{uuid:check_id}", response=CheckDetailOut)
def check(request: HttpRequest, check_id: UUID) -> object:
    """One check with its newest runs."""
    return queries.check(check_id, actor=actor_of(request), today=today())


@router.post("/checks/{uuid:check_id}/runs", response={201: RunOut})
def run_check(request: HttpRequest, check_id: UUID) -> Status[object]:
    """Run an automatic check now."""
    actor = actor_of(request)
    made = commands.run_check(check_id, actor=actor, now=timezone.now())
    return Status(201, queries.run(made, actor=actor)[0])


@router.post("/checks/{uuid:check_id}/answers", response={201: RunOut})
def do_check(request: HttpRequest, check_id: UUID, sent: ManualRunIn) -> Status[object]:
    """Answer the checklist of a check that a person does."""
    actor = actor_of(request)
    run = ManualRun(answers=tuple(sent.answers), note=sent.note, could_look=sent.could_look)
    made = commands.do_check(check_id, run, actor=actor, now=timezone.now())
    return Status(201, queries.run(made, actor=actor)[0])


@router.get("/assets/{uuid:asset_id}/requirements", response=list[AssetRequirementOut])
def asset_requirements(request: HttpRequest, asset_id: UUID) -> object:
    """What an asset is required to fulfil because of its need and type, gaps first."""
    return list(queries.asset_requirements(asset_id, actor=actor_of(request))[1])


def _reader(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return actor
