"""A matrix: shaded cells that say in words what the shade repeats."""

from __future__ import annotations

from burgrave.engines.charts.frame import ASCENT, GAP, nothing
from burgrave.engines.charts.svg import HEAT, SIZE, document, label, linked, marked, paint, rect, text_width
from burgrave.engines.charts.terms import Cell, MatrixFigure, Words
from burgrave.engines.charts.text import shortened, wrapped

NARROWEST, CELL_HEIGHT = 34.0, 30.0
LABEL_SHARE = 0.34
LINE = 14


def render_matrix(figure: MatrixFigure, words: Words) -> str:
    """The whole matrix, as wide and high as its cells need."""
    if not figure.rows or not figure.columns:
        body = nothing(figure.width, figure.height, words.nothing)
        return document(figure, body, width=figure.width, height=figure.height)
    left = min(max(map(text_width, (*figure.rows, figure.row_title))), figure.width * LABEL_SHARE) + GAP
    step = max((figure.width - left) / len(figure.columns), NARROWEST)
    width = left + step * len(figure.columns)
    heads = [wrapped(name, step - 6, lines=2) for name in figure.columns]
    top = SIZE + 8 + LINE * max(map(len, heads)) + 4.0
    parts = [
        label(0, top - 8, shortened(figure.row_title, left - GAP), paint("ch-quiet")),
        label(left, SIZE, shortened(figure.column_title, width - left), paint("ch-quiet")),
    ]
    for place, lines in enumerate(heads):
        middle, first = left + step * (place + 0.5), top - 8 - LINE * (len(lines) - 1)
        parts += [
            label(middle, first + i * LINE, text, paint("ch-text"), anchor="middle") for i, text in enumerate(lines)
        ]
    for row, name in enumerate(figure.rows):
        y = top + row * CELL_HEIGHT
        parts.append(label(0, y + CELL_HEIGHT / 2 + ASCENT, shortened(name, left - GAP), paint("ch-text")))
        for column, cell in enumerate(figure.cells[row]):
            where = f"{name} · {figure.columns[column]}: {cell.text or '–'}"
            parts.append(_cell(cell, left + column * step, y, step, where))
    return document(figure, "".join(parts), width=width, height=top + CELL_HEIGHT * len(figure.rows) + 2)


def _cell(cell: Cell, x: float, y: float, step: float, where: str) -> str:
    said = f"{where} · {cell.note}" if cell.note else where
    if cell.share is None:
        shape, look = "ch-blank", "ch-quiet"
    else:
        heat = min(int(cell.share * len(HEAT)), len(HEAT) - 1)
        shape, look = f"ch-heat-{heat}", f"ch-on-heat-{heat}"
    text = label(
        x + step / 2,
        y + CELL_HEIGHT / 2 + ASCENT,
        shortened(cell.text, step - 6),
        paint(look),
        anchor="middle",
        rest=' pointer-events="none" aria-hidden="true"',
    )
    box = rect(x + 1, y + 1, step - 2, CELL_HEIGHT - 2, paint(shape), "{}")
    if cell.href:
        return linked(cell.href, box.replace("{}", "") + text, said)
    return marked(box, "", said) + text
