"""The lists of the incident desk as the kit knows them: columns, how an address narrows them, and rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.engines.sheets import Cell
from burgrave.incidents.queries.alerts import ORDERS as ALERT_ORDERS
from burgrave.incidents.queries.alerts import export as exported_alerts
from burgrave.incidents.queries.alerts import ids_of as ids_of_alerts
from burgrave.incidents.queries.alerts import names_of as names_of_alerts
from burgrave.incidents.queries.cases import ORDERS as CASE_ORDERS
from burgrave.incidents.queries.cases import export as exported_cases
from burgrave.incidents.queries.cases import ids_of as ids_of_cases
from burgrave.incidents.queries.cases import names_of as names_of_cases
from burgrave.incidents.queries.files import ORDERS as FILE_ORDERS
from burgrave.incidents.queries.files import export as exported_files
from burgrave.incidents.queries.files import ids_of as ids_of_files
from burgrave.incidents.queries.rulebook import ORDERS as RULE_ORDERS
from burgrave.incidents.queries.rulebook import export as exported_rules
from burgrave.incidents.queries.rulebook import ids_of as ids_of_rules
from burgrave.incidents.rules.cases import WORKING
from burgrave.incidents.terms import (
    AlertFilter,
    AlertRow,
    AlertState,
    CaseFilter,
    CaseRow,
    CaseState,
    EventFileRow,
    EventFileState,
    FileFilter,
    Level,
    PersonRef,
    RuleFilter,
    RuleOrigin,
    RuleRow,
    Severity,
)
from burgrave.lists.terms import ListColumn, Narrowing, first_of
from burgrave.web.paging import order_of
from burgrave.web.terms import Actor, uuid_or_none

WordT = TypeVar("WordT", bound=StrEnum)
Rows = Generator[Mapping[str, Cell], None, None]

LONGEST_SEARCH = 200
MOST_VALUES = 50
ASSIGNED = ("me", "nobody")
ALERT_NARROWED = frozenset({"state", "q", "priority", "level", "computer", "rule", "file", "assigned"})
CASE_NARROWED = frozenset({"state", "severity", "lead", "q"})
ALERT_ORDER, CASE_ORDER, FILE_ORDER, RULE_ORDER = "-priority", "-severity", "-received", "-level"

ALERT_COLUMNS = (
    ListColumn(key="priority", label=_("Priority"), exports=("priority", "level", "need")),
    ListColumn(key="title", label=_("Rule"), exports=("title", "rule_id"), is_fixed=True),
    ListColumn(key="computer", label=_("Computer"), exports=("computer",)),
    ListColumn(key="state", label=_("State"), exports=("state", "is_confirmed")),
    ListColumn(key="matches", label=_("Matches"), exports=("matches", "first_at", "last_at")),
    ListColumn(key="assigned", label=_("Assigned to"), exports=("assigned_to",)),
    ListColumn(key="case", label=_("Incident"), exports=("case",)),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="raised", label=_("Raised"), exports=("raised_at", "acknowledged_at")),
    ListColumn(
        key="decided",
        label=pgettext_lazy("time of an alert", "Decided"),
        exports=("decided_at", "dismissal", "dismissal_note"),
    ),
    ListColumn(key="id", label=_("Identifier"), exports=("alert_id",)),
)
CASE_COLUMNS = (
    ListColumn(key="number", label=_("Number"), exports=("number",), is_fixed=True),
    ListColumn(key="title", label=_("Title"), exports=("title",), is_fixed=True),
    ListColumn(key="severity", label=_("Severity"), exports=("severity",)),
    ListColumn(key="state", label=_("State"), exports=("state",)),
    ListColumn(key="lead", label=_("Lead"), exports=("lead",)),
    ListColumn(key="alerts", label=_("Alerts"), exports=("alerts", "undecided")),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="opened", label=_("Opened"), exports=("opened_at",)),
    ListColumn(
        key="closed", label=pgettext_lazy("time of an incident", "Closed"), exports=("closed_at",), is_default=False
    ),
    ListColumn(key="changed", label=_("Changed"), exports=("changed_at", "changed_by"), is_default=False),
)
FILE_COLUMNS = (
    ListColumn(key="name", label=_("File"), exports=("name",), is_fixed=True),
    ListColumn(key="state", label=_("State"), exports=("state", "refusal")),
    ListColumn(key="size", label=_("Size"), exports=("size_bytes",)),
    ListColumn(key="events", label=_("Events"), exports=("events",)),
    ListColumn(key="unreadable", label=_("Unreadable"), exports=("unreadable",)),
    ListColumn(key="matches", label=_("Matches"), exports=("matches", "alerts_raised", "alerts_extended")),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="received", label=_("Received"), exports=("received_at",)),
    ListColumn(key="by", label=_("Received by"), exports=("received_by",), is_default=False),
    ListColumn(key="sha256", label=_("SHA-256"), exports=("sha256",), is_default=False),
)
RULE_COLUMNS = (
    ListColumn(key="level", label=_("Level"), exports=("level",)),
    ListColumn(key="title", label=_("Rule"), exports=("title", "rule_id", "is_live", "is_fed"), is_fixed=True),
    ListColumn(key="logsource", label=_("Log source"), exports=("logsource",)),
    ListColumn(key="attack", label="ATT&CK", exports=("techniques", "tactics")),
    ListColumn(key="matches", label=_("Matches"), exports=("matches",)),
    ListColumn(key="author", label=_("Author"), exports=("author", "licence")),
    ListColumn(key="origin", label=_("Origin"), exports=("origin",)),
    ListColumn(key="path", label=_("Path"), exports=("path",), is_default=False),
    ListColumn(key="sha256", label=_("SHA-256"), exports=("sha256",), is_default=False),
)


def narrowed_alerts(asked: Narrowing) -> AlertFilter:
    """How an address narrows the queue; without any filter it shows what still waits for somebody."""
    assigned = first_of(asked, "assigned")
    return AlertFilter(
        states=_words(asked, "state", AlertState)
        if ALERT_NARROWED & set(asked)
        else (AlertState.NEW, AlertState.ACKNOWLEDGED),
        levels=_words(asked, "level", Level),
        priorities=_words(asked, "priority", Level),
        computers=_texts(asked, "computer"),
        rules=_texts(asked, "rule"),
        event_file_id=uuid_or_none(first_of(asked, "file")),
        assigned=assigned if assigned in ASSIGNED else "",
        text=_searched(asked),
    )


def narrowed_cases(asked: Narrowing) -> CaseFilter:
    """How an address narrows the list; without any filter it shows the incidents that are being worked on."""
    return CaseFilter(
        states=_words(asked, "state", CaseState) if CASE_NARROWED & set(asked) else WORKING,
        severities=_words(asked, "severity", Severity),
        lead="me" if first_of(asked, "lead") == "me" else "",
        text=_searched(asked),
    )


def narrowed_files(asked: Narrowing) -> FileFilter:
    return FileFilter(
        states=_words(asked, "state", EventFileState),
        text=_searched(asked),
        log_source_id=uuid_or_none(first_of(asked, "source")),
        streams="streams" in asked.get("only", ()),
    )


def narrowed_rules(asked: Narrowing) -> RuleFilter:
    return RuleFilter(
        levels=_words(asked, "level", Level),
        origins=_words(asked, "origin", RuleOrigin),
        text=_searched(asked),
        with_retired=first_of(asked, "retired") == "yes",
    )


def alert_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    return ids_of_alerts(narrowed_alerts(asked), most=most, actor=actor)


def alert_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    return names_of_alerts(ids, most=most, actor=actor)


def alert_rows(asked: Narrowing, actor: Actor, _now: datetime) -> Rows:
    """Every alert of the narrowed queue as cells, in the order that the address asks for."""
    order = order_of(asked, ALERT_ORDERS, default=ALERT_ORDER)
    with closing(exported_alerts(narrowed_alerts(asked), order=order, actor=actor)) as rows:
        yield from map(_alert_cells, rows)


def case_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    return ids_of_cases(narrowed_cases(asked), most=most, actor=actor)


def case_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    return names_of_cases(ids, most=most, actor=actor)


def case_rows(asked: Narrowing, actor: Actor, _now: datetime) -> Rows:
    order = order_of(asked, CASE_ORDERS, default=CASE_ORDER)
    with closing(exported_cases(narrowed_cases(asked), order=order, actor=actor)) as rows:
        yield from map(_case_cells, rows)


def file_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    return ids_of_files(narrowed_files(asked), most=most, actor=actor)


def file_rows(asked: Narrowing, actor: Actor, _now: datetime) -> Rows:
    order = order_of(asked, FILE_ORDERS, default=FILE_ORDER)
    with closing(exported_files(narrowed_files(asked), order=order, actor=actor)) as rows:
        yield from map(_file_cells, rows)


def rule_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    return ids_of_rules(narrowed_rules(asked), most=most, actor=actor)


def rule_rows(asked: Narrowing, actor: Actor, _now: datetime) -> Rows:
    order = order_of(asked, RULE_ORDERS, default=RULE_ORDER)
    with closing(exported_rules(narrowed_rules(asked), order=order, actor=actor)) as rows:
        yield from map(_rule_cells, rows)


def _alert_cells(row: AlertRow) -> Mapping[str, Cell]:
    return {
        "alert_id": str(row.alert_id),
        "title": row.title,
        "rule_id": row.rule_id,
        "priority": str(row.priority),
        "level": str(row.level),
        "need": row.need,
        "state": str(row.state),
        "is_confirmed": row.is_confirmed,
        "computer": row.computer,
        "matches": row.matches,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "raised_at": row.raised_at,
        "acknowledged_at": row.acknowledged_at,
        "decided_at": row.decided_at,
        "dismissal": str(row.dismissal or ""),
        "dismissal_note": row.dismissal_note,
        "assigned_to": _name(row.assigned_to),
        "case": row.case_number,
        "unit": row.unit_name,
    }


def _case_cells(row: CaseRow) -> Mapping[str, Cell]:
    return {
        "number": row.number,
        "title": row.title,
        "severity": str(row.severity),
        "state": str(row.state),
        "lead": _name(row.lead),
        "alerts": row.alerts,
        "undecided": row.undecided,
        "unit": row.unit_name,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
    }


def _file_cells(row: EventFileRow) -> Mapping[str, Cell]:
    return {
        "name": row.name,
        "state": str(row.state),
        "refusal": row.refusal,
        "size_bytes": row.size_bytes,
        "events": row.events,
        "unreadable": row.unreadable,
        "matches": row.matches,
        "alerts_raised": row.alerts_raised,
        "alerts_extended": row.alerts_extended,
        "unit": row.unit_name,
        "received_at": row.received_at,
        "received_by": _name(row.received_by),
        "sha256": row.sha256,
    }


def _rule_cells(row: RuleRow) -> Mapping[str, Cell]:
    return {
        "level": str(row.level),
        "title": row.title,
        "rule_id": row.rule_id,
        "is_live": row.is_live,
        "is_fed": row.is_fed,
        "logsource": " / ".join(row.logsource.values()),
        "techniques": ", ".join(row.techniques),
        "tactics": ", ".join(row.tactics),
        "matches": row.matches,
        "author": row.author,
        "licence": row.licence,
        "origin": str(row.origin),
        "path": row.path,
        "sha256": row.sha256,
    }


def _name(person: PersonRef | None) -> str:
    return person.name if person else ""


def _words(asked: Narrowing, name: str, words: type[WordT]) -> tuple[WordT, ...]:
    known = {word.value: word for word in words}
    return tuple(known[value] for value in dict.fromkeys(asked.get(name, ())) if value in known)


def _texts(asked: Narrowing, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:LONGEST_SEARCH] for value in asked.get(name, ())))[:MOST_VALUES]


def _searched(asked: Narrowing) -> str:
    return first_of(asked, "q").replace("\x00", "").strip()[:LONGEST_SEARCH]
