"""Findings and corrective actions in the reader's units."""

from __future__ import annotations

from collections.abc import Collection, Generator
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from burgrave.assets import queries as assets
from burgrave.assets.terms import READ as READ_ASSETS
from burgrave.assurance import models
from burgrave.assurance.queries.narrowing import ActionFilter, FindingFilter, actions_in, findings_in
from burgrave.assurance.queries.speaking import in_readers_language
from burgrave.assurance.rules import actions as rules
from burgrave.assurance.terms import READ, requirement_key
from burgrave.assurance.terms.findings import (
    ActionId,
    ActionRow,
    ActionState,
    ActionView,
    FindingId,
    FindingOrigin,
    FindingRow,
    FindingSeverity,
    FindingState,
    FindingView,
    NamedAsset,
)
from burgrave.assurance.terms.saying import heard
from burgrave.lists.terms import Entry
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, PersonId, UnitId

FINDING_KIND = "assurance.finding"
FINDING_ORDERS = {"raised": "raised_at id", "severity": "severity_rank raised_at id", "number": "number"}
ACTION_ORDERS = {"opened": "opened_at id", "number": "number"}


def findings(
    narrowed: FindingFilter,
    *,
    actor: Actor,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("-raised_at", "id"),
    at: Cursor | None = None,
    total: int | None = None,
) -> Page[FindingRow]:
    """A page of findings, newest first. Two statements."""
    found = _counted(findings_in(narrowed, actor=actor)).order_by(*order)
    return page_of(found, number=number, size=size, at=at, total=total).of(_finding_row)


def export_findings(
    narrowed: FindingFilter, *, order: tuple[str, ...], actor: Actor
) -> Generator[FindingRow, None, None]:
    """Every finding of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    found = _counted(findings_in(narrowed, actor=actor)).order_by(*order)
    yield from map(_finding_row, found.iterator(chunk_size=2_000))


def finding(finding_id: UUID, *, actor: Actor, today: date) -> FindingView:
    """One finding whole. Five statements. Raises NotFound also where the actor may not read."""
    row = _counted(models.Finding.objects.filter(pk=finding_id)).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such finding, or you may not see it")
    named = row.requirement_rows.order_by("requirement__framework__identifier", "requirement__place").values_list(
        "requirement_id",
        "requirement__framework__identifier",
        "requirement__identifier",
        "requirement__title",
        "requirement__titles",
    )
    return FindingView(
        row=_finding_row(row),
        detail=heard(row.detail, row.detail_said),
        closing_note=row.closing_note,
        closed_by=row.closed_by,
        requirements=tuple(
            (key, requirement_key(framework, own), in_readers_language(title, titles))
            for key, framework, own, title, titles in named
        ),
        assets=named_assets([each.asset_id for each in row.asset_rows.all()], actor=actor),
        actions=actions_of(row.pk, today=today),
    )


def finding_number(finding_id: UUID) -> str:
    """The number of a finding, for the command that has just raised it."""
    return models.Finding.objects.values_list("number", flat=True).get(pk=finding_id)


def with_open_findings(subjects: Collection[str]) -> frozenset[str]:
    """Those of the subjects that an open finding is about. One statement."""
    found = models.Finding.objects.filter(subject__in=subjects, state=FindingState.OPEN)
    return frozenset(found.values_list("subject", flat=True))


def named_assets(asset_ids: Collection[UUID], *, actor: Actor) -> tuple[NamedAsset, ...]:
    """The assets by number; those that the actor does not see have no name."""
    known = assets.briefs(asset_ids)
    return tuple(
        NamedAsset(asset_id=each.asset_id, name=each.name if actor.may(READ_ASSETS, each.unit_id) else "")
        for each in sorted(known.values(), key=lambda brief: brief.number)
    )


def actions_of(finding_id: UUID, *, today: date) -> tuple[ActionRow, ...]:
    """The corrective actions of a finding, oldest first. One statement."""
    found = _with_names(models.CorrectiveAction.objects.filter(finding_id=finding_id)).order_by("opened_at", "number")
    return tuple(_action_row(row, today=today) for row in found)


def actions(
    narrowed: ActionFilter,
    *,
    actor: Actor,
    today: date,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("-opened_at", "id"),
    at: Cursor | None = None,
    total: int | None = None,
) -> Page[ActionRow]:
    """A page of corrective actions, newest first. Two statements."""
    found = _with_names(actions_in(narrowed, actor=actor, today=today)).order_by(*order)
    page = page_of(found, number=number, size=size, at=at, total=total)
    return page.of(lambda row: _action_row(row, today=today))


def export_actions(
    narrowed: ActionFilter, *, order: tuple[str, ...], actor: Actor, today: date
) -> Generator[ActionRow, None, None]:
    """Every action of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    found = _with_names(actions_in(narrowed, actor=actor, today=today)).order_by(*order)
    for row in found.iterator(chunk_size=2_000):
        yield _action_row(row, today=today)


