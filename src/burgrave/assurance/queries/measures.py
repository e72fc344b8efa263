"""Measures and checks in the reader's units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from burgrave.assets import queries as assets
from burgrave.assets.terms import AssetType, Need
from burgrave.assurance import models
from burgrave.assurance.queries.findings import named_assets
from burgrave.assurance.queries.frameworks import requirement_row
from burgrave.assurance.queries.narrowing import CheckFilter, MeasureFilter, checks_in, measures_in
from burgrave.assurance.rules import measures as rules
from burgrave.assurance.terms import READ
from burgrave.assurance.terms.findings import FindingSeverity, FindingState
from burgrave.assurance.terms.measures import (
    CheckId,
    CheckRow,
    CheckView,
    MeasureId,
    MeasureRow,
    MeasureView,
    RunId,
    RunRow,
    Scope,
)
from burgrave.assurance.terms.records import run_subject
from burgrave.engines.standing import CheckState, MeasureState, Phase, Result
from burgrave.lists.terms import Entry
from burgrave.people import queries as people
from burgrave.web.errors import NotFound, Said
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, PersonId, UnitId

MEASURE_KIND, CHECK_KIND = "assurance.measure", "assurance.check"
MEASURE_ORDERS = {"name": "sort_key id", "state": "state sort_key id", "number": "number"}
CHECK_ORDERS = {"due": "due_on id", "state": "state due_on id", "number": "number"}
MOST_RUNS = 50


def measures(
    narrowed: MeasureFilter,
    *,
    actor: Actor,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("sort_key", "id"),
    at: Cursor | None = None,
    total: int | None = None,
) -> Page[MeasureRow]:
    """A page of measures by name. Two statements."""
    found = _counted(measures_in(narrowed, actor=actor)).order_by(*order)
    return page_of(found, number=number, size=size, at=at, total=total).of(_measure_row)


def export_measures(
    narrowed: MeasureFilter, *, order: tuple[str, ...], actor: Actor
) -> Generator[MeasureRow, None, None]:
    """Every measure of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    found = _counted(measures_in(narrowed, actor=actor)).order_by(*order)
    yield from map(_measure_row, found.iterator(chunk_size=2_000))


def measure(measure_id: UUID, *, actor: Actor, today: date) -> MeasureView:
    """One measure whole. Seven statements. Raises NotFound also where the actor may not read."""
    row = _counted(models.Measure.objects.filter(pk=measure_id)).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such measure, or you may not see it")
    answers = row.answers.filter(until=None).select_related("requirement__framework")
    scope = scope_of(row, [each.asset_id for each in row.asset_rows.all()])
    named = people.named_units(READ, actor=actor) if scope.units else ()
    known = {each.unit_id: each.name for each in named}
    return MeasureView(
        row=_measure_row(row),
        description=row.description,
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        scope=scope,
        scope_units=tuple(known.get(each, "") for each in scope.units),
        named=named_assets(scope.assets, actor=actor),
        covered=len(covered(scope)),
        requirements=tuple(
            requirement_row(each.requirement)
            for each in answers.order_by("requirement__framework__identifier", "requirement__place")
        ),
        checks=checks_of(row.pk, today=today),
    )


def scope_of(row: models.Measure, named: Collection[UUID]) -> Scope:
    """The scope as terms have it."""
    return Scope(
        units=tuple(UnitId(UUID(each)) for each in row.scope_units),
        types=tuple(map(AssetType, row.scope_types)),
        tags=tuple(row.scope_tags),
        need=Need(
            confidentiality=row.scope_confidentiality,
            integrity=row.scope_integrity,
            availability=row.scope_availability,
        ),
        assets=tuple(sorted(named, key=str)),
    )


def covered(scope: Scope) -> frozenset[UUID]:
    """The assets in use that the scope reaches. Two statements, none for a scope without anything."""
    if not scope.has_conditions:
        return frozenset(scope.assets)
    above = people.units_above()
    return frozenset(each.asset_id for each in assets.briefs_in_use() if rules.covers(scope, each, above=above))


