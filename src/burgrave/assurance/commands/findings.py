"""Findings: raised once, recovered, closed and opened again."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assets import queries as assets
from burgrave.assurance import models, queries
from burgrave.assurance.commands.numbering import locked_series, next_number, take
from burgrave.assurance.commands.opening import named_requirements, open_row
from burgrave.assurance.commands.renewing import restand
from burgrave.assurance.rules import actions as rules
from burgrave.assurance.terms import ASSERT, MANAGE, READ
from burgrave.assurance.terms.findings import ActionState, FindingDraft, FindingId, FindingState
from burgrave.assurance.terms.records import FindingClosed, FindingRaised, FindingRecovered, FindingReopened
from burgrave.assurance.terms.saying import kept
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed, storable
from burgrave.lists import commands as lists
from burgrave.web import editing
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, UnitId

Numbered = models.Finding | models.CorrectiveAction | models.Measure | models.Check
PREFIX, ACTION = "FND", "CA"


def report_finding(draft: FindingDraft, *, actor: Actor, now: datetime) -> FindingId:
    """A person found something. Raises Forbidden without the permission to assert in the unit, and as below."""
    actor.must(ASSERT, draft.unit_id)
    return raise_finding(draft, actor=actor, now=now)


@transaction.atomic
def raise_finding(draft: FindingDraft, *, actor: Actor, now: datetime) -> FindingId:
    """The finding stands, with its corrective action; an open one with the same key is returned instead.

    Permission is asked for by the command that calls this. Raises UnknownRequirement, BadInput.
    """
    series = locked_series(PREFIX, draft.unit_id, now=now)  # so that one raises at a time
    standing = models.Finding.objects.filter(unique_key=draft.unique_key, state=FindingState.OPEN).first()
    if standing is not None:
        _unrecovered(standing, actor=actor, now=now)
        return FindingId(standing.pk)
    requirements, known = named_requirements(draft.requirements), assets.briefs(draft.assets)
    if len(known) < len(set(draft.assets)):
        raise BadInput("a finding names an asset that is not in the inventory", mend="Choose one from the inventory.")

    row = models.Finding.objects.create(
        id=uuid4(),
        number=take(series),
        unique_key=draft.unique_key,
        unit_id=draft.unit_id,
        origin=draft.origin,
        severity=draft.severity,
        severity_rank=draft.severity.rank,
        subject=draft.subject,
        title=storable(draft.title.strip()),
        title_said=kept(draft.title),
        detail=storable(draft.detail.strip()),
        detail_said=kept(draft.detail),
        raised_at=now,
        raised_by=actor.name,
        changed_by=actor.name,
        changed_at=now,
    )
    models.FindingSpan.objects.create(finding=row, since=now)
    models.FindingRequirement.objects.bulk_create(
        models.FindingRequirement(finding=row, requirement_id=each) for each in requirements
    )
    models.FindingAsset.objects.bulk_create(
        models.FindingAsset(finding=row, asset_id=each) for each in sorted(known, key=str)
    )
    restand(requirements, today=now.astimezone(UTC).date())
    lists.index([queries.finding_entry(row)])

    records: list[Record] = [_raised(row, draft)]
    if draft.action is not None:
        number = next_number(ACTION, draft.unit_id, now=now)
        records.append(open_row(row, draft.action, number=number, actor=actor, now=now))
    ledger.append_all(records, actor=actor, at=now)
    return FindingId(row.pk)


@transaction.atomic
def mark_recovered(unique_key: str, *, actor: Actor, now: datetime) -> FindingId | None:
    """The open finding with the key, if any, is known to be in order again; it stays open until a person closes it."""
    row = (
        models.Finding.objects.select_for_update(of=("self",))
        .filter(unique_key=unique_key, state=FindingState.OPEN)
        .first()
    )
    if row is None or row.recovered_at is not None:
        return None if row is None else FindingId(row.pk)

    row.recovered_at = now
    _save(row, actor=actor, now=now)

    ledger.append(FindingRecovered(finding_id=row.pk, number=row.number), actor=actor, at=now)
    return FindingId(row.pk)


@transaction.atomic
def close_finding(finding_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The finding is closed. Raises ActionsUnfinished, WrongState, ReasonMissing, StaleEdit, NotFound, Forbidden."""
    row = locked(finding_id, MANAGE, actor=actor)
    must_be_current(row, version=version)
    close_row(row, reason=reason, actor=actor, now=now)


def close_row(row: models.Finding, *, reason: str, actor: Actor, now: datetime) -> None:
    """The locked finding is closed; the caller has asked for permission. Raises as close_finding."""
    standing = [
        rules.ActionStanding(number=number, state=ActionState(state))
        for number, state in row.actions.order_by("number").values_list("number", "state")
    ]
    words = rules.close_finding(row.number, FindingState(row.state), reason=reason, actions=standing)

    row.state, row.closed_at, row.closed_by = FindingState.CLOSED, now, actor.name
    row.closing_note = storable(words)
    _save(row, actor=actor, now=now)
    row.spans.filter(until=None).update(until=now)
    _restand(row, now=now)

    ledger.append(FindingClosed(finding_id=row.pk, number=row.number, reason=Sealed(words)), actor=actor, at=now)


@transaction.atomic
def reopen_finding(finding_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The finding is open again. Raises WrongState, ReasonMissing, StaleEdit, NotFound, Forbidden."""
    row = locked(finding_id, MANAGE, actor=actor)
    must_be_current(row, version=version)
    words = rules.reopen_finding(row.number, FindingState(row.state), reason=reason)
    if models.Finding.objects.filter(unique_key=row.unique_key, state=FindingState.OPEN).exists():
        raise BadInput(
            "the same was found again meanwhile, and that finding is open", mend="Go on with the open finding."
        )

    row.state, row.closed_at, row.closed_by, row.recovered_at = FindingState.OPEN, None, "", None
    _save(row, actor=actor, now=now)
    models.FindingSpan.objects.create(finding=row, since=now)
    _restand(row, now=now)

    ledger.append(FindingReopened(finding_id=row.pk, number=row.number, reason=Sealed(words)), actor=actor, at=now)


def locked(finding_id: UUID, permission: str, *, actor: Actor) -> models.Finding:
    """The finding, locked, and the actor may. Raises NotFound to whoever may not even see it, else Forbidden."""
    row = models.Finding.objects.select_for_update(of=("self",)).filter(pk=finding_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such finding, or you may not see it")
    actor.must(permission, UnitId(row.unit_id))
    return row


def must_be_current(row: Numbered, *, version: int) -> None:
    """Return when nobody changed it since. Raises StaleEdit."""
    editing.must_be_current(row, version=version, name=row.number)


def _save(row: models.Finding, *, actor: Actor, now: datetime) -> None:
    editing.touch(row, actor=actor, now=now)
    row.save()


def _restand(row: models.Finding, *, now: datetime) -> None:
    restand(list(row.requirement_rows.values_list("requirement_id", flat=True)), today=now.astimezone(UTC).date())


def _unrecovered(row: models.Finding, *, actor: Actor, now: datetime) -> None:
    """What had recovered was found again: the finding that is still open says so."""
    if row.recovered_at is not None:
        row.recovered_at = None
        _save(row, actor=actor, now=now)


def _raised(row: models.Finding, draft: FindingDraft) -> FindingRaised:
    return FindingRaised(
        finding_id=row.pk,
        number=row.number,
        origin=draft.origin,
        severity=draft.severity,
        about=draft.subject,
        unit_id=draft.unit_id,
        requirements=draft.requirements,
        title=Sealed(row.title),
    )
