"""A figure refuses what no chart can show honestly, with a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from burgrave.engines.charts import (
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Cell,
    ChartError,
    Edge,
    Figure,
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
    Words,
    render,
    table_of,
)

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
LINEAR, LOG, TIME = Axis(title="n"), Axis(title="l", scale=ScaleKind.LOG), Axis(title="t", scale=ScaleKind.TIME)
NAN, HUGE = float("nan"), 2e300


def lines(points: tuple[Point, ...], x: Axis = LINEAR, y: Axis = LINEAR, **more) -> LineFigure:
    return LineFigure(title="t", x=x, y=y, series=(Series(name="s", points=points),), **more)


def bars(*series: BarSeries, **more) -> BarFigure:
    return BarFigure(
        title="t", category=LINEAR, value=more.pop("value", LINEAR), categories=("a",), series=series, **more
    )


REFUSED = {
    "no title": (lambda: Figure(title=" "), "needs a title"),
    "too small": (lambda: Figure(title="t", width=3), "40 to 4000 wide"),
    "not a number": (lambda: Point(x=1, y=NAN), "needs a number, got nan"),
    "endless": (lambda: Point(x=float("inf"), y=1), "needs a number, got inf"),
    "huge": (lambda: Bar(value=HUGE), "got 2e\\+300"),
    "tiny": (lambda: Bar(value=1e-301), "got 1e-301"),
    "half an interval": (lambda: Point(x=1, y=2, low=1), "two ends"),
    "value outside its interval": (lambda: Point(x=1, y=2, low=3, high=4), "holds its value"),
    "interval of a gap reversed": (lambda: Bar(value=None, low=4, high=3), "holds its value"),
    "time without zone": (lambda: Point(x=NOON.replace(tzinfo=None), y=1), "needs its zone"),
    "link elsewhere": (lambda: Point(x=1, y=1, href="https://elsewhere.example/"), "within this program"),
    "link without scheme": (lambda: Node(key="a", label="a", href="//elsewhere.example/"), "within this program"),
    "script link": (lambda: Cell(text="x", href="javascript:alert(1)"), "within this program"),
    "share": (lambda: Cell(text="x", share=1.5), "between 0 and 1"),
    "time upright": (lambda: lines((), y=TIME), "upright axis"),
    "number on time": (lambda: lines((Point(x=1, y=1),), x=TIME), "is time, got 1"),
    "time on numbers": (lambda: lines((Point(x=NOON, y=1),)), "is linear, got"),
    "zero on log": (lambda: lines((Point(x=1, y=0),), y=LOG), "needs values above 0"),
    "threshold on log": (lambda: lines((), y=LOG, thresholds=(Threshold(y=-1, name="n"),)), "needs values above 0"),
    "too many lines": (
        lambda: LineFigure(title="t", x=LINEAR, y=LINEAR, series=(Series(name="s", points=()),) * 9),
        "9 lines cannot be read; 8 at most",
    ),
    "log bars": (lambda: bars(value=LOG), "begin at zero"),
    "missing bar": (lambda: bars(BarSeries(name="s", bars=())), "has 0 bars for 1 categories"),
    "negative stack": (
        lambda: bars(BarSeries(name="s", bars=(Bar(value=-1),)), layout=Layout.STACKED),
        "none may be negative",
    ),
    "matrix": (
        lambda: MatrixFigure(title="t", row_title="r", column_title="c", rows=("a",), columns=("b",), cells=((),)),
        "needs as many cells",
    ),
    "ends before it begins": (
        lambda: Happening(at=NOON, until=NOON - timedelta(1), label="x"),
        "ends before it begins",
    ),
    "ends and goes on": (lambda: Happening(at=NOON, until=NOON, goes_on=True, label="x"), "only one can be true"),
    "goes on until when": (
        lambda: TimelineFigure(title="t", axis=TIME, happenings=(Happening(at=NOON, goes_on=True, label="x"),)),
        "says no now",
    ),
    "node twice": (lambda: GraphFigure(title="t", nodes=(Node(key="a", label="a"),) * 2, edges=()), "same key"),
    "edge to nothing": (
        lambda: GraphFigure(title="t", nodes=(Node(key="a", label="a"),), edges=(Edge(source="a", target="b"),)),
        "'a' to 'b' ends at a node that is not given",
    ),
    "sparkline": (lambda: Sparkline(title="t", values=(NAN,)), "needs a number"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_figure_that_would_lie_is_refused(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(ChartError, match=message):
        make()


def test_a_figure_of_no_known_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="no drawing is known for Figure"):
        render(Figure(title="t"), words=Words())
    with pytest.raises(TypeError, match="no table is known for Figure"):
        table_of(Figure(title="t"), words=Words())
