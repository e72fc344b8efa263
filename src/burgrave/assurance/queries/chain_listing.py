"""Requirements, measures, checks, findings and corrective actions as lists that the kit knows: columns, keys, cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.assurance.queries import findings as amiss
from burgrave.assurance.queries import measures as chain
from burgrave.assurance.queries import narrowing, reasons
from burgrave.assurance.terms.findings import ActionRow, FindingRow
from burgrave.assurance.terms.measures import CheckRow, MeasureRow
from burgrave.assurance.terms.standings import StandingRow
from burgrave.engines.sheets import Cell
from burgrave.lists.terms import ListColumn, Narrowing
from burgrave.web.paging import order_of
from burgrave.web.terms import Actor

Rows = Generator[Mapping[str, Cell], None, None]
MEASURE_ORDER, CHECK_ORDER, FINDING_ORDER, ACTION_ORDER = "name", "due", "-raised", "-opened"

STANDING_COLUMNS = (
    ListColumn(key="identifier", label=_("Identifier"), exports=("key",), is_fixed=True),
    ListColumn(key="title", label=_("Requirement"), exports=("title",), is_fixed=True),
    ListColumn(key="framework", label=_("Framework"), exports=("framework",)),
    ListColumn(key="standing", label=_("Stands"), exports=("standing",)),
    ListColumn(key="asserted", label=pgettext_lazy("by a person", "Asserted"), exports=("asserted", "divergence")),
    ListColumn(key="modality", label=_("Kind"), exports=("modality",), is_default=False),
)
MEASURE_COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",), is_fixed=True),
    ListColumn(key="name", label=_("Name"), exports=("name",), is_fixed=True),
    ListColumn(key="state", label=_("State"), exports=("state",)),
    ListColumn(key="owner", label=_("Owner"), exports=("owner",)),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="requirements", label=_("Requirements"), exports=("requirements",)),
    ListColumn(key="checks", label=_("Checks"), exports=("checks",)),
    ListColumn(key="cost", label=_("Cost a year"), exports=("yearly_cost", "currency")),
    ListColumn(key="phase", label=_("Phase"), exports=("phase",), is_default=False),
)
CHECK_COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",), is_fixed=True),
    ListColumn(key="title", label=_("Title"), exports=("title",), is_fixed=True),
    ListColumn(key="measure", label=_("Measure"), exports=("measure", "measure_name")),
    ListColumn(key="state", label=_("Says"), exports=("state",)),
    ListColumn(key="last", label=_("Last run"), exports=("last_run_at", "valid_until")),
    ListColumn(key="due", label=_("Due"), exports=("due_on", "is_overdue")),
    ListColumn(key="by", label=_("Done by"), exports=("automatic", "owner")),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="cadence", label=_("Every so many days"), exports=("cadence_days", "valid_days"), is_default=False),
    ListColumn(key="severity", label=_("Grade"), exports=("severity",), is_default=False),
)
FINDING_COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",), is_fixed=True),
    ListColumn(key="title", label=_("Title"), exports=("title",), is_fixed=True),
    ListColumn(key="severity", label=_("Grade"), exports=("severity",)),
    ListColumn(key="state", label=_("State"), exports=("state", "recovered_at", "closed_at")),
    ListColumn(key="origin", label=_("Found by"), exports=("origin", "raised_by")),
    ListColumn(key="actions", label=_("Open actions"), exports=("open_actions", "actions")),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="raised", label=_("Raised"), exports=("raised_at",)),
)
ACTION_COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",), is_fixed=True),
    ListColumn(key="title", label=_("Title"), exports=("title",), is_fixed=True),
    ListColumn(key="state", label=_("State"), exports=("state",)),
    ListColumn(key="finding", label=_("Finding"), exports=("finding", "finding_title")),
    ListColumn(key="owner", label=_("Owner"), exports=("owner",)),
    ListColumn(key="due", label=_("Due"), exports=("due_on", "is_overdue")),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="reopenings", label=_("Begun anew"), exports=("reopenings",), is_default=False),
)


def standing_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    """The keys of the narrowed list, so many at most."""
    today = _day(now)
    return reasons.standing_ids(narrowing.narrowed_standings(asked, today=today), most=most, actor=actor, today=today)


def standing_rows(asked: Narrowing, actor: Actor, now: datetime) -> Rows:
    """Every requirement of the narrowed list as cells, in its order."""
    today = _day(now)
    wanted = narrowing.narrowed_standings(asked, today=today)
    with closing(reasons.export_standings(wanted, actor=actor, today=today)) as rows:
        yield from map(_standing_cells, rows)


def measure_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    found = narrowing.measures_in(narrowing.narrowed_measures(asked), actor=actor)
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def measure_rows(asked: Narrowing, actor: Actor, _now: datetime) -> Rows:
    order = order_of(asked, chain.MEASURE_ORDERS, default=MEASURE_ORDER)
    with closing(chain.export_measures(narrowing.narrowed_measures(asked), order=order, actor=actor)) as rows:
        yield from map(_measure_cells, rows)


def check_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    found = narrowing.checks_in(narrowing.narrowed_checks(asked, actor=actor), actor=actor, today=_day(now))
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def check_rows(asked: Narrowing, actor: Actor, now: datetime) -> Rows:
    order = order_of(asked, chain.CHECK_ORDERS, default=CHECK_ORDER)
    wanted = narrowing.narrowed_checks(asked, actor=actor)
    with closing(chain.export_checks(wanted, order=order, actor=actor, today=_day(now))) as rows:
        yield from map(_check_cells, rows)


def finding_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    found = narrowing.findings_in(narrowing.narrowed_findings(asked), actor=actor)
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def finding_rows(asked: Narrowing, actor: Actor, _now: datetime) -> Rows:
    order = order_of(asked, amiss.FINDING_ORDERS, default=FINDING_ORDER)
    with closing(amiss.export_findings(narrowing.narrowed_findings(asked), order=order, actor=actor)) as rows:
        yield from map(_finding_cells, rows)


def action_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    found = narrowing.actions_in(narrowing.narrowed_actions(asked, actor=actor), actor=actor, today=_day(now))
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def action_rows(asked: Narrowing, actor: Actor, now: datetime) -> Rows:
    order = order_of(asked, amiss.ACTION_ORDERS, default=ACTION_ORDER)
    wanted = narrowing.narrowed_actions(asked, actor=actor)
    with closing(amiss.export_actions(wanted, order=order, actor=actor, today=_day(now))) as rows:
        yield from map(_action_cells, rows)


def _day(now: datetime) -> date:
    """The day of UTC, by which evidence is counted."""
    return now.astimezone(UTC).date()


def _standing_cells(row: StandingRow) -> Mapping[str, Cell]:
    return {
        "key": row.requirement.key,
        "title": row.requirement.title,
        "framework": row.requirement.framework,
        "standing": row.derived.name.lower(),
        "asserted": row.asserted.name.lower() if row.asserted is not None else "",
        "divergence": row.divergence.name.lower(),
        "modality": str(row.requirement.modality),
    }


def _measure_cells(row: MeasureRow) -> Mapping[str, Cell]:
    return {
        "number": row.number,
        "name": row.name,
        "state": row.state.name.lower(),
        "owner": row.owner_name,
        "unit": row.unit_name,
        "requirements": row.requirements,
        "checks": row.checks,
        "yearly_cost": row.yearly_cost,
        "currency": row.currency,
        "phase": row.phase.name.lower(),
    }


def _check_cells(row: CheckRow) -> Mapping[str, Cell]:
    return {
        "number": row.number,
        "title": row.title,
        "measure": row.measure_number,
        "measure_name": row.measure_name,
        "state": row.state.name.lower(),
        "last_run_at": row.last_run_at,
        "valid_until": row.valid_until,
        "due_on": row.due_on,
        "is_overdue": row.is_overdue,
        "automatic": row.automatic,
        "owner": row.owner_name,
        "unit": row.unit_name,
        "cadence_days": row.cadence_days,
        "valid_days": row.valid_days,
        "severity": str(row.severity),
    }


def _finding_cells(row: FindingRow) -> Mapping[str, Cell]:
    return {
        "number": row.number,
        "title": row.title,
        "severity": str(row.severity),
        "state": str(row.state),
        "recovered_at": row.recovered_at,
        "closed_at": row.closed_at,
        "origin": str(row.origin),
        "raised_by": row.raised_by,
        "open_actions": row.open_actions,
        "actions": row.actions,
        "unit": row.unit_name,
        "raised_at": row.raised_at,
    }


def _action_cells(row: ActionRow) -> Mapping[str, Cell]:
    return {
        "number": row.number,
        "title": row.title,
        "state": str(row.state),
        "finding": row.finding_number,
        "finding_title": row.finding_title,
        "owner": row.owner_name,
        "due_on": row.due_on,
        "is_overdue": row.is_overdue,
        "unit": row.unit_name,
        "reopenings": row.reopenings,
    }
