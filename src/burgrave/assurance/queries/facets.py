"""How many rows each choice of a list leaves: one statement for each list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from burgrave.assurance.queries.narrowing import (
    AUTOMATIC,
    MANUAL,
    UNFINISHED,
    ActionFilter,
    CheckFilter,
    FindingFilter,
    MeasureFilter,
    StandingFilter,
    actions_in,
    checks_in,
    findings_in,
    measures_in,
)
from burgrave.assurance.queries.reasons import standings_in
from burgrave.assurance.terms.findings import ActionState, FindingOrigin, FindingSeverity, FindingState
from burgrave.engines.standing import CheckState, MeasureState, Standing
from burgrave.web.paging import bounded_groups
from burgrave.web.terms import MOST_COUNTED, Actor

FACET_ROWS = 20_000
"""A facet that leaves more rows than so many carries no counts."""
Counts: TypeAlias = "tuple[int | None, Mapping[tuple[str, str], int]]"
Asked: TypeAlias = "Mapping[str, tuple[QuerySet[Any, Any], Combinable, Sequence[str]]]"


def measure_counts(narrowed: MeasureFilter, *, units: Sequence[UUID], actor: Actor) -> Counts:
    """How many measures there are, and with each choice in place of what is chosen of its facet. One statement."""
    if narrowed.text:
        return None, {}
    asked: Asked = {
        "state": (measures_in(replace(narrowed, states=()), actor=actor), F("state"), _numbers(MeasureState)),
        "unit": (measures_in(replace(narrowed, units=()), actor=actor), F("unit_id"), list(map(str, units))),
        "only": (measures_in(narrowed, actor=actor), _marked(unowned=Q(owner=None)), ["unowned"]),
    }
    return _counted(asked, measures_in(narrowed, actor=actor))


def check_counts(narrowed: CheckFilter, *, units: Sequence[UUID], actor: Actor, today: date) -> Counts:
    """The same of checks."""
    if narrowed.text:
        return None, {}

    def left(**chosen: Any) -> QuerySet[Any, Any]:
        return checks_in(replace(narrowed, **chosen), actor=actor, today=today)

    kind = Case(When(automatic="", then=Value(MANUAL)), default=Value(AUTOMATIC))
    only = _marked(due=Q(due_on__lte=today), mine=Q(owner_id=actor.person_id or UUID(int=0)))
    asked: Asked = {
        "state": (left(states=()), F("state"), _numbers(CheckState)),
        "unit": (left(units=()), F("unit_id"), list(map(str, units))),
        "kind": (left(kind=""), kind, [AUTOMATIC, MANUAL]),
        "only": (left(), only, ["due", "mine"]),
    }
    return _counted(asked, left())


def finding_counts(narrowed: FindingFilter, *, units: Sequence[UUID], actor: Actor) -> Counts:
    """The same of findings."""
    if narrowed.text:
        return None, {}

    def left(**chosen: Any) -> QuerySet[Any, Any]:
        return findings_in(replace(narrowed, **chosen), actor=actor)

    asked: Asked = {
        "state": (left(states=()), F("state"), list(FindingState)),
        "severity": (left(severities=()), F("severity"), list(FindingSeverity)),
        "origin": (left(origins=()), F("origin"), list(FindingOrigin)),
        "unit": (left(units=()), F("unit_id"), list(map(str, units))),
    }
    return _counted(asked, left())


def action_counts(narrowed: ActionFilter, *, units: Sequence[UUID], actor: Actor, today: date) -> Counts:
    """The same of corrective actions."""
    if narrowed.text:
        return None, {}

    def left(**chosen: Any) -> QuerySet[Any, Any]:
        return actions_in(replace(narrowed, **chosen), actor=actor, today=today)

    only = _marked(
        overdue=Q(due_on__lt=today, state__in=UNFINISHED),
        mine=Q(owner_id=actor.person_id or UUID(int=0)),
        unowned=Q(owner=None),
    )
    asked: Asked = {
        "state": (left(states=()), F("state"), list(ActionState)),
        "unit": (left(units=()), F("unit_id"), list(map(str, units))),
        "only": (left(), only, ["overdue", "mine", "unowned"]),
    }
    return _counted(asked, left())


def standing_facets(narrowed: StandingFilter, *, frameworks: Sequence[UUID], today: date) -> Counts:
    """The same of requirements as they stand today; of a past day nothing is counted."""
    if narrowed.text or narrowed.on is not None:
        return None, {}

    def left(**chosen: Any) -> QuerySet[Any, Any]:
        return standings_in(replace(narrowed, **chosen), None, on=today)

    asked: Asked = {
        "standing": (left(standings=()), F("derived__standing"), _numbers(Standing)),
        "framework": (left(framework_id=None), F("framework_id"), list(map(str, frameworks))),
    }
    return _counted(asked, left())


def _counted(asked: Asked, whole: QuerySet[Any, Any]) -> Counts:
    cut = {name: found.order_by().values(value=column)[: FACET_ROWS + 1] for name, (found, column, _) in asked.items()}
    cut["all"] = whole.order_by().values(value=Value(""))[: MOST_COUNTED + 1]
    groups = bounded_groups(cut)
    counts: dict[tuple[str, str], int] = {}
    for name, (_found, _column, options) in asked.items():
        values = {value: count for (facet, value), count in groups.items() if facet == name}
        if sum(values.values()) > FACET_ROWS:
            continue
        if name == "only":
            told = {
                option: sum(count for value, count in values.items() if int(value) >> place & 1)
                for place, option in enumerate(options)
            }
        else:
            told = {option: values.get(option, values.get(option.replace("-", ""), 0)) for option in options}
        counts |= {(name, option): count for option, count in told.items()}
    return groups.get(("all", ""), 0), counts


def _marked(**holds: Q) -> Combinable:
    """A number with a bit for each of these that holds of a row, in their order."""
    marks = [
        Case(When(each, then=Value(1 << place)), default=Value(0), output_field=IntegerField())
        for place, each in enumerate(holds.values())
    ]
    return sum(marks[1:], start=marks[0])


def _numbers(kind: type[CheckState | MeasureState | Standing]) -> list[str]:
    return [str(int(each)) for each in kind]
