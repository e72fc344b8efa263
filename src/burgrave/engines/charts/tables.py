"""The table behind a chart: the same values in words, for whoever cannot or would rather not read a drawing."""

from __future__ import annotations

from dataclasses import dataclass

from burgrave.engines.charts.bars import bar_text
from burgrave.engines.charts.lines import moment, value_text, x_text
from burgrave.engines.charts.numbers import exact
from burgrave.engines.charts.terms import (
    BarFigure,
    Figure,
    GraphFigure,
    LineFigure,
    MatrixFigure,
    Sparkline,
    TimelineFigure,
    Words,
)
from burgrave.engines.charts.timeline import ending


@dataclass(frozen=True, slots=True)
class TableCell:
    """What a field says, and where it leads."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class ChartTable:
    """The values of a figure; ``numeric`` are the columns that line up to the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    numeric: frozenset[int] = frozenset()


def table_of(figure: Figure, words: Words) -> ChartTable:
    """Every value of the figure, as text in the reader's language."""
    if isinstance(figure, LineFigure):
        return _of_lines(figure, words)
    if isinstance(figure, BarFigure):
        return _of_bars(figure, words)
    if isinstance(figure, MatrixFigure):
        return _of_matrix(figure)
    if isinstance(figure, TimelineFigure):
        return _of_timeline(figure, words)
    if isinstance(figure, GraphFigure):
        return _of_graph(figure, words)
    if isinstance(figure, Sparkline):
        rows = tuple(
            (TableCell(str(place)), TableCell(exact(value, words=words)))
            for place, value in enumerate(figure.values, 1)
        )
        return ChartTable(
            ("#", f"{figure.title} ({figure.unit})" if figure.unit else figure.title), rows, frozenset({0, 1})
        )
    raise TypeError(f"no table is known for {type(figure).__name__}")


def _of_lines(figure: LineFigure, words: Words) -> ChartTable:
    xs = {point.x: None for each in figure.series for point in each.points}
    known = [{point.x: point for point in each.points} for each in figure.series]
    rows = []
    for x in sorted(xs, key=lambda x: x if isinstance(x, int | float) else x.timestamp()):
        found = [points.get(x) for points in known]
        cells = [
            TableCell(value_text(point, figure, words) if point else "–", point.href if point else "")
            for point in found
        ]
        rows.append((TableCell(x_text(x, figure, words)), *cells))
    heads = (figure.x.heading, *(each.name for each in figure.series))
    return ChartTable(heads, tuple(rows), frozenset(range(1, len(heads))))


def _of_bars(figure: BarFigure, words: Words) -> ChartTable:
    rows = tuple(
        (
            TableCell(name),
            *(TableCell(bar_text(figure, each.bars[place], words), each.bars[place].href) for each in figure.series),
        )
        for place, name in enumerate(figure.categories)
    )
    names = (figure.value.heading,) if len(figure.series) == 1 else tuple(each.name for each in figure.series)
    return ChartTable((figure.category.heading, *names), rows, frozenset(range(1, len(figure.series) + 1)))


def _of_matrix(figure: MatrixFigure) -> ChartTable:
    rows = tuple(
        (TableCell(name), *(TableCell(cell.text or "–", cell.href) for cell in cells))
        for name, cells in zip(figure.rows, figure.cells, strict=True)
    )
    return ChartTable((figure.row_title, *figure.columns), rows)


def _of_timeline(figure: TimelineFigure, words: Words) -> ChartTable:
    rows = []
    for each in sorted(figure.happenings, key=lambda each: (each.at, each.label)):
        end = ending(each, figure)
        until = words.until_now if each.goes_on else moment(end, words) if end is not None else "–"
        what = f"{each.label} · {each.note}" if each.note else each.label
        rows.append(
            (TableCell(moment(each.at, words)), TableCell(until), TableCell(each.lane), TableCell(what, each.href))
        )
    return ChartTable((words.begins, words.ends, words.lane, words.what), tuple(rows))


def _of_graph(figure: GraphFigure, words: Words) -> ChartTable:
    nodes = {node.key: node for node in figure.nodes}
    rows = []
    linked = set()
    for edge in figure.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        linked |= {edge.source, edge.target}
        said = " · ".join(filter(None, (edge.kind, edge.label, edge.note)))
        rows.append((TableCell(source.label, source.href), TableCell(said), TableCell(target.label, target.href)))
    rows += [
        (TableCell(node.label, node.href), TableCell("–"), TableCell("–"))
        for key, node in nodes.items()
        if key not in linked
    ]
    return ChartTable((words.source, words.kind, words.target), tuple(rows))
