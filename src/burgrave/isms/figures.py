"""What charts show of the management system: rows in, figures out; nothing is read here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time

from django.utils.translation import gettext as _

from burgrave.engines.charts import (
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Direction,
    LineFigure,
    Point,
    ScaleKind,
    Series,
    Threshold,
)
from burgrave.isms import words
from burgrave.isms.terms import Indicator
from burgrave.isms.terms.maturity import MaturityRow
from burgrave.isms.terms.rows import IndicatorRow, ReadingRow, Standing


def course(title: str, indicator: Indicator, readings: Sequence[ReadingRow]) -> LineFigure:
    """The readings that count, against the target."""
    kept = sorted((each for each in readings if each.withdrawn_at is None), key=lambda each: each.on)
    points = tuple(
        Point(
            x=datetime.combine(each.on, time(12), tzinfo=UTC),
            y=float(each.value),
            note="" if each.sample_size is None else _("sample of %(count)s") % {"count": each.sample_size},
        )
        for each in kept
    )
    target = float(indicator.target)
    return LineFigure(
        title=title,
        description=_("Each reading on its day, and the target as a line across."),
        x=Axis(title=_("Day"), scale=ScaleKind.TIME),
        y=Axis(title=title, unit=indicator.unit_of_measure, from_zero=True),
        series=(Series(name=_("Readings"), points=points),) if points else (),
        thresholds=(Threshold(y=target, name=_("Target")),),
    )


def indicator_standing(rows: Sequence[IndicatorRow]) -> BarFigure | None:
    """How many indicators meet their target, miss it, or say nothing; None where nothing is measured."""
    if not rows:
        return None
    counts = {standing: sum(each.standing is standing for each in rows) for standing in Standing}
    kept = [standing for standing in Standing if counts[standing]]
    return BarFigure(
        title=_("How the indicators stand"),
        width=560,
        height=160,
        category=Axis(title=_("Standing")),
        value=Axis(title=_("Indicators")),
        categories=tuple(str(words.STANDINGS[each].word) for each in kept),
        direction=Direction.LYING,
        series=(BarSeries(name=_("Indicators"), bars=tuple(Bar(value=counts[each]) for each in kept)),),
    )


def maturity(rows: Sequence[MaturityRow]) -> BarFigure | None:
    """The median of each process with its spread; None where nobody rated anything."""
    rated = [each for each in rows if each.median is not None]
    if not rated:
        return None
    return BarFigure(
        title=_("Maturity of processes"),
        description=_("The bar is the median of the assessors, its whisker reaches from the lowest to the highest."),
        width=640,
        height=80 + 40 * len(rated),
        category=Axis(title=_("Process")),
        value=Axis(title=_("Level"), unit="0-5"),
        categories=tuple(each.row.title for each in rated),
        direction=Direction.LYING,
        series=(
            BarSeries(
                name=_("Median"),
                bars=tuple(Bar(value=each.median, low=each.lowest, high=each.highest) for each in rated),
            ),
        ),
    )
