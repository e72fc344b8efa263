"""One change of many measures, checks, findings or actions: all of them or none, each with its own record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from burgrave.assurance import models
from burgrave.assurance.commands.actions import save, standing_of
from burgrave.assurance.commands.checks import check_record, retire_row
from burgrave.assurance.commands.findings import close_row
from burgrave.assurance.commands.measures import measure_record
from burgrave.assurance.commands.opening import must_exist
from burgrave.assurance.commands.renewing import relink, renew_measure
from burgrave.assurance.queries.plain import batches
from burgrave.assurance.rules import actions as rules
from burgrave.assurance.terms import MANAGE, READ
from burgrave.assurance.terms.findings import CorrectiveActionDraft
from burgrave.engines.standing import Phase
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record
from burgrave.web.editing import touch
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, PersonId, UnitId

Row = TypeVar("Row", models.Measure, models.Check, models.Finding, models.CorrectiveAction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who answers for it from now on; None is nobody."""

    person_id: PersonId | None


@transaction.atomic
def give_measures(measure_ids: Sequence[UUID], owner: Owner, *, actor: Actor, now: datetime) -> int:
    """The measures have this owner. Returns how many had another. Raises NotFound, Forbidden, BadInput."""
    must_exist(owner.person_id)
    rows = _locked(models.Measure.objects.all(), measure_ids, actor=actor)

    changed = [row for row in rows if row.owner_id != owner.person_id]
    for row in changed:
        row.owner_id = owner.person_id
    _write_measures(changed, actor=actor, now=now)
    return len(changed)


@transaction.atomic
def move_measures(measure_ids: Sequence[UUID], phase: Phase, *, actor: Actor, now: datetime) -> int:
    """The measures are in this phase, and what they answer stands accordingly. Raises NotFound, Forbidden."""
    rows = _locked(models.Measure.objects.all(), measure_ids, actor=actor)

    changed = [row for row in rows if row.phase != phase]
    for row in changed:
        row.phase = phase
    models.MeasurePhase.objects.bulk_create(models.MeasurePhase(measure=row, phase=phase, since=now) for row in changed)
    _write_measures(changed, actor=actor, now=now)
    today = now.astimezone(UTC).date()
    for row in changed:
        renew_measure(row, today=today)
    relink(_reached([row.pk for row in changed]), today=today)
    return len(changed)


@transaction.atomic
def give_checks(check_ids: Sequence[UUID], owner: Owner, *, actor: Actor, now: datetime) -> int:
    """The checks have this owner. Returns how many had another. Raises NotFound, Forbidden, BadInput."""
    must_exist(owner.person_id)
    rows = _locked(models.Check.objects.filter(retired_at=None), check_ids, actor=actor)

    changed = [row for row in rows if row.owner_id != owner.person_id]
    for row in changed:
        row.owner_id = owner.person_id
        touch(row, actor=actor, now=now)
    models.Check.objects.bulk_update(changed, ("owner", "version", "changed_by", "changed_at"), batch_size=500)

    _append([check_record(row) for row in changed], actor=actor, now=now)
    return len(changed)


@transaction.atomic
def retire_checks(check_ids: Sequence[UUID], *, reason: str, actor: Actor, now: datetime) -> int:
    """The checks count for nothing from now on; their runs stay. Raises NotFound, Forbidden, ReasonMissing."""
    rows = _locked(models.Check.objects.filter(retired_at=None).select_related("measure"), check_ids, actor=actor)
    for row in rows:
        retire_row(row, reason=reason, actor=actor, now=now)
    return len(rows)


@transaction.atomic
def close_findings(finding_ids: Sequence[UUID], *, reason: str, actor: Actor, now: datetime) -> int:
    """The findings are closed. Raises ActionsUnfinished, WrongState, ReasonMissing, NotFound, Forbidden."""
    rows = _locked(models.Finding.objects.all(), finding_ids, actor=actor)
    for row in rows:
        close_row(row, reason=reason, actor=actor, now=now)
    return len(rows)


@transaction.atomic
def hand_over_actions(
    action_ids: Sequence[UUID], *, owner: Owner | None = None, due_on: date | None = None, actor: Actor, now: datetime
) -> int:
    """The actions have this owner, and are due on this day, where one is given. Returns how many differ from before.

    What lacks nothing of its plan then is planned. Raises WrongState where one is done already, NotFound, Forbidden,
    BadInput.
    """
    must_exist(owner.person_id if owner else None)
    rows = _locked(models.CorrectiveAction.objects.select_related("finding"), action_ids, actor=actor)

    changed = []
    for row in rows:
        before = (row.owner_id, row.due_on)
        row.owner_id = owner.person_id if owner else row.owner_id
        row.due_on = due_on or row.due_on
        row.state = rules.hand_over(standing_of(row), _draft(row))
        if (row.owner_id, row.due_on) != before:
            changed.append(row)
    for row in changed:
        save(row, note=row.plan, actor=actor, now=now)
    return len(changed)


def _locked(rows: QuerySet[Row], keys: Sequence[UUID], *, actor: Actor) -> list[Row]:
    """All of these, locked in one order, and the actor manages each. Raises NotFound or Forbidden."""
    wanted = set(keys)
    found: list[Row] = []
    for some in batches(wanted):
        found += rows.select_for_update(of=("self",)).filter(pk__in=some).order_by("pk")
    if len(found) != len(wanted) or not all(actor.may(READ, UnitId(row.unit_id)) for row in found):
        raise NotFound("one of these is not there any more, or not visible to you; nothing was changed")
    for unit_id in {UnitId(row.unit_id) for row in found}:
        actor.must(MANAGE, unit_id)
    return sorted(found, key=lambda row: row.number)


def _write_measures(rows: Sequence[models.Measure], *, actor: Actor, now: datetime) -> None:
    for row in rows:
        touch(row, actor=actor, now=now)
    models.Measure.objects.bulk_update(rows, ("owner", "phase", "version", "changed_by", "changed_at"), batch_size=500)
    assets: dict[UUID, list[UUID]] = defaultdict(list)
    answers: dict[UUID, int] = defaultdict(int)
    for some in batches([row.pk for row in rows]):
        named = models.MeasureAsset.objects.filter(measure_id__in=some)
        for each in named.values("measure_id", "asset_id"):
            assets[each["measure_id"]].append(each["asset_id"])
        for key in models.MeasureAnswer.objects.filter(measure_id__in=some, until=None).values_list(
            "measure_id", flat=True
        ):
            answers[key] += 1
    records = [measure_record(row, assets=assets[row.pk], requirements=answers[row.pk]) for row in rows]
    _append(records, actor=actor, now=now)


def _append(records: Sequence[Record], *, actor: Actor, now: datetime) -> None:
    if records:
        ledger.append_all(records, actor=actor, at=now)


def _reached(measure_ids: Sequence[UUID]) -> set[UUID]:
    return {
        key
        for some in batches(measure_ids)
        for key in models.Reach.objects.filter(measure_id__in=some).values_list("requirement_id", flat=True)
    }


def _draft(row: models.CorrectiveAction) -> CorrectiveActionDraft:
    return CorrectiveActionDraft(
        title=row.title,
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        due_on=row.due_on,
        root_cause=row.root_cause,
        plan=row.plan,
    )
