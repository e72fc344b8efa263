"""Charts as SVG, drawn on the server: one drawing for pages of both themes and for printed pages.

render(figure, words=words) -> str        # the SVG; no inline style, no script
table_of(figure, words=words) -> ChartTable   # the same values as a table
"""

from __future__ import annotations

from burgrave.engines.charts import tables
from burgrave.engines.charts.bars import render_bars
from burgrave.engines.charts.graph import render_graph
from burgrave.engines.charts.lines import render_lines, render_sparkline
from burgrave.engines.charts.matrix import render_matrix
from burgrave.engines.charts.svg import COLOURS
from burgrave.engines.charts.tables import ChartTable, TableCell
from burgrave.engines.charts.terms import (
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Cell,
    ChartError,
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
    Words,
)
from burgrave.engines.charts.timeline import render_timeline

__all__ = [
    "COLOURS",
    "Axis",
    "Bar",
    "BarFigure",
    "BarSeries",
    "Cell",
    "ChartError",
    "ChartTable",
    "Direction",
    "Edge",
    "Figure",
    "Form",
    "GraphFigure",
    "Happening",
    "Layout",
    "LineFigure",
    "MatrixFigure",
    "Node",
    "Point",
    "ScaleKind",
    "Series",
    "Sparkline",
    "TableCell",
    "Threshold",
    "TimelineFigure",
    "Tone",
    "Words",
    "render",
    "table_of",
]


def render(figure: Figure, *, words: Words) -> str:
    """The figure as SVG."""
    if isinstance(figure, LineFigure):
        return render_lines(figure, words)
    if isinstance(figure, BarFigure):
        return render_bars(figure, words)
    if isinstance(figure, MatrixFigure):
        return render_matrix(figure, words)
    if isinstance(figure, TimelineFigure):
        return render_timeline(figure, words)
    if isinstance(figure, GraphFigure):
        return render_graph(figure, words)
    if isinstance(figure, Sparkline):
        return render_sparkline(figure)
    raise TypeError(f"no drawing is known for {type(figure).__name__}")


def table_of(figure: Figure, *, words: Words) -> ChartTable:
    """The values of the figure."""
    return tables.table_of(figure, words)
