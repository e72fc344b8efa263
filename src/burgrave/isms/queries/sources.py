"""What an indicator can be read from without anybody typing: figures of the domains below, within a unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.assets import queries as assets
from burgrave.incidents import queries as incidents
from burgrave.web.terms import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """``value`` is None where nothing can be said, such as a mean of nothing."""

    value: Decimal | None
    sample_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A figure of the program. ``url_name`` is the list that it counts."""

    title: Words
    unit_of_measure: Words
    url_name: str
    query: str
    measure: Callable[[UUID, datetime], Measured]


def _open_incidents(unit_id: UUID, now: datetime) -> Measured:
    figures = incidents.desk_figures(unit_id, now=now)
    return Measured(value=Decimal(figures.open_cases), sample_size=figures.open_cases)


def _hours_to_triage(unit_id: UUID, now: datetime) -> Measured:
    figures = incidents.desk_figures(unit_id, now=now)
    mean = figures.mean_seconds_to_triage
    return Measured(
        value=None if mean is None else (Decimal(str(mean)) / 3_600).quantize(Decimal("0.01")),
        sample_size=figures.triaged,
    )


def _overdue_reviews(unit_id: UUID, now: datetime) -> Measured:
    overdue, total = assets.overdue_share(unit_id, today=now.date())
    if not total:
        return Measured(value=None, sample_size=0)
    return Measured(value=(Decimal(overdue) * 100 / total).quantize(Decimal("0.1")), sample_size=total)


SOURCES: Mapping[str, Source] = {
    "incidents.open": Source(
        title=_("Open incidents"),
        unit_of_measure=_("incidents"),
        url_name="incidents:cases",
        query="",
        measure=_open_incidents,
    ),
    "incidents.hours_to_triage": Source(
        title=_("Mean time to triage of the last 30 days"),
        unit_of_measure=_("hours"),
        url_name="incidents:alerts",
        query="",
        measure=_hours_to_triage,
    ),
    "assets.overdue_reviews": Source(
        title=_("Share of assets whose review is overdue"),
        unit_of_measure="%",
        url_name="assets:assets",
        query="only=overdue",
        measure=_overdue_reviews,
    ),
}
