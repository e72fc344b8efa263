"""Management reviews: planned, held with frozen inputs, concluded, approved by somebody else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from burgrave.isms import models
from burgrave.isms.commands.decisions import add_decision, decided
from burgrave.isms.commands.following import tell_owner
from burgrave.isms.commands.loading import must_be_people, must_be_version, must_stay_in_kind, next_number
from burgrave.isms.queries.meetings import review_number
from burgrave.isms.queries.reviews import sections_of
from burgrave.isms.rules import approval
from burgrave.isms.rules import reviewing as rules
from burgrave.isms.terms import APPROVE, EDIT, READ, records
from burgrave.isms.terms.meetings import DecisionDraft, DecisionId
from burgrave.isms.terms.reviews import ConclusionDraft, ReviewDraft, ReviewId, ReviewState
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, PersonId, UnitId


@transaction.atomic
def plan_review(draft: ReviewDraft, *, actor: Actor, now: datetime) -> ReviewId:
    """The review is planned; its inputs are live. Raises Forbidden."""
    actor.must(EDIT, draft.unit_id)

    row = models.Review(id=uuid4(), number=next_number("review"))
    _fill(row, draft, actor=actor, now=now)
    row.save(force_insert=True)

    ledger.append(_planned(row), actor=actor, at=now)
    return ReviewId(row.pk)


@transaction.atomic
def change_review(review_id: UUID, draft: ReviewDraft, *, version: int, actor: Actor, now: datetime) -> None:
    """The review is planned so. Raises StaleEdit, WrongState once it is held, SampleStaysApart, NotFound, Forbidden."""
    row = _locked(review_id, permission=EDIT, actor=actor)
    if draft.unit_id != row.unit_id:
        actor.must(EDIT, draft.unit_id)

    must_be_version(row, version=version, title=review_number(row.number))
    rules.must_be_planned(ReviewState(row.state), number=review_number(row.number))
    must_stay_in_kind(row.unit_id, draft.unit_id)

    row.version += 1
    _fill(row, draft, actor=actor, now=now)
    row.save()

    ledger.append(_planned(row), actor=actor, at=now)


@transaction.atomic
def hold_review(review_id: UUID, draft: ConclusionDraft, *, version: int, actor: Actor, now: datetime) -> None:
    """The inputs are frozen as they are now, with their digest, and there is a conclusion.

    Until the approval the conclusion may be written anew; the inputs stay as they were frozen. Raises StaleEdit,
    WrongState, BadInput, SampleStaysApart, NotFound, Forbidden.
    """
    row = _locked(review_id, permission=EDIT, actor=actor)

    must_be_version(row, version=version, title=review_number(row.number))
    rules.must_be_open(ReviewState(row.state), number=review_number(row.number))
    today = timezone.localdate(now)
    if row.period_from > today:
        raise BadInput("the period of the review has not begun yet")
    must_be_people(draft.attendees, unit_id=row.unit_id)

    if row.inputs is None:
        found = sections_of(row, actor=actor, today=today)
        row.inputs, row.inputs_digest = rules.plain(found), rules.inputs_digest(found)
        row.held_at = now
    row.state = ReviewState.HELD
    row.attendees, row.conclusion = [str(each) for each in dict.fromkeys(draft.attendees)], draft.text.strip()
    _touch(row, actor=actor, now=now)
    row.save()

    held = records.ReviewHeld(
        review_id=row.pk,
        version=row.version,
        inputs_digest=row.inputs_digest,
        digest=row.digest,
        attendees=len(row.attendees),
    )
    ledger.append(held, actor=actor, at=now)


@transaction.atomic
def decide_in_review(review_id: UUID, draft: DecisionDraft, *, actor: Actor, now: datetime) -> DecisionId:
    """The review decided this (9.3.3). Raises WrongState unless it is held and open, BadInput, NotFound, Forbidden."""
    row = _locked(review_id, permission=EDIT, actor=actor)

    rules.must_be_held(ReviewState(row.state), number=review_number(row.number))

    decision = add_decision(draft, unit_id=row.unit_id, review=row, actor=actor, now=now)
    _touch(row, actor=actor, now=now)
    row.save()

    ledger.append(decided(decision), actor=actor, at=now)
    tell_owner(decision, actor=actor, now=now)
    return DecisionId(decision.pk)


@transaction.atomic
def approve_review(review_id: UUID, *, digest: str, actor: Actor, now: datetime) -> None:
    """The review is closed, exactly as it was shown.

    Raises SeparationOfDuties, OutdatedDigest, WrongState, NotFound, Forbidden.
    """
    row = _locked(review_id, permission=APPROVE, actor=actor)
    number = review_number(row.number)

    rules.must_be_held(ReviewState(row.state), number=number)
    approval.must_be_shown(digest, row.digest, what=number)
    writers = [PersonId(UUID(each)) for each in row.writers]
    approval.must_be_apart(actor, writers, permission=APPROVE, unit_id=UnitId(row.unit_id), what=number)

    row.state, row.approved_at, row.approved_by = ReviewState.APPROVED, now, actor.name
    row.version += 1
    row.save()

    approved = records.ReviewApproved(review_id=row.pk, digest=row.digest, inputs_digest=row.inputs_digest)
    ledger.append(approved, actor=actor, at=now)


def _locked(review_id: UUID, *, permission: str, actor: Actor) -> models.Review:
    row = models.Review.objects.select_for_update().filter(pk=review_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no management review with this identifier is visible to you")
    actor.must(permission, UnitId(row.unit_id))
    return row


def _fill(row: models.Review, draft: ReviewDraft, *, actor: Actor, now: datetime) -> None:
    row.title, row.unit_id = draft.title.strip(), draft.unit_id
    row.period_from, row.period_to, row.planned_on = draft.period_from, draft.period_to, draft.planned_on
    row.feedback, row.opportunities = draft.feedback.strip(), draft.opportunities.strip()
    row.changed_by, row.changed_at = actor.name, now
    _add_writer(row, actor)


def _touch(row: models.Review, *, actor: Actor, now: datetime) -> None:
    """The row has a new version, one more writer if need be, and the digest of what it says now."""
    row.version += 1
    row.changed_by, row.changed_at = actor.name, now
    _add_writer(row, actor)
    row.digest = rules.digest(
        number=review_number(row.number),
        period=(row.period_from, row.period_to),
        inputs=row.inputs_digest,
        attendees=(PersonId(UUID(each)) for each in row.attendees),
        conclusion=row.conclusion,
        decisions=[
            (str(each.number), each.text, PersonId(each.owner_id), each.due_on)
            for each in row.decisions.order_by("number")
        ],
    )


def _add_writer(row: models.Review, actor: Actor) -> None:
    if actor.person_id is not None and str(actor.person_id) not in row.writers:
        row.writers = [*row.writers, str(actor.person_id)]


def _planned(row: models.Review) -> records.ReviewPlanned:
    return records.ReviewPlanned(
        review_id=row.pk,
        period_from=row.period_from,
        period_to=row.period_to,
        planned_on=row.planned_on,
        title=Sealed(row.title),
    )
