"""What a chart shows of a hunt: rows in, a figure out; nothing is read here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from burgrave.engines.charts import Axis, Bar, BarFigure, BarSeries
from burgrave.events.terms import HuntPage
from burgrave.web.charts import zone_name

DAY: Final = timedelta(days=1)
MOST: Final = 60


def course(found: HuntPage, address: str) -> BarFigure:
    """How many events begin in each step of time; each bar leads to them, by the two places of ``address``."""
    counts = dict(found.steps)
    begins = [begin for begin, _events in found.steps]
    if begins and (begins[-1] - begins[0]) / found.step < MOST:
        steps = int((begins[-1] - begins[0]) / found.step) + 1
        begins = [begins[0] + number * found.step for number in range(steps)]
    return BarFigure(
        title=_("Events in the course of time"),
        description=_("One bar for each step of time; a bar leads to its events."),
        width=1000,
        height=180,
        category=Axis(title=_("Time"), unit=zone_name()),
        value=Axis(title=_("Events")),
        categories=tuple(_named(begin, found.step) for begin in begins),
        series=(
            BarSeries(
                name=_("Events"),
                bars=tuple(
                    Bar(
                        value=counts.get(begin, 0),
                        href=address % (begin.isoformat()[:19], _last(begin, found.step)) if begin in counts else "",
                    )
                    for begin in begins
                ),
            ),
        ),
    )


def _last(begin: datetime, step: timedelta) -> str:
    return (begin + step - timedelta(microseconds=1)).isoformat()[:26]


def _named(begin: datetime, step: timedelta) -> str:
    local = localtime(begin)
    if step >= DAY:
        return f"{local:%Y-%m-%d}"
    return f"{local:%m-%d %H:%M}" if step >= timedelta(minutes=1) else f"{local:%H:%M:%S}"
