"""Meetings are planned, held and written down, in the JSON API."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from burgrave.isms import commands, reports
from burgrave.isms.api.meetings import DecisionOut, MeetingDetailOut, MeetingIn, Text, decision_of, meeting_of
from burgrave.isms.terms import LINE_MAX, TEXT_MAX
from burgrave.isms.terms.meetings import MOST_MEMBERS, DecisionDraft, MinutesDraft
from burgrave.web.reports import Format, answer
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.files import REPORT_ANSWERS, ReportIn
from burgrave.web.rest.versions import IfMatch, expected_version
from burgrave.web.terms import PersonId

router = Router(tags=["isms"])


class MinutesIn(Schema):
    """``present`` are persons who are members on the day of the meeting."""

    present: list[UUID] = Field([], max_length=MOST_MEMBERS)
    text: Text = Field(min_length=1, max_length=TEXT_MAX)


class CancellationIn(Schema):
    reason: Text = Field(min_length=1, max_length=LINE_MAX)


class DecisionIn(Schema):
    """What was decided, who carries it out, and until when."""

    text: Text = Field(min_length=1, max_length=TEXT_MAX)
    owner_id: UUID
    due_on: date

    def draft(self) -> DecisionDraft:
        """Raises BadInput."""
        return DecisionDraft(text=self.text, owner_id=PersonId(self.owner_id), due_on=self.due_on)


@router.post("/isms/committees/{uuid:committee_id}/meetings", response={201: MeetingDetailOut})
def plan_meeting(request: HttpRequest, response: HttpResponse, committee_id: UUID, sent: MeetingIn) -> Status[object]:
    """Plan a meeting; its agenda is assembled from what is open and due."""
    actor = actor_of(request)
    made = commands.plan_meeting(committee_id, sent.draft(), actor=actor, now=timezone.now())
    return Status(201, meeting_of(made, response, actor))


@router.put("/isms/meetings/{uuid:meeting_id}/cancellation", response=MeetingDetailOut)
def cancel_meeting(
    request: HttpRequest, response: HttpResponse, meeting_id: UUID, sent: CancellationIn, if_match: IfMatch
) -> object:
    """Cancel the meeting; it stays readable with its reason."""
    actor, version = actor_of(request), expected_version(if_match)
    commands.cancel_meeting(meeting_id, reason=sent.reason, version=version, actor=actor, now=timezone.now())
    return meeting_of(meeting_id, response, actor)


@router.put("/isms/meetings/{uuid:meeting_id}/minutes", response=MeetingDetailOut)
def write_minutes(
    request: HttpRequest, response: HttpResponse, meeting_id: UUID, sent: MinutesIn, if_match: IfMatch
) -> object:
    """Write the minutes, or write them anew until they are approved."""
    actor, version = actor_of(request), expected_version(if_match)
    draft = MinutesDraft(present=tuple(map(PersonId, sent.present)), text=sent.text)
    commands.write_minutes(meeting_id, draft, version=version, actor=actor, now=timezone.now())
    return meeting_of(meeting_id, response, actor)


@router.post("/isms/meetings/{uuid:meeting_id}/decisions", response={201: DecisionOut})
def decide_in_meeting(
    request: HttpRequest, response: HttpResponse, meeting_id: UUID, sent: DecisionIn
) -> Status[object]:
    """Record a decision; refused without the quorum. Its owner is told."""
    actor = actor_of(request)
    made = commands.decide(meeting_id, sent.draft(), actor=actor, now=timezone.now())
    return Status(201, decision_of(made, response, actor))


@router.post("/isms/meetings/{uuid:meeting_id}/report", openapi_extra=REPORT_ANSWERS)
def minutes_report(request: HttpRequest, meeting_id: UUID, sent: ReportIn) -> HttpResponse:
    """The minutes as a file; it is recorded with its digest."""
    return answer(reports.minutes(Format(sent.format), meeting_id, actor=actor_of(request), now=timezone.now()))
