"""Corrective actions: opened, planned, done, judged, closed with evidence, opened again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.assurance import models
from burgrave.assurance.commands.findings import ACTION, locked, must_be_current
from burgrave.assurance.commands.numbering import next_number
from burgrave.assurance.commands.opening import fill, moved, must_exist, open_row
from burgrave.assurance.rules import actions as rules
from burgrave.assurance.terms import CHECK, MANAGE, READ, action_subject
from burgrave.assurance.terms.findings import ActionId, ActionState, CorrectiveActionDraft, FindingState
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import storable
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor, PersonId, UnitId


@transaction.atomic
def open_action(finding_id: UUID, draft: CorrectiveActionDraft, *, actor: Actor, now: datetime) -> ActionId:
    """A further corrective action of an open finding. Raises WrongState, BadInput, NotFound, Forbidden."""
    finding = locked(finding_id, MANAGE, actor=actor)
    rules.may_go_on(finding.number, FindingState(finding.state))

    number = next_number(ACTION, UnitId(finding.unit_id), now=now)
    record = open_row(finding, draft, number=number, actor=actor, now=now)

    ledger.append(record, actor=actor, at=now)
    return ActionId(record.action_id)


@transaction.atomic
def plan_action(action_id: UUID, draft: CorrectiveActionDraft, *, version: int, actor: Actor, now: datetime) -> None:
    """Cause, plan, owner and due day are known. Raises ReasonMissing, WrongState, StaleEdit, NotFound, Forbidden."""
    row = locked_action(action_id, actor=actor)
    actor.must(MANAGE, UnitId(row.unit_id))
    must_be_current(row, version=version)
    must_exist(draft.owner_id)

    row.state = rules.plan(standing_of(row), draft)
    fill(row, draft)

    save(row, note=row.plan, actor=actor, now=now)


@transaction.atomic
def implement_action(action_id: UUID, *, done: str, version: int, actor: Actor, now: datetime) -> None:
    """What was planned is done, as its owner or who manages says. Raises WrongState, ReasonMissing, StaleEdit."""
    row = locked_action(action_id, actor=actor)
    must_own(row, actor=actor)
    must_be_current(row, version=version)

    row.state = rules.implement(standing_of(row), done=done)
    row.done, row.done_at, row.done_by_id = storable(done.strip()), now, actor.person_id

    save(row, note=row.done, actor=actor, now=now)


@transaction.atomic
def judge_action(
    action_id: UUID, *, is_effective: bool, verdict: str, version: int, actor: Actor, now: datetime
) -> None:
    """Somebody else looked whether it works: it is closed, or begins anew.

    Raises SeparationOfDuties, EvidenceMissing, WrongState, ReasonMissing, StaleEdit, NotFound, Forbidden.
    """
    row = locked_action(action_id, actor=actor)
    actor.must(MANAGE, UnitId(row.unit_id))
    must_be_current(row, version=version)
    kept = models.Evidence.objects.filter(subject=action_subject(row.pk)).count()

    row.state = rules.judge(
        standing_of(row), is_effective=is_effective, verdict=verdict, judge_id=actor.person_id, evidence=kept
    )
    row.verdict, row.checked_at, row.checked_by = storable(verdict.strip()), now, actor.name
    row.reopenings += row.state == ActionState.OPEN

    save(row, note=row.verdict, actor=actor, now=now)


@transaction.atomic
def reopen_action(action_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """A closed action turned out not to hold; its finding must be open. Raises as judge_action."""
    row = locked_action(action_id, actor=actor)
    actor.must(MANAGE, UnitId(row.unit_id))
    must_be_current(row, version=version)
    rules.may_go_on(row.finding.number, FindingState(row.finding.state))

    row.state = rules.reopen(standing_of(row), reason=reason)
    row.reopenings += 1

    save(row, note=reason.strip(), actor=actor, now=now)


def must_own(row: models.CorrectiveAction, *, actor: Actor) -> None:
    """Return for the owner of the action and for whoever manages there. Raises Forbidden."""
    unit_id = UnitId(row.unit_id)
    is_owner = actor.person_id is not None and actor.person_id == row.owner_id and actor.may(CHECK, unit_id)
    if not is_owner and not actor.may(MANAGE, unit_id):
        raise Forbidden(
            "%(number)s is done by its owner, or by whoever may manage assurance there",
            words={"number": row.number},
        )


def locked_action(action_id: UUID, *, actor: Actor) -> models.CorrectiveAction:
    """The action with its finding, locked. Raises NotFound where the actor may not even read it."""
    row = (
        models.CorrectiveAction.objects.select_for_update(of=("self",))
        .select_related("finding")
        .filter(pk=action_id)
        .first()
    )
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such corrective action, or you may not see it")
    return row


def standing_of(row: models.CorrectiveAction) -> rules.ActionStanding:
    """The action as the rules know it."""
    return rules.ActionStanding(
        number=row.number,
        state=ActionState(row.state),
        done_by=PersonId(row.done_by_id) if row.done_by_id else None,
    )


def save(row: models.CorrectiveAction, *, note: str, actor: Actor, now: datetime) -> None:
    """The action as it is now stands, and is recorded."""
    row.version += 1
    row.changed_by, row.changed_at = actor.name, now
    row.save()
    ledger.append(moved(row, note=note), actor=actor, at=now)
