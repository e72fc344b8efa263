"""What charts show of alerts and incidents: rows in, figures out; nothing is read here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from burgrave.engines.charts import (
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Direction,
    Happening,
    Layout,
    ScaleKind,
    TimelineFigure,
    Tone,
)
from burgrave.incidents import words
from burgrave.incidents.rules.durations import Clock
from burgrave.incidents.terms import AlertRow, CaseDetail, CaseRow, DayRow, Level, TimelineSource
from burgrave.web.charts import zone_name

TONES = {
    Level.CRITICAL: Tone.ACT,
    Level.HIGH: Tone.WARN,
    Level.MEDIUM: Tone.ONE,
    Level.LOW: Tone.GOING,
    Level.INFORMATIONAL: Tone.QUIET,
}
MOST_ALERTS = 30
MOST_CASES = 10
DAY_SECONDS = 86_400
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def alerts_by_day(days: Sequence[DayRow]) -> BarFigure:
    """How many alerts of each level were raised on each day; each bar leads to the alerts of its level."""
    dates = sorted({row.day for row in days})
    counts = {(row.day, row.level): row.alerts for row in days}
    listed = reverse("incidents:alerts")
    levels = [level for level in reversed(Level) if any(counts.get((day, level)) for day in dates)]
    return BarFigure(
        title=_("Alerts a day by level"),
        description=_("One bar for each day, the gravest level at the foot."),
        width=440,
        height=240,
        category=Axis(title=_("Day"), unit=zone_name()),
        value=Axis(title=_("Alerts"), unit=_("a day")),
        categories=tuple(map(_day, dates)) if levels else (),
        layout=Layout.STACKED,
        series=tuple(
            BarSeries(
                name=str(words.LEVELS[level]),
                tone=TONES[level],
                bars=tuple(
                    Bar(
                        value=counts.get((day, level), 0),
                        href=f"{listed}?level={level}" if counts.get((day, level)) else "",
                    )
                    for day in dates
                ),
            )
            for level in levels
        ),
    )


def open_cases(cases: Sequence[CaseRow], *, now: datetime) -> BarFigure:
    """How long the incidents that are worked on have been open, the oldest first."""
    shown = sorted(cases, key=lambda case: case.opened_at)[:MOST_CASES]
    return BarFigure(
        title=_("How long incidents have been open"),
        width=440,
        height=240,
        category=Axis(title=_("Incident")),
        value=Axis(title=_("Open for"), unit=_("days")),
        categories=tuple(f"{case.number} {case.title}" for case in shown),
        direction=Direction.LYING,
        series=(
            BarSeries(
                name=_("Open for"),
                bars=tuple(
                    Bar(
                        value=round(max(now - case.opened_at, timedelta()).total_seconds() / DAY_SECONDS, 1),
                        href=reverse("incidents:case", args=[case.number]),
                    )
                    for case in shown
                ),
            ),
        ),
    )


def case_timeline(detail: CaseDetail, *, now: datetime) -> TimelineFigure:
    """Alerts, entries, and the clocks of an incident on one axis of time."""
    case = detail.case
    known = sorted((each for each in detail.alerts if each.first_at), key=lambda each: each.first_at or now)
    opened = Happening(
        at=case.opened_at,
        until=max(case.closed_at, case.opened_at) if case.closed_at else None,
        goes_on=case.closed_at is None and now >= case.opened_at,
        label=f"{case.number}",
        lane=_("Incident"),
        tone=Tone.QUIET if case.closed_at else Tone.GOING,
    )
    return TimelineFigure(
        title=_("The incident in time"),
        description=_("Alerts by when their events happened, entries of the timeline, and the clocks of the incident."),
        width=860,
        axis=Axis(title=_("Time"), unit=zone_name(), scale=ScaleKind.TIME),
        happenings=(
            *(_of_alert(alert) for alert in known[:MOST_ALERTS]),
            *(
                Happening(at=entry.at, label=entry.text, lane=_("Timeline"), tone=Tone.ONE)
                for entry in detail.timeline
                if entry.withdrawn_at is None and entry.source is TimelineSource.HAND
            ),
            *_clocks(detail),
            opened,
        ),
        now=now,
    )


def _of_alert(alert: AlertRow) -> Happening:
    begin = alert.first_at or alert.raised_at
    end = alert.last_at if alert.last_at and alert.last_at > begin else None
    return Happening(
        at=begin,
        until=end,
        label=alert.title,
        lane=pgettext("lane of a chart", "Alerts"),
        tone=TONES[alert.level],
        note=str(words.LEVELS[alert.level]),
        href=reverse("incidents:alert", args=[alert.alert_id]),
    )


def _clocks(detail: CaseDetail) -> tuple[Happening, ...]:
    return tuple(
        Happening(
            at=each.from_at,
            until=each.until_at,
            label=str(words.CLOCKS[Clock(each.clock)]),
            lane=_("Clocks"),
            tone=Tone.TWO,
        )
        for each in detail.durations
        if each.elapsed is not None and each.from_at and each.until_at
    )


def _day(day: date) -> str:
    if (get_language() or "").startswith("zh"):
        return f"{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]}"
