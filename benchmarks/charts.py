"""How long a chart takes to draw, and how large it is.

    python benchmarks/charts.py [--seconds 1]

Each kind is drawn again and again for the given time. Printed are the median processor time, the number of drawings,
the size of the drawing plain and compressed, and how many of them one processor draws in a second. The limit beside
them is a page: a chart should cost less than a hundredth of the 150 ms that a page may take.
"""

from __future__ import annotations

import argparse
import gzip
import math
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from burgrave.engines.charts import (
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Cell,
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
    TimelineFigure,
    Words,
    render,
)

PAGE_MS = 150
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TIME = Axis(title="Day", scale=ScaleKind.TIME)
COUNT = Axis(title="Alerts", unit="a day", from_zero=True)


def lines(points: int, series: int, *, band: bool) -> LineFigure:
    def one(n: int, i: int) -> Point:
        value = 20 + 10 * math.sin(i / 9 + n) + n
        around = {"low": value - 4, "high": value + 5} if band else {}
        return Point(x=BEGIN + timedelta(days=i), y=value, **around)

    return LineFigure(
        title="Alerts",
        x=TIME,
        y=COUNT,
        series=tuple(Series(name=f"Source {n}", points=tuple(one(n, i) for i in range(points))) for n in range(series)),
    )


def loss_curve() -> LineFigure:
    x = Axis(title="Loss", unit="EUR", scale=ScaleKind.LOG)
    y = Axis(title="Chance of more", scale=ScaleKind.LOG, form=Form.PERCENT)
    curve = tuple(Point(x=10 ** (4 + i / 12), y=0.9 * math.exp(-((i / 12) ** 2) / 3)) for i in range(50))
    return LineFigure(title="Loss", x=x, y=y, series=(Series(name="Today", points=curve),))


def bars(days: int, levels: int) -> BarFigure:
    chance = random.Random(1)
    return BarFigure(
        title="Alerts",
        category=Axis(title="Day"),
        value=COUNT,
        layout=Layout.STACKED,
        categories=tuple(f"{i % 28 + 1} Mar" for i in range(days)),
        series=tuple(
            BarSeries(name=f"Level {n}", bars=tuple(Bar(value=chance.randint(0, 30)) for _day in range(days)))
            for n in range(levels)
        ),
    )


def matrix(rows: int, columns: int) -> MatrixFigure:
    cells = tuple(
        tuple(Cell(text=str(r * c), share=(r * c % 7) / 7, href="/assets/") for c in range(columns))
        for r in range(rows)
    )
    return MatrixFigure(
        title="Assets",
        row_title="Type",
        column_title="Need",
        rows=tuple(f"Row {r}" for r in range(rows)),
        columns=tuple(f"C{c}" for c in range(columns)),
        cells=cells,
    )


def timeline(events: int) -> TimelineFigure:
    happenings = tuple(
        Happening(at=BEGIN + timedelta(minutes=17 * i), label=f"Event {i}", lane=f"Lane {i % 3}") for i in range(events)
    )
    return TimelineFigure(title="Incident", axis=TIME, happenings=happenings)


def graph(nodes: int, edges: int) -> GraphFigure:
    """Assets of an enterprise: each stands on a few others that are further down."""
    chance = random.Random(2)
    found = set()
    while len(found) < edges:
        a = chance.randrange(nodes - 1)
        found.add((a, min(nodes - 1, a + 1 + int(chance.expovariate(4 / nodes)))))
    return GraphFigure(
        title="Dependencies",
        nodes=tuple(
            Node(key=str(i), label=f"Server number {i}", note="System", href=f"/assets/{i}/") for i in range(nodes)
        ),
        edges=tuple(Edge(source=str(a), target=str(b), kind="depends on") for a, b in sorted(found)),
    )


CASES: tuple[tuple[str, Callable[[], Figure]], ...] = (
    ("sparkline, 30 values", lambda: Sparkline(title="s", values=tuple(math.sin(i) for i in range(30)))),
    ("line, 30 points", lambda: lines(30, 1, band=False)),
    ("band, 3 lines of 30 points", lambda: lines(30, 3, band=True)),
    ("line, 10,000 points", lambda: lines(10_000, 1, band=False)),
    ("loss curve, 50 points, log axes", loss_curve),
    ("stacked bars, 14 days of 5 levels", lambda: bars(14, 5)),
    ("stacked bars, 90 days of 5 levels", lambda: bars(90, 5)),
    ("matrix, 6 x 5", lambda: matrix(6, 5)),
    ("matrix, 25 x 20", lambda: matrix(25, 20)),
    ("timeline, 20 events", lambda: timeline(20)),
    ("graph, 15 nodes, 20 edges", lambda: graph(15, 20)),
    ("graph, 150 nodes, 250 edges", lambda: graph(150, 250)),
)


def measured(figure: Figure, seconds: float) -> tuple[list[float], str]:
    words = Words()
    drawing = render(figure, words=words)
    times: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(times) < 3:
        begun = time.thread_time()
        render(figure, words=words)
        times.append((time.thread_time() - begun) * 1000)
    return times, drawing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each kind of chart")
    seconds = parser.parse_args().seconds
    print(f"{'chart':36}{'median ms':>10}{'drawings':>10}{'KiB':>8}{'gz KiB':>8}{'a second':>10}{'of a page':>11}")
    for name, make in CASES:
        times, drawing = measured(make(), seconds)
        median, data = statistics.median(times), drawing.encode()
        plain, packed = len(data) / 1024, len(gzip.compress(data)) / 1024
        share = f"{100 * median / PAGE_MS:.2f} %"
        print(f"{name:36}{median:>10.3f}{len(times):>10}{plain:>8.1f}{packed:>8.1f}{1000 / median:>10.0f}{share:>11}")


if __name__ == "__main__":
    main()
