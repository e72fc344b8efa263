"""Statements of Applicability: generated from the standing of a framework's requirements, and kept versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from burgrave.assurance import queries as assurance
from burgrave.assurance.terms.frameworks import FrameworkRow, RequirementRow
from burgrave.assurance.terms.standings import StandingView
from burgrave.isms import models
from burgrave.isms.rules import applicability as rules
from burgrave.isms.terms import READ
from burgrave.isms.terms.applicability import (
    ApplicabilityId,
    ApplicabilityState,
    Applies,
    SoaLive,
    SoaMeasure,
    SoaRow,
    SoaVersion,
    SoaView,
)
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, PersonId, UnitId


def soa_frameworks(*, actor: Actor) -> tuple[tuple[FrameworkRow, SoaVersion | None], ...]:
    """The frameworks of units that the actor sees, each with its newest statement. Three statements."""
    found = [each for each in assurance.all_frameworks() if actor.may(READ, each.unit_id)]
    newest: dict[UUID, SoaVersion] = {}
    rows = models.StatementOfApplicability.objects.filter(framework_id__in=[each.framework_id for each in found])
    for row in rows.select_related("unit").defer("rows").order_by("version"):
        newest[row.framework_id] = _version(row)
    return tuple((each, newest.get(each.framework_id)) for each in found)


def soa_framework(framework_id: UUID, *, actor: Actor) -> FrameworkRow:
    """The framework. Raises NotFound outside the units of the actor."""
    found = next((each for each in assurance.all_frameworks() if each.framework_id == framework_id), None)
    if found is None or not actor.may(READ, found.unit_id):
        raise NotFound("no framework with this identifier is visible to you")
    return found


def soa_live(framework_id: UUID, *, actor: Actor, today: date) -> SoaLive:
    """How the statement would read today, its versions, and the difference to the last. Raises NotFound."""
    framework = soa_framework(framework_id, actor=actor)
    found = models.StatementOfApplicability.objects.filter(framework_id=framework_id).select_related("unit")
    kept = tuple(found.order_by("-version"))
    rows = soa_rows(framework_id, actor=actor, today=today)
    return SoaLive(
        framework_id=framework_id,
        framework=framework.identifier,
        title=framework.title,
        unit_id=framework.unit_id,
        unit_name=framework.unit_name,
        rows=rows,
        versions=tuple(map(_version, kept)),
        changes=rules.changes(rules.rows_of(kept[0].rows), rows) if kept else (),
    )


def soa_rows(framework_id: UUID, *, actor: Actor, today: date) -> tuple[SoaRow, ...]:
    """Every requirement that may apply or not, with what was decided, and how it stands today.

    The caller has seen the framework.
    """
    decided = {row.requirement_id: row for row in models.Applicability.objects.filter(framework_id=framework_id)}
    found = assurance.standings_of(framework_id, on=today, actor=actor)
    free = rules.open_to_choice(requirement.identifier for requirement, _view in found)
    return tuple(
        _row(requirement, view, decided.get(requirement.requirement_id))
        for requirement, view in found
        if requirement.identifier in free
    )


def soa(soa_id: UUID, *, actor: Actor) -> SoaView:
    """One version with its rows, and what changed since the one before. Raises NotFound. Three statements."""
    row = models.StatementOfApplicability.objects.select_related("unit").filter(pk=soa_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no Statement of Applicability with this identifier is visible to you")
    before = models.StatementOfApplicability.objects.filter(
        framework_id=row.framework_id, version__lt=row.version
    ).order_by("-version")
    last = before.first()
    rows, framework = rules.rows_of(row.rows), assurance.framework_named(row.framework)
    version = _version(row)
    return SoaView(
        version=replace(version, framework_title=framework.title) if framework else version,
        rows=rows,
        changes=rules.changes(rules.rows_of(last.rows), rows) if last else (),
        writers=frozenset(PersonId(UUID(each)) for each in row.writers),
    )


def _row(requirement: RequirementRow, view: StandingView, decided: models.Applicability | None) -> SoaRow:
    runs = [check for measure in view.measures for check in measure.checks if check.ran_at is not None]
    days = [check.ran_at.date() for check in runs if check.ran_at is not None]
    until = [check.valid_until for check in runs if check.valid_until is not None]
    return SoaRow(
        requirement_id=requirement.requirement_id,
        identifier=requirement.identifier,
        title=requirement.first_title,
        titles=requirement.titles,
        applies=Applies(decided.applies) if decided else Applies.UNDECIDED,
        reason=decided.reason if decided else "",
        decided_by=decided.decided_by if decided else "",
        standing=view.derived.name.lower(),
        asserted=view.asserted.standing.name.lower() if view.asserted else "",
        measures=tuple(
            SoaMeasure(number=each.number, name=each.name, state=each.state.name.lower()) for each in view.measures
        ),
        proven_on=max(days, default=None),
        valid_until=min(until, default=None),
    )


def _version(row: models.StatementOfApplicability) -> SoaVersion:
    return SoaVersion(
        soa_id=ApplicabilityId(row.pk),
        framework_id=row.framework_id,
        framework=row.framework,
        framework_title=row.framework_title,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        version=row.version,
        state=ApplicabilityState(row.state),
        digest=row.digest,
        made_at=row.made_at,
        made_by=row.made_by,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        rows=row.row_count,
        statement=row.statement,
        signature=row.signature,
        key_id=row.key_id,
    )
