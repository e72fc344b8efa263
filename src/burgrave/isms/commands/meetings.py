"""Committees and their meetings: seats, agendas, minutes, and their approval by somebody else."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.isms import models, queries
from burgrave.isms.commands.loading import must_be_people, must_be_version, must_stay_in_kind, next_number
from burgrave.isms.errors import ReasonMissing
from burgrave.isms.queries.meetings import meeting_number, term_of
from burgrave.isms.rules import approval
from burgrave.isms.rules import meetings as rules
from burgrave.isms.terms import APPROVE, EDIT, LINE_MAX, READ, records
from burgrave.isms.terms.meetings import (
    CommitteeDraft,
    CommitteeId,
    ItemKind,
    MeetingDraft,
    MeetingId,
    MeetingState,
    MemberId,
    MinutesDraft,
    Term,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.editing import touch
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, PersonId, UnitId


@transaction.atomic
def found_committee(draft: CommitteeDraft, *, actor: Actor, now: datetime) -> CommitteeId:
    """The committee exists, without members yet. Raises Forbidden."""
    actor.must(EDIT, draft.unit_id)

    row = models.Committee(id=uuid4(), unit_id=draft.unit_id)
    _fill(row, draft, actor=actor, now=now)
    row.save(force_insert=True)

    ledger.append(
        records.CommitteeSet(committee_id=row.pk, quorum=row.quorum, name=Sealed(row.name)), actor=actor, at=now
    )
    return CommitteeId(row.pk)


@transaction.atomic
def edit_committee(committee_id: UUID, draft: CommitteeDraft, *, version: int, actor: Actor, now: datetime) -> None:
    """The committee is as the draft says. Raises StaleEdit, SampleStaysApart, NotFound, Forbidden."""
    row = locked_committee(committee_id, actor=actor)
    if draft.unit_id != row.unit_id:
        actor.must(EDIT, draft.unit_id)

    must_be_version(row, version=version, title=row.name)
    must_stay_in_kind(row.unit_id, draft.unit_id)

    row.version += 1
    row.unit_id = draft.unit_id
    _fill(row, draft, actor=actor, now=now)
    row.save()

    ledger.append(
        records.CommitteeSet(committee_id=row.pk, quorum=row.quorum, name=Sealed(row.name)), actor=actor, at=now
    )


@transaction.atomic
def seat(committee_id: UUID, term: Term, *, actor: Actor, now: datetime) -> MemberId:
    """The person is a member in these days. Raises BadInput, SampleStaysApart, NotFound, Forbidden."""
    row = locked_committee(committee_id, actor=actor)
    must_be_people([term.person_id], unit_id=row.unit_id)

    rules.must_have_a_seat(term, map(term_of, row.members.all()))

    member = models.Member.objects.create(
        committee=row,
        person_id=term.person_id,
        function=term.function,
        from_on=term.from_on,
        until_on=term.until_on,
    )

    seated = records.MemberSeated(
        committee_id=row.pk,
        member_id=member.pk,
        person_id=term.person_id,
        function=term.function,
        from_on=term.from_on,
        until_on=term.until_on,
    )
    ledger.append(seated, actor=actor, at=now)
    return MemberId(member.pk)


@transaction.atomic
def end_term(committee_id: UUID, member_id: UUID, *, until_on: date, actor: Actor, now: datetime) -> None:
    """The term ends on the day. Raises BadInput, NotFound, Forbidden."""
    row = locked_committee(committee_id, actor=actor)
    member = row.members.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise NotFound("the committee has no such member")

    if until_on < member.from_on:
        raise BadInput("a term ends on the day on which it begins, or later")

    member.until_on = until_on
    member.save(update_fields=["until_on"])

    ended = records.TermEnded(committee_id=row.pk, member_id=member.pk, until_on=until_on)
    ledger.append(ended, actor=actor, at=now)


@transaction.atomic
def plan_meeting(committee_id: UUID, draft: MeetingDraft, *, actor: Actor, now: datetime) -> MeetingId:
    """The meeting is planned, its agenda assembled from what is open and due. Raises NotFound, Forbidden."""
    committee = locked_committee(committee_id, actor=actor)

    row = models.Meeting(
        id=uuid4(), number=next_number("meeting"), committee=committee, changed_at=now, changed_by=actor.name
    )
    _plan(row, draft, actor=actor)
    row.save(force_insert=True)

    ledger.append(_planned(row), actor=actor, at=now)
    return MeetingId(row.pk)


@transaction.atomic
def change_meeting(meeting_id: UUID, draft: MeetingDraft, *, version: int, actor: Actor, now: datetime) -> None:
    """The meeting is planned anew, its agenda assembled anew. Raises StaleEdit, WrongState, NotFound, Forbidden."""
    row = locked_meeting(meeting_id, permission=EDIT, actor=actor)

    must_be_version(row, version=version, title=meeting_number(row.number))
    rules.must_be_planned(MeetingState(row.state), number=meeting_number(row.number))

    touch(row, actor=actor, now=now)
    _plan(row, draft, actor=actor)
    row.save()

    ledger.append(_planned(row), actor=actor, at=now)


@transaction.atomic
def cancel_meeting(meeting_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The meeting does not take place. Raises ReasonMissing, StaleEdit, WrongState, NotFound, Forbidden."""
    row = locked_meeting(meeting_id, permission=EDIT, actor=actor)

    must_be_version(row, version=version, title=meeting_number(row.number))
    rules.must_be_planned(MeetingState(row.state), number=meeting_number(row.number))
    if not reason.strip():
        raise ReasonMissing("a meeting is cancelled only with a reason", mend="Say why it does not take place.")

    row.state, row.cancelled_reason = MeetingState.CANCELLED, reason.strip()[:LINE_MAX]
    touch(row, actor=actor, now=now)
    row.save()

    cancelled = records.MeetingCancelled(meeting_id=row.pk, reason=Sealed(row.cancelled_reason))
    ledger.append(cancelled, actor=actor, at=now)


