"""What a chart shows of a hunt: rows in, a figure out; nothing is read here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from burgrave.engines.charts import Axis, Bar, BarFigure, BarSeries
from burgrave.engines.hunting.courses import Step, written
from burgrave.events.terms import HuntPage
from burgrave.web.charts import zone_name


def course(found: HuntPage, step: Step, address: str) -> BarFigure:
    """How many events there are in each step of time; each bar leads to them, by the two places of ``address``."""
    return BarFigure(
        title=_("Events in the course of time"),
        description=_("One bar for each step of time; a bar leads to its events."),
        width=1000,
        height=180,
        category=Axis(title=_("Time"), unit=zone_name()),
        value=Axis(title=_("Events")),
        categories=tuple(written(localtime(begin), step) for begin, _end, _events in found.steps),
        series=(
            BarSeries(
                name=_("Events"),
                bars=tuple(
                    Bar(value=events, href=address % (_written(begin), _last(end)) if events else "")
                    for begin, end, events in found.steps
                ),
            ),
        ),
    )


def _written(at: datetime) -> str:
    return at.isoformat()[:19]


def _last(end: datetime) -> str:
    """The last moment before the end: both ends of a span belong to it."""
    return (end - timedelta(microseconds=1)).isoformat()[:26]
