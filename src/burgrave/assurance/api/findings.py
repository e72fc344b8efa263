"""Findings and corrective actions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from burgrave.assurance import commands, queries
from burgrave.assurance.api.shapes import Key, Text, today
from burgrave.assurance.terms import (
    NOTE_MAX,
    READ,
    TITLE_MAX,
    ActionState,
    CorrectiveActionDraft,
    FindingDraft,
    FindingOrigin,
    FindingSeverity,
    FindingState,
)
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, expected_version
from burgrave.web.terms import Page, PersonId, UnitId

router = Router(tags=["assurance"])


class FindingOut(OfUnit):
    """``recovered_at``: since then what was found is in order again; a person closes it."""

    finding_id: UUID
    number: str
    origin: FindingOrigin
    severity: FindingSeverity
    state: FindingState
    title: str
    subject: str
    unit_name: str
    raised_at: datetime
    raised_by: str
    recovered_at: datetime | None
    closed_at: datetime | None
    open_actions: int
    actions: int
    version: int


class ActionOut(OfUnit):
    """A corrective action; ``reopenings`` counts how often it began anew."""

    action_id: UUID
    number: str
    finding_id: UUID
    finding_number: str
    title: str
    state: ActionState
    unit_name: str
    owner_name: str
    due_on: date | None
    is_overdue: bool
    reopenings: int
    version: int


class FindingDetailOut(FromRow):
    row: FindingOut
    detail: str
    closing_note: str
    requirements: list[tuple[UUID, str, str]]
    actions: list[ActionOut]


class ActionDetailOut(FromRow):
    row: ActionOut
    root_cause: str
    plan: str
    done: str
    done_at: datetime | None
    done_by: str
    verdict: str
    checked_at: datetime | None
    checked_by: str


class FindingIn(Schema):
    """``requirements`` are those that are not fulfilled."""

    title: Text = Field(min_length=1, max_length=TITLE_MAX)
    unit_id: UUID
    origin: FindingOrigin = FindingOrigin.AUDIT
    severity: FindingSeverity = FindingSeverity.MINOR
    detail: Text = Field("", max_length=NOTE_MAX)
    requirements: list[Key] = Field([], max_length=200)

    def draft(self) -> FindingDraft:
        """Raises BadInput."""
        return FindingDraft(
            unique_key=f"person:{uuid4()}",
            origin=self.origin,
            subject="",
            title=self.title,
            detail=self.detail,
            severity=self.severity,
            unit_id=UnitId(self.unit_id),
            requirements=tuple(self.requirements),
        )


class ActionIn(Schema):
    """What is not known yet stays empty; with all four fields the action is planned."""

    title: Text = Field(min_length=1, max_length=TITLE_MAX)
    owner_id: UUID | None = None
    due_on: date | None = None
    root_cause: Text = Field("", max_length=NOTE_MAX)
    plan: Text = Field("", max_length=NOTE_MAX)

    def draft(self) -> CorrectiveActionDraft:
        """Raises BadInput."""
        return CorrectiveActionDraft(
            title=self.title,
            owner_id=PersonId(self.owner_id) if self.owner_id else None,
            due_on=self.due_on,
            root_cause=self.root_cause,
            plan=self.plan,
        )


class ReasonIn(Schema):
    reason: Text = Field(min_length=1, max_length=NOTE_MAX)


class DoneIn(Schema):
    done: Text = Field(min_length=1, max_length=NOTE_MAX)


class VerdictIn(Schema):
    is_effective: bool
    verdict: Text = Field(min_length=1, max_length=NOTE_MAX)


class FindingQuery(PageIn):
    state: list[FindingState] = []
    severity: list[FindingSeverity] = []
    origin: list[FindingOrigin] = []
    q: str = Field("", max_length=200)


class ActionQuery(PageIn):
    state: list[ActionState] = []
    overdue: bool = False
    q: str = Field("", max_length=200)


@router.get("/findings", response=PageOut[FindingOut])
def findings(request: HttpRequest, wanted: Query[FindingQuery]) -> Page[Any]:
    """Findings, newest first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = queries.FindingFilter(
        text=wanted.q.strip(),
        states=tuple(wanted.state),
        severities=tuple(wanted.severity),
        origins=tuple(wanted.origin),
    )
    return queries.findings(narrowed, actor=actor, number=wanted.page, size=wanted.size, at=wanted.at)


