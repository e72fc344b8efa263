"""Exceptions and runs as lists: columns, how an address narrows them, rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from burgrave.engines.sheets import Cell
from burgrave.lists.terms import ListColumn, Narrowing, first_of
from burgrave.policies.queries import exceptions as excepted
from burgrave.policies.queries import runs as running
from burgrave.policies.terms.exceptions import ExceptionFilter, ExceptionState, RiskLevel
from burgrave.policies.terms.runs import RunFilter, RunState
from burgrave.web.terms import Actor, uuid_or_none

EXCEPTION_COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",), is_fixed=True),
    ListColumn(key="clause", label=_("Clause"), exports=("document", "clause")),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="risk", label=_("Risk"), exports=("risk",)),
    ListColumn(key="state", label=_("State"), exports=("state",)),
    ListColumn(key="requester", label=_("Requested by"), exports=("requester",)),
    ListColumn(key="starts", label=_("First day"), exports=("starts_on",), is_default=False),
    ListColumn(key="ends", label=_("Last day"), exports=("ends_on",)),
    ListColumn(key="assets", label=_("Assets"), exports=("assets",), is_default=False),
)
RUN_COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",), is_fixed=True),
    ListColumn(key="procedure", label=_("Procedure"), exports=("document", "title", "version")),
    ListColumn(key="what_for", label=_("What for"), exports=("what_for",)),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="state", label=_("State"), exports=("state",)),
    ListColumn(key="steps", label=_("Steps"), exports=("steps", "settled", "skipped", "deviated")),
    ListColumn(key="due", label=_("Due"), exports=("due_on",)),
    ListColumn(key="ended", label=_("Ended at"), exports=("ended_at",), is_default=False),
)


def narrowed_exceptions(asked: Narrowing) -> ExceptionFilter:
    """How an address narrows the list; what is absurd is passed over."""
    return ExceptionFilter(
        text=_text(asked),
        states=tuple(ExceptionState(each) for each in asked.get("state", ()) if each in set(ExceptionState)),
        risks=tuple(RiskLevel(each) for each in asked.get("risk", ()) if each in set(RiskLevel)),
        units=_units(asked),
        document_id=uuid_or_none(first_of(asked, "document")),
        ending="ending" in asked.get("only", ()),
    )


def narrowed_runs(asked: Narrowing) -> RunFilter:
    """How an address narrows the list; what is absurd is passed over."""
    return RunFilter(
        text=_text(asked),
        states=tuple(RunState(each) for each in asked.get("state", ()) if each in set(RunState)),
        units=_units(asked),
        document_id=uuid_or_none(first_of(asked, "document")),
        late="late" in asked.get("only", ()),
    )


def exception_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    return excepted.exception_ids(narrowed_exceptions(asked), most=most, actor=actor, today=timezone.localdate(now))


def run_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    return running.run_ids(narrowed_runs(asked), most=most, actor=actor, today=timezone.localdate(now))


def exception_rows(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Every exception of the narrowed list as cells."""
    order = _order(asked, excepted.ORDERS, default="end")
    found = excepted.exported_exceptions(
        narrowed_exceptions(asked), order=order, actor=actor, today=timezone.localdate(now)
    )
    with closing(found) as rows:
        for row in rows:
            yield {
                "number": row.number,
                "document": row.document,
                "clause": row.clause,
                "unit": row.unit_name,
                "risk": str(row.risk),
                "state": str(row.state),
                "requester": row.requester_name,
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
                "assets": row.assets,
            }


def run_rows(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Every run of the narrowed list as cells."""
    order = _order(asked, running.RUN_ORDERS, default="-due")
    found = running.exported_runs(narrowed_runs(asked), order=order, actor=actor, today=timezone.localdate(now))
    with closing(found) as rows:
        for row in rows:
            yield {
                "number": row.number,
                "document": row.document,
                "title": row.title,
                "version": row.version_number,
                "what_for": row.what_for,
                "unit": row.unit_name,
                "state": str(row.state),
                "steps": row.steps,
                "settled": row.settled,
                "skipped": row.skipped,
                "deviated": row.deviated,
                "due_on": row.due_on,
                "ended_at": row.ended_at,
            }


def _order(asked: Narrowing, orders: Mapping[str, str], *, default: str) -> tuple[str, ...]:
    sort = first_of(asked, "sort") or default
    fields = orders.get(sort.removeprefix("-"), orders[default.removeprefix("-")]).split()
    return tuple(f"-{field}" for field in fields) if sort.startswith("-") else tuple(fields)


def _text(asked: Narrowing) -> str:
    return first_of(asked, "q").replace("\x00", "").strip()[:200]


def _units(asked: Narrowing) -> tuple[UUID, ...]:
    return tuple(unit for each in asked.get("unit", ()) if (unit := uuid_or_none(each)))