def action(action_id: UUID, *, actor: Actor, today: date) -> ActionView:
    """One corrective action whole. One statement. Raises NotFound also where the actor may not read."""
    row = _with_names(models.CorrectiveAction.objects.filter(pk=action_id)).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such corrective action, or you may not see it")
    return ActionView(
        row=_action_row(row, today=today),
        root_cause=row.root_cause,
        plan=row.plan,
        done=row.done,
        done_at=row.done_at,
        done_by=row.done_by.name if row.done_by else "",
        done_by_id=PersonId(row.done_by_id) if row.done_by_id else None,
        verdict=row.verdict,
        checked_at=row.checked_at,
        checked_by=row.checked_by,
        opened_at=row.opened_at,
    )


def finding_entry(row: models.Finding) -> Entry:
    """A finding as the search knows it."""
    return Entry(
        kind=FINDING_KIND,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        identifier=row.number,
        title=row.title,
        text=row.detail,
    )


def finding_entries(after: UUID | None, limit: int) -> list[Entry]:
    """Findings after an id. One statement."""
    rows = models.Finding.objects.order_by("pk")
    return [finding_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def _counted(found: QuerySet[models.Finding]) -> QuerySet[models.Finding]:
    unfinished = Count("actions", filter=~Q(actions__state=ActionState.CLOSED))
    return found.select_related("unit").annotate(all_actions=Count("actions"), open_actions=unfinished)


def _with_names(found: QuerySet[models.CorrectiveAction]) -> QuerySet[models.CorrectiveAction]:
    return found.select_related("unit", "owner", "finding", "done_by")


def _finding_row(row: models.Finding) -> FindingRow:
    return FindingRow(
        finding_id=FindingId(row.pk),
        number=row.number,
        origin=FindingOrigin(row.origin),
        severity=FindingSeverity(row.severity),
        state=FindingState(row.state),
        title=heard(row.title, row.title_said),
        subject=row.subject,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        raised_at=row.raised_at,
        raised_by=row.raised_by,
        recovered_at=row.recovered_at,
        closed_at=row.closed_at,
        open_actions=row.open_actions,  # type: ignore[attr-defined] # counted along
        actions=row.all_actions,  # type: ignore[attr-defined] # counted along
        version=row.version,
    )


def _action_row(row: models.CorrectiveAction, *, today: date) -> ActionRow:
    state = ActionState(row.state)
    return ActionRow(
        action_id=ActionId(row.pk),
        number=row.number,
        finding_id=FindingId(row.finding_id),
        finding_number=row.finding.number,
        finding_title=heard(row.finding.title, row.finding.title_said),
        title=heard(row.title, row.title_said),
        state=state,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        owner_name=row.owner.name if row.owner else "",
        due_on=row.due_on,
        is_overdue=rules.is_overdue(state, row.due_on, today=today),
        reopenings=row.reopenings,
        version=row.version,
    )