def checks_of(measure_id: UUID, *, today: date) -> tuple[CheckRow, ...]:
    """The checks of a measure that are not retired, by number. One statement."""
    found = _joined(models.Check.objects.filter(measure_id=measure_id, retired_at=None)).order_by("number")
    return tuple(_check_row(row, today=today) for row in found)


def checks(
    narrowed: CheckFilter,
    *,
    actor: Actor,
    today: date,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("due_on", "id"),
    at: Cursor | None = None,
    total: int | None = None,
) -> Page[CheckRow]:
    """A page of checks, the one that is due first on top. Two statements."""
    found = _joined(checks_in(narrowed, actor=actor, today=today)).order_by(*order)
    page = page_of(found, number=number, size=size, at=at, total=total)
    return page.of(lambda row: _check_row(row, today=today))


def export_checks(
    narrowed: CheckFilter, *, order: tuple[str, ...], actor: Actor, today: date
) -> Generator[CheckRow, None, None]:
    """Every check of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    found = _joined(checks_in(narrowed, actor=actor, today=today)).order_by(*order)
    for row in found.iterator(chunk_size=2_000):
        yield _check_row(row, today=today)


def check(check_id: UUID, *, actor: Actor, today: date) -> CheckView:
    """One check with its newest runs. Five statements. Raises NotFound also where the actor may not read."""
    row = _joined(models.Check.objects.filter(pk=check_id)).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such check, or you may not see it")
    runs = list(row.runs.order_by("-ran_at", "-id")[:MOST_RUNS])
    kept = _kept(runs)
    raised = models.Finding.objects.filter(unique_key=f"assurance.check:{row.pk}", state=FindingState.OPEN)
    finding = raised.values_list("pk", "number").first()
    return CheckView(
        row=_check_row(row, today=today),
        steps=tuple(row.steps),
        runs=tuple(run_row(each, evidence=kept[run_subject(each.pk)]) for each in runs),
        run_count=row.runs.count(),
        finding=finding,
    )


def run(run_id: UUID, *, actor: Actor) -> tuple[RunRow, CheckRow]:
    """One run with its check. Three statements. Raises NotFound also where the actor may not read."""
    row = models.CheckRun.objects.select_related("tested").filter(pk=run_id).first()
    if row is None or not actor.may(READ, UnitId(row.tested.unit_id)):
        raise NotFound("there is no such run, or you may not see it")
    tested = _joined(models.Check.objects.filter(pk=row.tested_id)).get()
    return run_row(row, evidence=_kept([row])[run_subject(row.pk)]), _check_row(tested, today=row.ran_at.date())


def _kept(runs: Collection[models.CheckRun]) -> Counter[str]:
    subjects = [run_subject(each.pk) for each in runs]
    return Counter(models.Evidence.objects.filter(subject__in=subjects).values_list("subject", flat=True))


def due_automatic(*, now: date) -> tuple[CheckId, ...]:
    """The automatic checks that are to be run by the day, longest due first; none that is made up. One statement."""
    found = models.Check.objects.filter(retired_at=None, due_on__lte=now, unit__is_sample=False).exclude(automatic="")
    return tuple(map(CheckId, found.order_by("due_on", "id").values_list("pk", flat=True)))


def automatic_numbers(numbers: Collection[str]) -> Mapping[str, CheckId]:
    """The automatic checks with these numbers that are not retired. One statement."""
    found = models.Check.objects.filter(retired_at=None, number__in=numbers).exclude(automatic="")
    return {number: CheckId(key) for number, key in found.order_by("number").values_list("number", "pk")}


def automatic_numbers_due(*, now: date) -> Mapping[str, CheckId]:
    """The automatic checks that are due by the day, by number; none that is made up. One statement."""
    found = models.Check.objects.filter(retired_at=None, due_on__lte=now, unit__is_sample=False).exclude(automatic="")
    return {number: CheckId(key) for number, key in found.order_by("due_on", "id").values_list("number", "pk")}


def said_note(row: models.CheckRun) -> str:
    """The note as it can be said in any language where Burgrave wrote it."""
    return row.note if row.note_words is None else Said(row.note, row.note_words or None)


def run_row(row: models.CheckRun, *, evidence: int = 0) -> RunRow:
    """A run as pages show it; ``evidence`` is how much was kept of it."""
    return RunRow(
        run_id=RunId(row.pk),
        check_id=CheckId(row.tested_id),
        ran_at=row.ran_at,
        result=Result(row.result),
        valid_until=row.valid_until,
        note=said_note(row),
        figures=tuple((Said(word), count) for word, count in row.figures),
        answers=tuple(row.answers),
        by=row.by,
        evidence=evidence,
    )


def measure_entry(row: models.Measure) -> Entry:
    """A measure as the search knows it."""
    return Entry(
        kind=MEASURE_KIND,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        identifier=row.number,
        title=row.name,
        text=row.description,
    )


def check_entry(row: models.Check) -> Entry:
    """A check as the search knows it."""
    return Entry(
        kind=CHECK_KIND,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        identifier=row.number,
        title=row.title,
        text=" ".join(row.steps),
    )


def measure_entries(after: UUID | None, limit: int) -> list[Entry]:
    """Measures after an id. One statement."""
    rows = models.Measure.objects.order_by("pk")
    return [measure_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def check_entries(after: UUID | None, limit: int) -> list[Entry]:
    """Checks after an id. One statement."""
    rows = models.Check.objects.order_by("pk")
    return [check_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def yearly_costs(*, actor: Actor) -> Mapping[str, int]:
    """What the operating measures in the reader's units cost a year, in hundredths, by currency. One statement."""
    found = models.Measure.objects.filter(people.within(actor, READ), phase=Phase.OPERATING).exclude(currency="")
    costs: dict[str, int] = {}
    for currency, cost in found.values_list("currency", "yearly_cost_minor"):
        costs[currency] = costs.get(currency, 0) + (cost or 0)
    return costs


