"""How addresses narrow the lists of the domain, and what each leaves in the reader's units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from burgrave.assurance import models
from burgrave.assurance.terms import READ
from burgrave.assurance.terms.findings import ActionState, FindingOrigin, FindingSeverity, FindingState
from burgrave.engines.standing import CheckState, MeasureState, Standing
from burgrave.lists.terms import Narrowing
from burgrave.people import queries as people
from burgrave.web.terms import Actor

CodeT = TypeVar("CodeT")
LONGEST_SEARCH = 200
UNFINISHED = (ActionState.OPEN, ActionState.PLANNED)
WORKING = tuple(each for each in ActionState if each is not ActionState.CLOSED)
AUTOMATIC, MANUAL = "automatic", "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFilter:
    """How the list of measures is narrowed; empty means everything."""

    text: str = ""
    states: tuple[MeasureState, ...] = ()
    units: tuple[UUID, ...] = ()
    unowned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFilter:
    """How the list of checks is narrowed; ``due`` leaves those to be run by today. Retired ones are left out."""

    text: str = ""
    states: tuple[CheckState, ...] = ()
    units: tuple[UUID, ...] = ()
    mine: UUID | None = None
    due: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """How the list of findings is narrowed; empty means everything."""

    text: str = ""
    states: tuple[FindingState, ...] = ()
    origins: tuple[FindingOrigin, ...] = ()
    severities: tuple[FindingSeverity, ...] = ()
    units: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFilter:
    """How the list of corrective actions is narrowed; ``mine`` is the person who owns them."""

    text: str = ""
    states: tuple[ActionState, ...] = ()
    units: tuple[UUID, ...] = ()
    mine: UUID | None = None
    overdue: bool = False
    unowned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFilter:
    """How the list of requirements is narrowed; ``on`` is a past day, ``asserted`` leaves what somebody asserts."""

    text: str = ""
    standings: tuple[Standing, ...] = ()
    framework_id: UUID | None = None
    asserted: bool = False
    on: date | None = None


def narrowed_measures(asked: Narrowing) -> MeasureFilter:
    return MeasureFilter(
        text=_searched(asked),
        states=_codes(asked, "state", _number(MeasureState)),
        units=_codes(asked, "unit", UUID),
        unowned="unowned" in asked.get("only", ()),
    )


def narrowed_checks(asked: Narrowing, *, actor: Actor) -> CheckFilter:
    only = asked.get("only", ())
    kinds = {each for each in asked.get("kind", ()) if each in (AUTOMATIC, MANUAL)}
    return CheckFilter(
        text=_searched(asked),
        states=_codes(asked, "state", _number(CheckState)),
        units=_codes(asked, "unit", UUID),
        mine=actor.person_id if "mine" in only else None,
        due="due" in only,
        kind=kinds.pop() if len(kinds) == 1 else "",
    )


def narrowed_findings(asked: Narrowing) -> FindingFilter:
    """Without any filter it shows those that are open."""
    is_narrowed = {"state", "origin", "severity", "unit", "q"} & set(asked)
    return FindingFilter(
        text=_searched(asked),
        states=_codes(asked, "state", FindingState) if is_narrowed else (FindingState.OPEN,),
        origins=_codes(asked, "origin", FindingOrigin),
        severities=_codes(asked, "severity", FindingSeverity),
        units=_codes(asked, "unit", UUID),
    )


def narrowed_actions(asked: Narrowing, *, actor: Actor) -> ActionFilter:
    """Without any filter it shows those that are not closed."""
    only = asked.get("only", ())
    is_narrowed = {"state", "unit", "only", "q"} & set(asked)
    return ActionFilter(
        text=_searched(asked),
        states=_codes(asked, "state", ActionState) if is_narrowed else WORKING,
        units=_codes(asked, "unit", UUID),
        mine=actor.person_id if "mine" in only else None,
        overdue="overdue" in only,
        unowned="unowned" in only,
    )


def narrowed_standings(asked: Narrowing, *, today: date) -> StandingFilter:
    """A day to come, and what is no day, mean today."""
    days = _codes(asked, "on", date.fromisoformat)
    return StandingFilter(
        text=_searched(asked),
        standings=_codes(asked, "standing", _number(Standing)),
        framework_id=next(iter(_codes(asked, "framework", UUID)), None),
        asserted="asserted" in asked.get("only", ()),
        on=next((day for day in days[:1] if date.min < day < today), None),
    )


def measures_in(narrowed: MeasureFilter, *, actor: Actor) -> QuerySet[models.Measure]:
    found = models.Measure.objects.filter(people.within(actor, READ))
    if narrowed.text:
        found = found.filter(Q(name__icontains=narrowed.text) | Q(number__iexact=narrowed.text))
    if narrowed.states:
        found = found.filter(state__in=narrowed.states)
    if narrowed.units:
        found = found.filter(unit__in=narrowed.units)
    return found.filter(owner=None) if narrowed.unowned else found


def checks_in(narrowed: CheckFilter, *, actor: Actor, today: date) -> QuerySet[models.Check]:
    found = models.Check.objects.filter(people.within(actor, READ), retired_at=None)
    if narrowed.text:
        found = found.filter(Q(title__icontains=narrowed.text) | Q(number__iexact=narrowed.text))
    if narrowed.states:
        found = found.filter(state__in=narrowed.states)
    if narrowed.units:
        found = found.filter(unit__in=narrowed.units)
    if narrowed.mine:
        found = found.filter(owner_id=narrowed.mine)
    if narrowed.due:
        found = found.filter(due_on__lte=today)
    if narrowed.kind:
        found = found.exclude(automatic="") if narrowed.kind == AUTOMATIC else found.filter(automatic="")
    return found


def findings_in(narrowed: FindingFilter, *, actor: Actor) -> QuerySet[models.Finding]:
    found = models.Finding.objects.filter(people.within(actor, READ))
    if narrowed.text:
        found = found.filter(Q(title__icontains=narrowed.text) | Q(number__iexact=narrowed.text))
    for field, values in (
        ("state", narrowed.states),
        ("origin", narrowed.origins),
        ("severity", narrowed.severities),
        ("unit", narrowed.units),
    ):
        if values:
            found = found.filter(**{f"{field}__in": values})
    return found


def actions_in(narrowed: ActionFilter, *, actor: Actor, today: date) -> QuerySet[models.CorrectiveAction]:
    found = models.CorrectiveAction.objects.filter(people.within(actor, READ))
    if narrowed.text:
        found = found.filter(Q(title__icontains=narrowed.text) | Q(number__iexact=narrowed.text))
    if narrowed.states:
        found = found.filter(state__in=narrowed.states)
    if narrowed.units:
        found = found.filter(unit__in=narrowed.units)
    if narrowed.mine:
        found = found.filter(owner_id=narrowed.mine)
    if narrowed.overdue:
        found = found.filter(due_on__lt=today, state__in=UNFINISHED)
    return found.filter(owner=None) if narrowed.unowned else found


def _number(kind: Callable[[int], CodeT]) -> Callable[[str], CodeT]:
    return lambda text: kind(int(text))


def _codes(asked: Narrowing, name: str, known: Callable[[str], CodeT]) -> tuple[CodeT, ...]:
    """The values of a facet, each once; what is none is passed over."""
    found = []
    for text in dict.fromkeys(asked.get(name, ())):
        try:
            found.append(known(text[:LONGEST_SEARCH]))
        except ValueError:
            continue
    return tuple(found)


def _searched(asked: Narrowing) -> str:
    return next(iter(asked.get("q", ())), "").replace("\x00", "").strip()[:LONGEST_SEARCH]
