"""Figures of every kind for the tests, and strategies that make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from burgrave.engines.charts import (
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Cell,
    Direction,
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
    Tone,
)

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
LOG, TIME = ScaleKind.LOG, ScaleKind.TIME
NAMES = st.text(min_size=1, max_size=40).filter(str.strip) | st.sampled_from(
    [
        "信息安全事件响应小组",
        "<script>alert(1)</script>",
        "a ]]> b",
        "Database cluster with a long name",
        "\x00\x1b\u202e",
    ]
)
VALUES = st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-12)
SIZES = st.floats(1e-6, 1e12)
HREFS = st.sampled_from(["", "/assets/1/", "?q=<b>&a=1", "#x"])
TONES = st.sampled_from(Tone)


@st.composite
def points(draw, x: st.SearchStrategy, y: st.SearchStrategy) -> Point:
    value = draw(y | st.none())
    low = high = None
    if value is not None and draw(st.booleans()):
        low, high = value * 0.5, value * 1.5
        low, high = min(low, high), max(low, high)
    return Point(x=draw(x), y=value, low=low, high=high, note=draw(st.just("") | NAMES), href=draw(HREFS))


@st.composite
def line_figures(draw) -> LineFigure:
    is_log, is_time = draw(st.booleans()), draw(st.booleans())
    xs = st.integers(0, 9000).map(lambda n: NOON + timedelta(hours=n)) if is_time else SIZES
    ys = SIZES if is_log else VALUES
    of = points(xs, ys)
    series = tuple(
        Series(
            name=draw(NAMES),
            tone=draw(TONES),
            is_dashed=draw(st.booleans()),
            points=tuple(draw(st.lists(of, max_size=8))),
        )
        for _line in range(draw(st.integers(0, 8)))
    )
    x = Axis(title=draw(NAMES), scale=TIME if is_time else LOG if is_log else ScaleKind.LINEAR)
    y = Axis(title=draw(NAMES), unit=draw(st.just("") | NAMES), scale=LOG if is_log else ScaleKind.LINEAR)
    levels = tuple(Threshold(y=draw(ys), name=draw(NAMES)) for _level in range(draw(st.integers(0, 2))))
    return LineFigure(
        title=draw(NAMES), description=draw(st.just("") | NAMES), x=x, y=y, series=series, thresholds=levels
    )


@st.composite
def bar_figures(draw) -> BarFigure:
    layout, count = draw(st.sampled_from(Layout)), draw(st.integers(0, 9))
    values = st.floats(0, 1e9) if layout is Layout.STACKED else VALUES
    values = values.filter(lambda x: x == 0 or x > 1e-9 or x < -1e-9)

    def bar() -> Bar:
        value = draw(values | st.none())
        around = value is not None and draw(st.booleans())
        ends = sorted((value * 0.8, value * 1.2)) if value is not None and around else (None, None)
        return Bar(value=value, low=ends[0], high=ends[1], href=draw(HREFS))

    series = tuple(
        BarSeries(name=draw(NAMES), tone=draw(TONES), bars=tuple(bar() for _each in range(count)))
        for _series in range(draw(st.integers(1, 4)))
    )
    return BarFigure(
        title=draw(NAMES),
        category=Axis(title=draw(NAMES)),
        value=Axis(title=draw(NAMES), unit=draw(st.sampled_from(["", "EUR"]))),
        categories=tuple(draw(NAMES) for _each in range(count)),
        series=series,
        layout=layout,
        direction=draw(st.sampled_from(Direction)),
    )


@st.composite
def matrix_figures(draw) -> MatrixFigure:
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 25))
    cell = st.builds(
        Cell,
        text=NAMES | st.just(""),
        share=st.floats(0, 1).filter(lambda x: x == 0 or x > 1e-9) | st.none(),
        note=NAMES | st.just(""),
        href=HREFS,
    )
    return MatrixFigure(
        title=draw(NAMES),
        row_title=draw(NAMES),
        column_title=draw(NAMES),
        rows=tuple(draw(NAMES) for _row in range(rows)),
        columns=tuple(draw(NAMES) for _column in range(columns)),
        cells=tuple(tuple(draw(cell) for _column in range(columns)) for _row in range(rows)),
    )


@st.composite
def timeline_figures(draw) -> TimelineFigure:
    def happening() -> Happening:
        at = NOON + timedelta(minutes=draw(st.integers(0, 5000)))
        kind = draw(st.sampled_from(["event", "span", "open"]))
        return Happening(
            at=at,
            until=at + timedelta(minutes=draw(st.integers(0, 3000))) if kind == "span" else None,
            goes_on=kind == "open",
            label=draw(NAMES),
            lane=draw(st.sampled_from(["", "攻击", "Response", "A lane whose name is rather long indeed"])),
            note=draw(NAMES | st.just("")),
            href=draw(HREFS),
        )

    count = draw(st.integers(0, 9) | st.just(64))
    return TimelineFigure(
        title=draw(NAMES),
        axis=Axis(title="Time", unit="UTC", scale=TIME),
        happenings=tuple(happening() for _each in range(count)),
        now=NOON + timedelta(days=2),
    )


@st.composite
def graph_figures(draw) -> GraphFigure:
    count = draw(st.integers(0, 10))
    nodes = tuple(
        Node(
            key=str(i),
            label=draw(NAMES),
            note=draw(NAMES | st.just("")),
            tone=draw(TONES.filter(lambda tone: tone is not Tone.AUTO)),
            is_chosen=i == 0,
            is_strong=i == 1,
            href=draw(HREFS),
        )
        for i in range(count)
    )
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)) if count else st.nothing()
    edges = tuple(
        Edge(
            source=str(a),
            target=str(b),
            kind=draw(NAMES | st.just("")),
            label=draw(st.sampled_from(["", "C", "C · I · A"])),
            note=draw(NAMES | st.just("")),
            is_strong=draw(st.booleans()),
        )
        for a, b in (draw(st.lists(ends, max_size=16)) if count else [])
    )
    return GraphFigure(title=draw(NAMES), nodes=nodes, edges=edges)


SPARKLINES = st.builds(
    Sparkline, title=NAMES, values=st.lists(VALUES, max_size=9).map(tuple), unit=st.sampled_from(["", "s"])
)
FIGURES: st.SearchStrategy[Figure] = (
    line_figures() | bar_figures() | matrix_figures() | timeline_figures() | graph_figures() | SPARKLINES
)
