"""What charts show of detection: rows in, figures out; nothing is read here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta

from django.utils.translation import gettext as _

from burgrave.detection.terms.exceptions import ExceptionEffect
from burgrave.detection.terms.trials import TriedRow
from burgrave.engines.charts import Axis, Bar, BarFigure, BarSeries
from burgrave.engines.hunting import courses

DAY = timedelta(days=1)
MOST_DAYS = 92
"""A trial of more days has bars of weeks, months or years."""


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
    """The matches of each day of the trial, in UTC, or week, month and so on of a long one.

    A bar leads to the events of its time by ``address``.
    """
    counts = dict(row.found.days)
    first, last = row.trial.since.astimezone(UTC), row.trial.until.astimezone(UTC)
    days = [first.date() + number * DAY for number in range((last.date() - first.date()).days + 1)]
    if len(days) <= MOST_DAYS:
        return _matches([(day.isoformat(), day, day, counts.get(day, 0)) for day in days], address)
    step, spans = courses.cut(first, last)
    bars = []
    for begin, end in spans:
        until = (end - DAY).date()
        count = sum(found for day, found in counts.items() if begin.date() <= day <= until)
        bars.append((courses.written(begin, step), begin.date(), until, count))
    return _matches(bars, address)


def _matches(bars: Sequence[tuple[str, date, date, int]], address: str) -> BarFigure:
    """Bars by name, first day, last day and matches."""
    by_day = all(first == last for _name, first, last, _count in bars)
    return BarFigure(
        title=_("Matches by day") if by_day else _("Matches in the course of time"),
        description=_("One bar for each day of the trial; a bar leads to the events of its day.")
        if by_day
        else _("One bar for each step of time; a bar leads to its events."),
        width=1000,
        height=180,
        category=Axis(title=_("Day") if by_day else _("Begin"), unit="UTC"),
        value=Axis(title=_("Matches")),
        categories=tuple(name for name, *_ in bars),
        series=(
            BarSeries(
                name=_("Matches"),
                bars=tuple(
                    Bar(value=count, href=address % (first.isoformat(), last.isoformat()) if address and count else "")
                    for _name, first, last, count in bars
                ),
            ),
        ),
    )
