"""Runs of procedures, and how faithfully they were gone through."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, date
from uuid import UUID

from django.db.models import Q, QuerySet

from burgrave.engines.norms import Kind
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.queries.reach import any_of
from burgrave.policies.queries.versions import holding_on
from burgrave.policies.rules import numbering
from burgrave.policies.rules import runs as rules
from burgrave.policies.rules.runs import Ended
from burgrave.policies.terms import READ, RUN
from burgrave.policies.terms.runs import (
    Adherence,
    CadenceRow,
    RunFilter,
    RunId,
    RunRow,
    RunState,
    RunView,
    StepRow,
    StepState,
)
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, UnitId

RUN_ORDERS: Mapping[str, str] = {"due": "due_on id", "number": "serial", "state": "state due_on id"}
MOST_CADENCES = 500


def number_of_run(run: models.Run) -> str:
    return numbering.serial_text("RUN", run.serial)


def sees_run(run: models.Run, *, actor: Actor) -> bool:
    unit_id = UnitId(run.unit_id)
    return actor.may(READ, unit_id) or actor.may(RUN, unit_id)


def runs(
    wanted: RunFilter,
    *,
    order: tuple[str, ...] = ("-due_on", "-id"),
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    actor: Actor,
    today: date,
) -> Page[RunRow]:
    """The runs that the actor may see. Three statements at most."""
    found = _narrowed(wanted, actor=actor, today=today).order_by(*order)
    return page_of(found, number=number, size=size, at=at).of(_row)


def run_ids(wanted: RunFilter, *, most: int, actor: Actor, today: date) -> tuple[UUID, ...]:
    """The keys of at most so many rows of the narrowed list. One statement."""
    found = _narrowed(wanted, actor=actor, today=today).order_by("pk")
    return tuple(found.values_list("pk", flat=True)[:most])


def exported_runs(
    wanted: RunFilter, *, order: tuple[str, ...], actor: Actor, today: date
) -> Generator[RunRow, None, None]:
    """Every row of the narrowed list."""
    for row in _narrowed(wanted, actor=actor, today=today).order_by(*order).iterator(500):
        yield _row(row)


def run(run_id: UUID, *, actor: Actor) -> RunView:
    """One run with its steps. Raises NotFound. Two statements."""
    row = models.Run.objects.select_related("document", "pinned", "unit").filter(pk=run_id).first()
    if row is None or not sees_run(row, actor=actor):
        raise NotFound("no run with this identifier is visible to you")
    return RunView(
        row=_row(row),
        digest=row.pinned.digest,
        end_reason=row.end_reason,
        steps=tuple(
            StepRow(
                position=each.position,
                identifier=each.identifier,
                text=each.text,
                role=each.role,
                asks_evidence=each.asks_evidence,
                state=StepState(each.state),
                note=each.note,
                by=each.by,
                at=each.at,
                evidence=tuple((UUID(key), name) for key, name in each.evidence),
            )
            for each in row.items.order_by("position")
        ),
    )


def adherence(
    *, first: date, last: date, today: date, actor: Actor | None = None, is_sample: bool | None = None
) -> Adherence:
    """How faithfully procedures were run that were due in the period; for the system itself without an actor.

    Two statements.
    """
    found = models.Run.objects.filter(due_on__gte=first, due_on__lte=last)
    if actor is not None:
        found = found.filter(_visible(actor))
    if is_sample is not None:
        found = found.filter(document__is_sample=is_sample)
    ended = [
        Ended(
            state=RunState(row.state),
            due_on=row.due_on,
            ended_on=row.ended_at.astimezone(UTC).date() if row.ended_at else None,
            steps=tuple(StepState(each.state) for each in row.items.all()),
        )
        for row in found.prefetch_related("items")
    ]
    return rules.adherence(ended, first=first, last=last, today=today)


def cadences(*, actor: Actor) -> tuple[CadenceRow, ...]:
    """What is run again and again in the units that the actor sees, by its next day. One statement."""
    found = models.RunCadence.objects.filter(_visible(actor)).select_related("document", "unit")
    return tuple(
        CadenceRow(
            cadence_id=row.pk,
            document_id=row.document_id,
            document=row.document.number,
            title=row.document.title,
            unit_id=UnitId(row.unit_id),
            unit_name=row.unit.name,
            every_days=row.every_days,
            due_days=row.due_days,
            next_on=row.next_on,
            is_paused=row.is_paused,
            version=row.version,
        )
        for row in found.order_by("is_paused", "next_on", "id")[:MOST_CADENCES]
    )


def runnable(*, on: date) -> tuple[tuple[UUID, str], ...]:
    """The procedures in force that have steps, by number. One statement."""
    held = models.Version.objects.filter(holding_on(on), document__kind=Kind.PROCEDURE, clauses__is_step=True)
    found = held.order_by("document__number", "document_id").distinct()
    rows = found.values_list("document_id", "document__number", "document__title")
    return tuple((key, f"{number} {title}") for key, number, title in rows)


def _visible(actor: Actor) -> Q:
    return any_of(people.within(actor, READ, "unit"), people.within(actor, RUN, "unit"))


def _narrowed(wanted: RunFilter, *, actor: Actor, today: date) -> QuerySet[models.Run]:
    found = models.Run.objects.filter(_visible(actor))
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    if wanted.units:
        found = found.filter(unit_id__in=wanted.units)
    if wanted.document_id:
        found = found.filter(document_id=wanted.document_id)
    if wanted.late:
        found = found.filter(state=RunState.OPEN, due_on__lt=today)
    if text := wanted.text.replace("\x00", ""):
        named = Q(document__title__icontains=text) | Q(document__number__icontains=text)
        if (serial := numbering.serial_of(text, prefix="RUN")) is not None:
            named |= Q(serial=serial)
        found = found.filter(named | Q(what_for__icontains=text))
    return found.select_related("document", "pinned", "unit")


def _row(row: models.Run) -> RunRow:
    return RunRow(
        run_id=RunId(row.pk),
        number=number_of_run(row),
        document_id=row.document_id,
        document=row.document.number,
        title=row.document.title,
        what_for=row.what_for,
        version_number=row.pinned.label,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        state=RunState(row.state),
        started_at=row.started_at,
        started_by=row.started_by,
        due_on=row.due_on,
        ended_at=row.ended_at,
        steps=row.steps_count,
        settled=row.settled,
        skipped=row.skipped,
        deviated=row.deviated,
        version=row.version,
    )
