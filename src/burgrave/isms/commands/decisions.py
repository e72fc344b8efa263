"""Decisions of meetings and management reviews, and what became of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.isms import models
from burgrave.isms.commands.following import tell_owner
from burgrave.isms.commands.loading import must_be_people, must_be_version, next_number
from burgrave.isms.commands.meetings import digest_of, locked_meeting
from burgrave.isms.errors import ReasonMissing, WrongState
from burgrave.isms.queries.meetings import decision_number, meeting_number
from burgrave.isms.rules import meetings as rules
from burgrave.isms.terms import EDIT, READ, TEXT_MAX, records
from burgrave.isms.terms.meetings import DecisionDraft, DecisionId, DecisionState, MeetingState
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def decide(meeting_id: UUID, draft: DecisionDraft, *, actor: Actor, now: datetime) -> DecisionId:
    """The meeting decided this. Its minutes have a new digest.

    Raises NoQuorum, WrongState once the minutes are approved, BadInput, NotFound, Forbidden.
    """
    meeting = locked_meeting(meeting_id, permission=EDIT, actor=actor)

    rules.must_be_held(MeetingState(meeting.state), number=meeting_number(meeting.number))
    rules.must_have_quorum(len(meeting.present), quorum=meeting.committee.quorum)

    row = add_decision(draft, unit_id=meeting.committee.unit_id, meeting=meeting, actor=actor, now=now)
    if actor.person_id is not None and str(actor.person_id) not in meeting.writers:
        meeting.writers = [*meeting.writers, str(actor.person_id)]
    meeting.version += 1
    meeting.changed_by, meeting.changed_at = actor.name, now
    meeting.digest = digest_of(meeting)
    meeting.save()

    ledger.append(decided(row), actor=actor, at=now)
    tell_owner(row, actor=actor, now=now)
    return DecisionId(row.pk)


@transaction.atomic
def close_decision(
    decision_id: UUID, to: DecisionState, *, outcome: str, version: int, actor: Actor, now: datetime
) -> None:
    """The decision was carried out, or dropped, and why or with what result.

    Whoever owns it may close it, and whoever edits there. Raises ReasonMissing, WrongState, StaleEdit, NotFound,
    Forbidden.
    """
    row = models.Decision.objects.select_for_update().filter(pk=decision_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no decision with this identifier is visible to you")
    if row.owner_id != actor.person_id:
        actor.must(EDIT, UnitId(row.unit_id))
    number = decision_number(row.number)

    must_be_version(row, version=version, title=number)
    if to is DecisionState.OPEN or row.state != DecisionState.OPEN:
        raise WrongState("%(number)s is closed already", words={"number": number})
    if not outcome.strip():
        raise ReasonMissing(
            "a decision is closed with what came of it", mend="Say what was done, or why it was dropped."
        )
    if len(outcome) > TEXT_MAX:
        raise BadInput("a text has at most %(most)s characters", words={"most": str(TEXT_MAX)})

    row.state, row.outcome = to, outcome.strip()
    row.closed_at, row.closed_by = now, actor.name
    row.version += 1
    row.save()

    closed = records.DecisionClosed(decision_id=row.pk, state=to, outcome=Sealed(row.outcome))
    ledger.append(closed, actor=actor, at=now)


def add_decision(
    draft: DecisionDraft,
    *,
    unit_id: UUID,
    actor: Actor,
    now: datetime,
    meeting: models.Meeting | None = None,
    review: models.Review | None = None,
) -> models.Decision:
    """A new row; the caller has locked what decided it, and records it. Raises BadInput, SampleStaysApart."""
    must_be_people([draft.owner_id], unit_id=unit_id)
    return models.Decision.objects.create(
        id=uuid4(),
        number=next_number("decision"),
        unit_id=unit_id,
        meeting=meeting,
        review=review,
        text=draft.text.strip(),
        owner_id=draft.owner_id,
        due_on=draft.due_on,
        made_at=now,
        made_by=actor.name,
    )


def decided(row: models.Decision) -> records.Decided:
    return records.Decided(
        decision_id=row.pk,
        meeting_id=row.meeting_id,
        review_id=row.review_id,
        owner_id=row.owner_id,
        due_on=row.due_on,
        text=Sealed(row.text),
    )