@transaction.atomic
def write_minutes(meeting_id: UUID, draft: MinutesDraft, *, version: int, actor: Actor, now: datetime) -> None:
    """The meeting took place, and this is what was said there; until the approval it may be written anew.

    Raises BadInput, NoQuorum when decisions were taken and would lose their quorum, StaleEdit, WrongState, NotFound,
    Forbidden.
    """
    row = locked_meeting(meeting_id, permission=EDIT, actor=actor)
    number, day = meeting_number(row.number), row.planned_at.date()

    must_be_version(row, version=version, title=number)
    rules.must_be_open(MeetingState(row.state), number=number)
    if row.planned_at > now:
        raise BadInput("a meeting that has not begun has no minutes yet")
    present = tuple(dict.fromkeys(draft.present))
    rules.must_be_members(present, map(term_of, row.committee.members.all()), day=day)
    if row.decisions.exists():
        rules.must_have_quorum(len(present), quorum=row.committee.quorum)

    row.state, row.held_at = MeetingState.HELD, row.held_at or now
    row.present, row.minutes = [str(each) for each in present], draft.text.strip()
    row.written_by, row.written_by_id = actor.name, actor.person_id
    _add_writer(row, actor)
    touch(row, actor=actor, now=now)
    row.digest = digest_of(row)
    row.save()

    minutes = records.MinutesWritten(
        meeting_id=row.pk, version=row.version, digest=row.digest, present=len(present), quorum=row.committee.quorum
    )
    ledger.append(minutes, actor=actor, at=now)


@transaction.atomic
def approve_minutes(meeting_id: UUID, *, digest: str, actor: Actor, now: datetime) -> None:
    """The minutes and their decisions are closed, exactly as they were shown; nobody approves what they wrote.

    Raises SeparationOfDuties, OutdatedDigest, WrongState, NotFound, Forbidden.
    """
    row = locked_meeting(meeting_id, permission=APPROVE, actor=actor)
    number = meeting_number(row.number)

    rules.must_be_held(MeetingState(row.state), number=number)
    approval.must_be_shown(digest, row.digest, what=number)
    writers = [PersonId(UUID(each)) for each in row.writers]
    unit_id = UnitId(row.committee.unit_id)
    approval.must_be_apart(actor, writers, permission=APPROVE, unit_id=unit_id, what=number)

    row.state, row.approved_at, row.approved_by = MeetingState.APPROVED, now, actor.name
    touch(row, actor=actor, now=now)
    row.save()

    ledger.append(records.MinutesApproved(meeting_id=row.pk, digest=row.digest), actor=actor, at=now)


def locked_committee(committee_id: UUID, *, actor: Actor) -> models.Committee:
    """The committee, locked. Raises NotFound where the actor may not even read it, Forbidden without the permission."""
    row = models.Committee.objects.select_for_update().filter(pk=committee_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no committee with this identifier is visible to you")
    actor.must(EDIT, UnitId(row.unit_id))
    return row


def locked_meeting(meeting_id: UUID, *, permission: str, actor: Actor) -> models.Meeting:
    """The meeting, locked. Raises NotFound where the actor may not even read it, Forbidden without the permission."""
    row = (
        models.Meeting.objects.select_for_update(of=("self",)).select_related("committee").filter(pk=meeting_id).first()
    )
    if row is None or not actor.may(READ, UnitId(row.committee.unit_id)):
        raise NotFound("no meeting with this identifier is visible to you")
    actor.must(permission, UnitId(row.committee.unit_id))
    return row


def digest_of(row: models.Meeting) -> str:
    """The digest of the minutes as the row and its decisions stand."""
    return rules.minutes_digest(
        number=meeting_number(row.number),
        planned_at=row.planned_at,
        place=row.place,
        agenda=map(rules.item_of, row.agenda),
        present=(PersonId(UUID(each)) for each in row.present),
        minutes=row.minutes,
        decisions=[
            (str(each.number), each.text, PersonId(each.owner_id), each.due_on)
            for each in row.decisions.order_by("number")
        ],
    )


def _add_writer(row: models.Meeting, actor: Actor) -> None:
    if actor.person_id is not None and str(actor.person_id) not in row.writers:
        row.writers = [*row.writers, str(actor.person_id)]


def _fill(row: models.Committee, draft: CommitteeDraft, *, actor: Actor, now: datetime) -> None:
    row.name, row.quorum, row.every_days = draft.name.strip(), draft.quorum, draft.every_days
    row.changed_by, row.changed_at = actor.name, now


def _plan(row: models.Meeting, draft: MeetingDraft, *, actor: Actor) -> None:
    row.planned_at, row.place = draft.planned_at, draft.place.strip()
    items = queries.agenda(draft.items, committee_id=row.committee_id, actor=actor, day=draft.planned_at.date())
    row.agenda = [rules.plain_item(each) for each in items]


def _planned(row: models.Meeting) -> records.MeetingPlanned:
    return records.MeetingPlanned(
        meeting_id=row.pk,
        committee_id=row.committee_id,
        planned_at=row.planned_at,
        items=len(row.agenda),
        own_items=sum(each["kind"] == ItemKind.OWN for each in row.agenda),
    )
