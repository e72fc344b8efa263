"""The charts that the component gallery shows: every kind once, with plausible content."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from burgrave.engines.charts import (
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Cell,
    Direction,
    Edge,
    Figure,
    Form,
    GraphFigure,
    Happening,
    Layout,
    LineFigure,
    MatrixFigure,
    Node,
    Point,
    ScaleKind,
    Series,
    Sparkline,
    Threshold,
    TimelineFigure,
    Tone,
)

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
LEVELS = (("Critical", Tone.ACT), ("High", Tone.WARN), ("Medium", Tone.ONE), ("Low", Tone.GOING))


def charts() -> tuple[Figure, ...]:
    """One of each kind, and one without data."""
    return (_band(), _loss(), _stack(), _lying(), _matrix(), _timeline(), _empty())


def graph() -> GraphFigure:
    """A small chain of dependencies with the way of a need made strong."""
    names = ("Order handling", "Customer data", "ERP 生产系统", "Database cluster", "Virtual machines", "Data centre")
    nodes = tuple(
        Node(key=name, label=name, note="Service · high", href="#charts", is_chosen=place == len("abc"))
        for place, name in enumerate(names)
    )
    ways = ((0, 1, ""), (0, 2, "C · I"), (1, 3, ""), (2, 3, "C · I"), (3, 4, ""), (4, 5, ""), (2, 4, ""))
    edges = tuple(
        Edge(source=names[a], target=names[b], kind="depends on", label=text, is_strong=bool(text))
        for a, b, text in ways
    )
    return GraphFigure(title="What the database stands on", nodes=nodes, edges=edges)


def sparkline() -> Sparkline:
    return Sparkline(title="Alerts in the last month", values=tuple(math.sin(i / 3) + i / 10 for i in range(30)))


def _band() -> LineFigure:
    days = [NOON + timedelta(days=i) for i in range(30)]
    found = tuple(
        Point(x=day, y=20 + i % 7 * 3, low=16 + i % 7 * 3, high=26 + i % 7 * 3, href="#charts" if i == 3 else "")  # noqa: PLR2004 - any one
        for i, day in enumerate(days)
    )
    told = tuple(Point(x=day, y=None if day.day == NOON.day + 7 else 12 + i % 5 * 2) for i, day in enumerate(days))
    return LineFigure(
        title="Alerts a day, with the interval of the forecast",
        description="Alerts found by rules rise every week; those that people report stay level.",
        x=Axis(title="Day", scale=ScaleKind.TIME),
        y=Axis(title="Alerts", unit="a day", from_zero=True),
        series=(Series(name="Found by rules", points=found), Series(name="Reported by people", points=told)),
        thresholds=(Threshold(y=36, name="What one shift decides"),),
    )


def _loss() -> LineFigure:
    def curve(chance: float) -> tuple[Point, ...]:
        return tuple(Point(x=10 ** (4 + i / 8), y=chance * math.exp(-((i / 8) ** 2) / 3)) for i in range(24))

    return LineFigure(
        title="Loss in a year",
        x=Axis(title="Loss", unit="EUR", scale=ScaleKind.LOG),
        y=Axis(title="Chance of at least that much", scale=ScaleKind.LOG, form=Form.PERCENT),
        series=(Series(name="Today", points=curve(0.8)), Series(name="With measures", points=curve(0.25))),
    )


def _stack() -> BarFigure:
    return BarFigure(
        title="Alerts by level",
        category=Axis(title="Day"),
        value=Axis(title="Alerts"),
        categories=tuple(f"{day} Mar" for day in range(1, 15)),
        layout=Layout.STACKED,
        series=tuple(
            BarSeries(name=name, tone=tone, bars=tuple(Bar(value=(day * 7 + n * 5) % (4 + 6 * n)) for day in range(14)))
            for n, (name, tone) in enumerate(LEVELS)
        ),
    )


def _lying() -> BarFigure:
    return BarFigure(
        title="How long incidents are open",
        category=Axis(title="Incident"),
        value=Axis(title="Open for", unit="days"),
        categories=("INC-2026-0001 Ransomware on the file servers", "INC-2026-0002 钓鱼邮件", "INC-2026-0003"),
        direction=Direction.LYING,
        series=(
            BarSeries(name="Open", bars=(Bar(value=12, href="#charts"), Bar(value=3.5, low=2, high=6), Bar(value=1))),
        ),
    )


def _matrix() -> MatrixFigure:
    counts = ((1, 12, 5, 20), (0, 3, 8, 9), (4, 4, 0, 1))
    return MatrixFigure(
        title="Assets by type and need",
        row_title="Type",
        column_title="Highest need",
        rows=("Information", "Service", "Location"),
        columns=("not assessed", "normal", "high", "very high"),
        cells=tuple(
            tuple(Cell(text=str(n), share=n / 20, href="#charts") if n else Cell(text="") for n in row)
            for row in counts
        ),
    )


def _timeline() -> TimelineFigure:
    said = ("Mail opened", "Macro started", "Password read", "File server reached", "Host isolated", "密码已重置")
    happenings = tuple(
        Happening(
            at=NOON + timedelta(minutes=53 * i),
            label=text,
            lane="Attack" if i < len("four") else "Response",
            tone=Tone.ACT if i < len("four") else Tone.ONE,
        )
        for i, text in enumerate(said)
    )
    spans = (
        Happening(at=NOON, until=NOON + timedelta(hours=2), label="Unseen", lane="State", tone=Tone.QUIET),
        Happening(at=NOON + timedelta(hours=2), goes_on=True, label="Open", lane="State", tone=Tone.GOING),
    )
    return TimelineFigure(
        title="The incident in time",
        axis=Axis(title="Time", unit="UTC", scale=ScaleKind.TIME),
        happenings=(*happenings, *spans),
        now=NOON + timedelta(hours=8),
    )


def _empty() -> LineFigure:
    return LineFigure(
        title="Losses so far",
        height=120,
        x=Axis(title="Day", scale=ScaleKind.TIME),
        y=Axis(title="Loss", unit="EUR"),
        series=(),
    )
