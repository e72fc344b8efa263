"""Exceptions as lists and records show them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.text import Truncator

from burgrave.assets import queries as assets
from burgrave.engines.norms import plain
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.queries.reach import any_of
from burgrave.policies.queries.versions import clause, clauses, holding_on, in_force
from burgrave.policies.rules import numbering
from burgrave.policies.rules.exceptions import is_in_force
from burgrave.policies.terms import EXCEPT, READ
from burgrave.policies.terms.exceptions import (
    REMIND_BEFORE_DAYS,
    DecisionRow,
    ExceptionCase,
    ExceptionFilter,
    ExceptionId,
    ExceptionRow,
    ExceptionState,
    ExceptionView,
    RiskLevel,
)
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, PersonId, UnitId

ORDERS: Mapping[str, str] = {"end": "ends_on id", "number": "serial", "state": "state ends_on id"}


def number_of(row: models.ClauseException) -> str:
    return numbering.serial_text("EXC", row.serial)


def reaches(row: models.ClauseException, *, actor: Actor) -> bool:
    """Whether the actor sees it: they read policies in its unit, or asked for it."""
    return actor.may(READ, UnitId(row.unit_id)) or (actor.person_id is not None and actor.person_id == row.requester_id)


def case_of(row: models.ClauseException) -> ExceptionCase:
    return ExceptionCase(
        state=ExceptionState(row.state),
        risk=RiskLevel(row.risk),
        requester_id=PersonId(row.requester_id),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        approver_ids=frozenset(PersonId(UUID(each)) for each in row.approved_by),
        extends_to=row.extends_to,
        extender_id=PersonId(row.extender) if row.extender else None,
    )


def exceptions(
    wanted: ExceptionFilter,
    *,
    order: tuple[str, ...] = ("ends_on", "id"),
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    actor: Actor,
    today: date,
) -> Page[ExceptionRow]:
    """The exceptions that the actor may see. Three statements at most."""
    found = _narrowed(wanted, actor=actor, today=today).order_by(*order)
    return page_of(found, number=number, size=size, at=at).of(_row)


def exception_ids(wanted: ExceptionFilter, *, most: int, actor: Actor, today: date) -> tuple[UUID, ...]:
    """The keys of at most so many rows of the narrowed list. One statement."""
    found = _narrowed(wanted, actor=actor, today=today).order_by("pk")
    return tuple(found.values_list("pk", flat=True)[:most])


def exported_exceptions(
    wanted: ExceptionFilter, *, order: tuple[str, ...], actor: Actor, today: date
) -> Generator[ExceptionRow, None, None]:
    """Every row of the narrowed list."""
    for row in _narrowed(wanted, actor=actor, today=today).order_by(*order).iterator(500):
        yield _row(row)


def exception(exception_id: UUID, *, actor: Actor, today: date) -> ExceptionView:
    """One exception with its decisions, assets and clause. Raises NotFound. Seven statements."""
    found = models.ClauseException.objects.select_related("document", "unit", "requester")
    row = found.annotate(asset_count=Count("assets")).filter(pk=exception_id).first()
    if row is None or not reaches(row, actor=actor):
        raise NotFound("no exception with this identifier is visible to you")
    named = assets.names_of(row.assets.values_list("asset_id", flat=True), actor=actor)
    said = clause(row.document_id, row.clause, on=today)
    case = case_of(row)
    return ExceptionView(
        row=_row(row),
        justification=row.justification,
        compensation=row.compensation,
        clause_text=said.text if said else "",
        assets=tuple(named.items()),
        hidden_assets=row.asset_count - len(named),
        decisions=tuple(
            DecisionRow(at=each.at, by=each.by, verdict=each.verdict, reason=each.reason, until=each.until)
            for each in row.decisions.order_by("at", "id")
        ),
        approvals=len(case.approver_ids),
        finding_id=row.finding,
        extension_reason=row.extension_reason,
        requested_at=row.requested_at,
        extender_id=case.extender_id,
        is_in_force=is_in_force(case, on=today),
    )


def excepted(document_id: UUID, *, on: date) -> Mapping[str, int]:
    """How many exceptions from each clause of the document are in force on that day. One statement."""
    found = models.ClauseException.objects.filter(
        document_id=document_id, state=ExceptionState.GRANTED, starts_on__lte=on, ends_on__gte=on
    )
    return dict(found.order_by().values_list("clause").annotate(Count("pk")))


def _narrowed(wanted: ExceptionFilter, *, actor: Actor, today: date) -> QuerySet[models.ClauseException]:
    mine = Q(requester_id=actor.person_id) if actor.person_id else Q(pk__in=[])
    found = models.ClauseException.objects.filter(any_of(people.within(actor, READ, "unit"), mine))
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    if wanted.risks:
        found = found.filter(risk__in=wanted.risks)
    if wanted.units:
        found = found.filter(unit_id__in=wanted.units)
    if wanted.document_id:
        found = found.filter(document_id=wanted.document_id)
    if wanted.ending:
        soon = today + timedelta(days=max(REMIND_BEFORE_DAYS))
        found = found.filter(state=ExceptionState.GRANTED, ends_on__lte=soon)
    if text := wanted.text.replace("\x00", ""):
        named = Q(clause__icontains=text) | Q(document__number__icontains=text)
        if (serial := numbering.serial_of(text, prefix="EXC")) is not None:
            named |= Q(serial=serial)
        found = found.filter(named)
    return found.select_related("document", "unit", "requester").annotate(asset_count=Count("assets"))


def _row(row: models.ClauseException) -> ExceptionRow:
    return ExceptionRow(
        exception_id=ExceptionId(row.pk),
        number=number_of(row),
        document_id=row.document_id,
        document=row.document.number,
        title=row.document.title,
        clause=row.clause,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        risk=RiskLevel(row.risk),
        state=ExceptionState(row.state),
        requester_id=PersonId(row.requester_id),
        requester_name=row.requester.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        extends_to=row.extends_to,
        assets=getattr(row, "asset_count", 0),
        version=row.version,
    )


def exceptable(*, actor: Actor, on: date) -> tuple[tuple[UUID, str], ...]:
    """The documents in force from whose clauses an exception can be asked for, by number. One statement."""
    samples = actor.units(EXCEPT) & actor.samples
    kinds = {True, False} if samples and samples != actor.units(EXCEPT) else {bool(samples)}
    held = models.Version.objects.filter(holding_on(on), document__is_sample__in=kinds)
    found = held.order_by("document__number", "document_id").values_list(
        "document_id", "document__number", "document__title"
    )
    return tuple((key, f"{number} {title}") for key, number, title in found)


def clause_choices(document_id: UUID, *, on: date) -> tuple[tuple[str, str], ...]:
    """The clauses of what is in force, each once: identifier and its first words. Three statements."""
    version = in_force(document_id, on=on)
    if version is None:
        return ()
    found = clauses(version.version_id, language=next(iter(version.languages), None))
    return tuple(
        {each.identifier: f"{each.identifier} {Truncator(plain(each.text)).chars(100)}" for each in found}.items()
    )
