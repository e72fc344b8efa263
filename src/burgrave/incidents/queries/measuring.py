"""Figures of a unit and all below it, for indicators: counted by the program itself, for nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from burgrave.incidents import models
from burgrave.incidents.rules.cases import WORKING
from burgrave.incidents.terms import READ
from burgrave.people import queries as people
from burgrave.web.terms import Actor

MONTH = timedelta(days=30)
MOST_TRIAGED = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFigures:
    """``triaged`` alerts were acknowledged within the last 30 days; the mean is of these, None without any."""

    open_cases: int
    triaged: int
    mean_seconds_to_triage: float | None


def desk_figures(unit_id: UUID, *, now: datetime) -> DeskFigures:
    """How the desk of the unit stands; what is made up counts only for units that are. Three statements."""
    within = {"unit__places__upper_id": unit_id, "unit__is_sample": _is_sample(unit_id)}
    alerts: QuerySet[models.Alert] = models.Alert.objects.filter(
        **within, acknowledged_at__gt=now - MONTH, acknowledged_at__lte=now
    )
    moments = alerts.order_by("-acknowledged_at").values_list("raised_at", "acknowledged_at")[:MOST_TRIAGED]
    taken = [(seen - raised).total_seconds() for raised, seen in moments if seen is not None]
    return DeskFigures(
        open_cases=models.Case.objects.filter(**within, state__in=WORKING).count(),
        triaged=len(taken),
        mean_seconds_to_triage=sum(taken) / len(taken) if taken else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFigures:
    """What happened from one moment to another; ``triaged`` alerts were acknowledged in that time."""

    opened: int
    closed: int
    alerts: int
    triaged: int
    mean_seconds_to_triage: float | None


def period_figures(begin: datetime, end: datetime, *, actor: Actor) -> PeriodFigures | None:
    """What the actor may see of it; None without the permission to read incidents. Four statements."""
    if not actor.may_anywhere(READ):
        return None
    cases = models.Case.objects.filter(people.within(actor, READ))
    alerts = models.Alert.objects.filter(people.within(actor, READ))
    seen = alerts.filter(acknowledged_at__gte=begin, acknowledged_at__lt=end).order_by("-acknowledged_at")
    moments = seen.values_list("raised_at", "acknowledged_at")[:MOST_TRIAGED]
    taken = [(then - raised).total_seconds() for raised, then in moments if then is not None]
    return PeriodFigures(
        opened=cases.filter(opened_at__gte=begin, opened_at__lt=end).count(),
        closed=cases.filter(closed_at__gte=begin, closed_at__lt=end).count(),
        alerts=alerts.filter(raised_at__gte=begin, raised_at__lt=end).count(),
        triaged=len(taken),
        mean_seconds_to_triage=sum(taken) / len(taken) if taken else None,
    )


def _is_sample(unit_id: UUID) -> bool:
    return unit_id in people.sample_units()