def _counted(found: QuerySet[models.Measure]) -> QuerySet[models.Measure]:
    return found.select_related("unit", "owner").annotate(
        all_checks=Count("checks", filter=Q(checks__retired_at=None), distinct=True),
        all_answers=Count("answers", filter=Q(answers__until=None), distinct=True),
    )


def _joined(found: QuerySet[models.Check]) -> QuerySet[models.Check]:
    return found.select_related("unit", "owner", "measure")


def _measure_row(row: models.Measure) -> MeasureRow:
    return MeasureRow(
        measure_id=MeasureId(row.pk),
        number=row.number,
        name=row.name,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        owner_name=row.owner.name if row.owner else "",
        phase=Phase(row.phase),
        state=MeasureState(row.state),
        yearly_cost_minor=row.yearly_cost_minor,
        currency=row.currency,
        checks=row.all_checks,  # type: ignore[attr-defined] # counted along
        requirements=row.all_answers,  # type: ignore[attr-defined] # counted along
        version=row.version,
    )


def _check_row(row: models.Check, *, today: date) -> CheckRow:
    return CheckRow(
        check_id=CheckId(row.pk),
        number=row.number,
        title=row.title,
        measure_id=MeasureId(row.measure_id),
        measure_number=row.measure.number,
        measure_name=row.measure.name,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        automatic=row.automatic,
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        owner_name=row.owner.name if row.owner else "",
        cadence_days=row.cadence_days,
        valid_days=row.valid_days,
        severity=FindingSeverity(row.severity),
        state=CheckState(row.state),
        last_run_at=row.last_run_at,
        valid_until=row.valid_until,
        due_on=row.due_on,
        is_overdue=row.retired_at is None and row.due_on < today,
        is_retired=row.retired_at is not None,
        version=row.version,
    )
