"""What a person says about a requirement is kept beside what the checks say; neither overwrites the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assurance import models
from burgrave.assurance.errors import WrongState
from burgrave.assurance.queries.plain import batches
from burgrave.assurance.rules.actions import spoken
from burgrave.assurance.rules.measures import must_expire
from burgrave.assurance.terms import ASSERT, requirement_key
from burgrave.assurance.terms.records import AssertionWithdrawn, StandingAsserted
from burgrave.assurance.terms.standings import AssertionDraft, AssertionId
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.web.errors import BadInput, NotFound, Said
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def assert_standing(requirement_id: UUID, draft: AssertionDraft, *, actor: Actor, now: datetime) -> AssertionId:
    """The requirement is said to stand so until the day; an earlier assertion is over. Raises ReasonMissing."""
    row = _requirement(requirement_id, actor=actor)
    must_expire(draft.expires_on, today=now.astimezone(UTC).date())
    if row.withdrawn_at is not None:
        raise WrongState("%(key)s is withdrawn and binds nobody", words={"key": _key(row)})

    row.assertions.filter(withdrawn_at=None).update(withdrawn_at=now)
    made = models.Assertion.objects.create(
        id=uuid4(),
        requirement=row,
        standing=draft.standing,
        reason=storable(draft.reason.strip()),
        by=actor.name,
        at=now,
        expires_on=draft.expires_on,
    )

    ledger.append(_said(row, draft, reason=made.reason), actor=actor, at=now)
    return AssertionId(made.pk)


@transaction.atomic
def assert_many(requirement_ids: Sequence[UUID], draft: AssertionDraft, *, actor: Actor, now: datetime) -> int:
    """All of these are said to stand so, for one reason: all or none, each on record. Returns how many.

    Raises NotFound, WrongState where one is withdrawn, Forbidden, BadInput.
    """
    rows = _requirements(requirement_ids, actor=actor)
    must_expire(draft.expires_on, today=now.astimezone(UTC).date())
    withdrawn = next((row for row in rows if row.withdrawn_at is not None), None)
    if withdrawn is not None:
        raise WrongState("%(key)s is withdrawn and binds nobody", words={"key": _key(withdrawn)})

    reason = storable(draft.reason.strip())
    for some in batches([row.pk for row in rows]):
        models.Assertion.objects.filter(requirement_id__in=some, withdrawn_at=None).update(withdrawn_at=now)
    models.Assertion.objects.bulk_create(
        [
            models.Assertion(
                id=uuid4(),
                requirement=row,
                standing=draft.standing,
                reason=reason,
                by=actor.name,
                at=now,
                expires_on=draft.expires_on,
            )
            for row in rows
        ],
        batch_size=500,
    )

    if rows:
        ledger.append_all([_said(row, draft, reason=reason) for row in rows], actor=actor, at=now)
    return len(rows)


@transaction.atomic
def withdraw_assertion(requirement_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """Nobody asserts anything about the requirement any more. Raises WrongState, ReasonMissing, NotFound, Forbidden."""
    row = _requirement(requirement_id, actor=actor)
    words = spoken(reason, what=Said("why it is not asserted any more"))
    if not row.assertions.filter(withdrawn_at=None).update(withdrawn_at=now):
        raise WrongState("nobody asserts anything about %(key)s", words={"key": _key(row)})

    record = AssertionWithdrawn(requirement_id=row.pk, requirement=_key(row), reason=Sealed(words))
    ledger.append(record, actor=actor, at=now)


def _requirement(requirement_id: UUID, *, actor: Actor) -> models.Requirement:
    actor.must_anywhere(ASSERT)
    found = models.Requirement.objects.select_for_update(of=("self",)).select_related("framework")
    row = found.filter(pk=requirement_id).first()
    if row is None:
        raise NotFound("there is no such requirement")
    if not actor.may(ASSERT, UnitId(row.framework.unit_id)):
        raise BadInput("a requirement binds the whole organisation; your permission to assert holds in a part of it")
    return row


def _requirements(requirement_ids: Sequence[UUID], *, actor: Actor) -> list[models.Requirement]:
    """All of these, locked in one order, and the actor may say how each stands."""
    actor.must_anywhere(ASSERT)
    wanted, found = set(requirement_ids), list[models.Requirement]()
    rows = models.Requirement.objects.select_for_update(of=("self",)).select_related("framework")
    for some in batches(wanted):
        found += rows.filter(pk__in=some).order_by("pk")
    if len(found) != len(wanted):
        raise NotFound("one of these is not there any more; nothing was changed")
    if not all(actor.may(ASSERT, unit_id) for unit_id in {UnitId(row.framework.unit_id) for row in found}):
        raise BadInput("a requirement binds the whole organisation; your permission to assert holds in a part of it")
    return sorted(found, key=lambda row: (row.framework.identifier, row.place))


def _said(row: models.Requirement, draft: AssertionDraft, *, reason: str) -> StandingAsserted:
    return StandingAsserted(
        requirement_id=row.pk,
        requirement=_key(row),
        standing=draft.standing.name.lower(),
        expires_on=draft.expires_on,
        reason=Sealed(reason),
    )


def _key(row: models.Requirement) -> str:
    return requirement_key(row.framework.identifier, row.identifier)
