"""What charts show of detection: rows in, figures out; nothing is read here."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from burgrave.detection.terms.exceptions import ExceptionEffect
from burgrave.detection.terms.trials import TriedRow
from burgrave.engines.charts import Axis, Bar, BarFigure, BarSeries

DAY = timedelta(days=1)


def left_out_by_day(effect: ExceptionEffect, *, today: date) -> BarFigure:
    """What an exception left out on each of the last days."""
    counts = dict(effect.by_day)
    days = [today - number * DAY for number in reversed(range(effect.days))]
    return BarFigure(
        title=_("Left out by day"),
        description=_("One bar for each day on which events were read."),
        width=1000,
        height=180,
        category=Axis(title=_("Day"), unit="UTC"),
        value=Axis(title=_("Matches")),
        categories=tuple(day.isoformat() for day in days),
        series=(BarSeries(name=_("Left out"), bars=tuple(Bar(value=counts.get(day, 0)) for day in days)),),
    )


def matches_by_day(row: TriedRow, *, address: str = "") -> BarFigure:
    """The matches of each day of the trial, in UTC; a bar leads to the events of its day by ``address``."""
    counts = dict(row.found.days)
    first, last = row.trial.since.date(), row.trial.until.date()
    days = [first + number * DAY for number in range((last - first).days + 1)]
    return BarFigure(
        title=_("Matches by day"),
        description=_("One bar for each day of the trial; a bar leads to the events of its day."),
        width=1000,
        height=180,
        category=Axis(title=_("Day"), unit="UTC"),
        value=Axis(title=_("Matches")),
        categories=tuple(day.isoformat() for day in days),
        series=(
            BarSeries(
                name=_("Matches"),
                bars=tuple(
                    Bar(
                        value=counts.get(day, 0),
                        href=address % (day.isoformat(), day.isoformat()) if address and day in counts else "",
                    )
                    for day in days
                ),
            ),
        ),
    )
