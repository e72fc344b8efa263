"""Statements as lists and records show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet

from burgrave.isms import models
from burgrave.isms.rules.approval import state_of
from burgrave.isms.rules.contents import content_of
from burgrave.isms.terms import (
    PREFIXES,
    READ,
    Kind,
    StatementDraft,
    StatementFilter,
    StatementId,
    StatementState,
)
from burgrave.isms.terms.rows import StatementRow, StatementView, VersionRow
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, PersonId, UnitId

KIND = "isms.statement"
ORDERS: Mapping[str, str] = {
    "title": "sort_key id",
    "kind": "kind sort_key id",
    "review": "review_due_on id",
}
MOST_CHOICES = 500
STATES: Mapping[StatementState, Q] = {
    StatementState.DRAFT: Q(is_retired=False, approved_version=0),
    StatementState.CHANGED: Q(is_retired=False, approved_version__gt=0, version__gt=F("approved_version")),
    StatementState.APPROVED: Q(is_retired=False, approved_version=F("version")),
    StatementState.RETIRED: Q(is_retired=True),
}


def number_text(kind: Kind, number: int) -> str:
    return f"{PREFIXES[kind]}-{number:04d}"


def visible(actor: Actor) -> QuerySet[models.Statement]:
    return models.Statement.objects.filter(people.within(actor, READ))


def filtered(narrowed: StatementFilter, *, actor: Actor, today: date) -> QuerySet[models.Statement]:
    """The visible statements that the filter leaves; one statement more where text is searched."""
    found = visible(actor)
    if narrowed.kinds:
        found = found.filter(kind__in=narrowed.kinds)
    if narrowed.states:
        wanted = Q()
        for state in narrowed.states:
            wanted |= STATES[state]
        found = found.filter(wanted)
    if narrowed.units:
        found = found.filter(unit_id__in=narrowed.units)
    if narrowed.overdue:
        found = found.filter(review_due_on__lt=today, is_retired=False)
    if narrowed.text:
        found = found.filter(pk__in=lists.matching(narrowed.text, KIND, actor=actor).ids)
    return found


def statements(
    narrowed: StatementFilter,
    *,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("kind", "sort_key", "id"),
    at: Cursor | None = None,
    actor: Actor,
    today: date,
) -> Page[StatementRow]:
    """One page of the list; three statements at most, and one more where text is searched."""
    found = filtered(narrowed, actor=actor, today=today).select_related("unit", "owner")
    return page_of(found.order_by(*order), number=number, size=size, at=at).of(row_of)


def statement(statement_id: UUID, *, actor: Actor) -> StatementView:
    """The record with all versions. Raises NotFound. Two statements."""
    found = visible(actor).select_related("unit", "owner").filter(pk=statement_id).first()
    if found is None:
        raise NotFound("no statement with this identifier is visible to you")
    versions = tuple(_version(found, each) for each in found.versions.order_by("-version"))
    return StatementView(
        row=row_of(found),
        draft=draft_of(found),
        shown=versions[0],
        in_force=next((each for each in versions if each.version == found.approved_version), None),
        versions=versions,
        reviewed_on=found.reviewed_on,
        reviewed_by=found.reviewed_by,
        retired_reason=found.retired_reason,
        waiting_authors=frozenset(
            each.written_by_id
            for each in versions
            if each.version > found.approved_version and each.written_by_id is not None
        ),
    )


def in_force_on(statement_id: UUID, on: date, *, actor: Actor) -> VersionRow | None:
    """The version that held at the end of that day, None where none did yet. Two statements."""
    view = statement(statement_id, actor=actor)
    held = [each for each in view.versions if each.approved_at is not None and each.approved_at.date() <= on]
    return held[0] if held else None


def objectives(*, actor: Actor) -> tuple[StatementRow, ...]:
    """The objectives that hold or wait, by title: what an indicator can measure. One statement."""
    found = visible(actor).filter(kind=Kind.OBJECTIVE, is_retired=False).select_related("unit", "owner")
    return tuple(map(row_of, found.order_by("sort_key", "id")[:MOST_CHOICES]))


def draft_of(row: models.Statement) -> StatementDraft:
    """What the newest version says."""
    return StatementDraft(
        title=row.title,
        unit_id=UnitId(row.unit_id),
        content=content_of(Kind(row.kind), row.content),
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        review_every_days=row.review_every_days,
    )


def row_of(row: models.Statement) -> StatementRow:
    kind = Kind(row.kind)
    return StatementRow(
        statement_id=StatementId(row.pk),
        number=number_text(kind, row.number),
        kind=kind,
        title=row.title,
        state=state_of(version=row.version, approved_version=row.approved_version, is_retired=row.is_retired),
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        owner_name=row.owner.name if row.owner else "",
        version=row.version,
        approved_version=row.approved_version,
        review_due_on=row.review_due_on,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _version(row: models.Statement, version: models.Version) -> VersionRow:
    return VersionRow(
        version=version.version,
        title=version.title,
        content=content_of(Kind(row.kind), version.content),
        digest=version.digest,
        written_at=version.written_at,
        written_by=version.written_by,
        written_by_id=PersonId(version.written_by_id) if version.written_by_id else None,
        approved_at=version.approved_at,
        approved_by=version.approved_by,
    )