@router.post("/findings", response={201: FindingDetailOut})
def raise_finding(request: HttpRequest, sent: FindingIn) -> Status[object]:
    """Raise a finding."""
    actor = actor_of(request)
    made = commands.report_finding(sent.draft(), actor=actor, now=timezone.now())
    return Status(201, queries.finding(made, actor=actor, today=today()))


@router.get("/findings/{uuid:finding_id}", response=FindingDetailOut)
def finding(request: HttpRequest, finding_id: UUID) -> object:
    """One finding with its corrective actions."""
    return queries.finding(finding_id, actor=actor_of(request), today=today())


@router.post("/findings/{uuid:finding_id}/closing", response=FindingDetailOut)
def close_finding(request: HttpRequest, finding_id: UUID, sent: ReasonIn, if_match: IfMatch) -> object:
    """Close a finding whose corrective actions are all closed, with a reason."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.close_finding(finding_id, reason=sent.reason, version=version, actor=actor, now=timezone.now())
    return queries.finding(finding_id, actor=actor, today=today())


@router.post("/findings/{uuid:finding_id}/corrective-actions", response={201: ActionDetailOut})
def open_action(request: HttpRequest, finding_id: UUID, sent: ActionIn) -> Status[object]:
    """Open a corrective action of an open finding."""
    actor = actor_of(request)
    made = commands.open_action(finding_id, sent.draft(), actor=actor, now=timezone.now())
    return Status(201, queries.action(made, actor=actor, today=today()))


@router.get("/corrective-actions", response=PageOut[ActionOut])
def actions(request: HttpRequest, wanted: Query[ActionQuery]) -> Page[Any]:
    """Corrective actions, newest first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    narrowed = queries.ActionFilter(text=wanted.q.strip(), states=tuple(wanted.state), overdue=wanted.overdue)
    return queries.actions(narrowed, actor=actor, today=today(), number=wanted.page, size=wanted.size, at=wanted.at)


@router.get("/corrective-actions/{uuid:action_id}", response=ActionDetailOut)
def action(request: HttpRequest, action_id: UUID) -> object:
    """One corrective action."""
    return queries.action(action_id, actor=actor_of(request), today=today())


@router.put("/corrective-actions/{uuid:action_id}/plan", response=ActionDetailOut)
def plan_action(request: HttpRequest, action_id: UUID, sent: ActionIn, if_match: IfMatch) -> object:
    """Plan a corrective action: root cause, what is to be done, by whom, until when."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.plan_action(action_id, sent.draft(), version=version, actor=actor, now=timezone.now())
    return queries.action(action_id, actor=actor, today=today())


@router.post("/corrective-actions/{uuid:action_id}/done", response=ActionDetailOut)
def implement_action(request: HttpRequest, action_id: UUID, sent: DoneIn, if_match: IfMatch) -> object:
    """Say that what was planned is done."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.implement_action(action_id, done=sent.done, version=version, actor=actor, now=timezone.now())
    return queries.action(action_id, actor=actor, today=today())


@router.post("/corrective-actions/{uuid:action_id}/verdict", response=ActionDetailOut)
def judge_action(request: HttpRequest, action_id: UUID, sent: VerdictIn, if_match: IfMatch) -> object:
    """Judge what somebody else did: effective, with evidence, or to begin anew."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.judge_action(
        action_id,
        is_effective=sent.is_effective,
        verdict=sent.verdict,
        version=version,
        actor=actor,
        now=timezone.now(),
    )
    return queries.action(action_id, actor=actor, today=today())
