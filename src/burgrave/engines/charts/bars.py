"""Bars: beside each other or on each other, upright or lying, with the interval of their value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from burgrave.engines.charts.frame import ASCENT, BOTTOM, GAP, TOP, Frame, lying_axis, nothing, tick_room, upright_axis
from burgrave.engines.charts.numbers import exact, short
from burgrave.engines.charts.scales import Scale, scale_of
from burgrave.engines.charts.svg import SIZE, document, filled, label, line, marked, paint, rect, text_width, tone_at
from burgrave.engines.charts.terms import Axis, Bar, BarFigure, Direction, Layout, Words
from burgrave.engines.charts.text import shortened, wrapped

SPACING = {Direction.UPRIGHT: 44, Direction.LYING: 80}
BAND = 0.72
LYING_BAR = 20.0
LEGEND = 20
LABEL_SHARE = 0.34
LINE = 14
MOST_VALUES = 40
GROUPED = Layout.GROUPED


@dataclass(frozen=True, slots=True)
class Drawn:
    """One bar with where it lies along the categories, and between which values."""

    bar: Bar
    series: int
    category: int
    begin: float
    size: float
    low: float
    high: float


def render_bars(figure: BarFigure, words: Words) -> str:
    """The whole chart. Lying bars take the height that they need."""
    if not figure.categories or all(bar.value is None for each in figure.series for bar in each.bars):
        return document(
            figure, nothing(figure.width, figure.height, words.nothing), width=figure.width, height=figure.height
        )
    legend, legend_height = _legend(figure)
    if figure.direction is Direction.UPRIGHT:
        body, height = _upright(figure, words, legend_height)
    else:
        body, height = _lying(figure, words, legend_height)
    return document(figure, legend + body, width=figure.width, height=height)


def bar_text(figure: BarFigure, bar: Bar, words: Words) -> str:
    """The value with its interval and unit."""
    if bar.value is None:
        return "–"
    text = exact(bar.value, words=words, form=figure.value.form)
    text = f"{text} {figure.value.unit}" if figure.value.unit else text
    if bar.low is not None and bar.high is not None:
        low, high = (exact(each, words=words, form=figure.value.form) for each in (bar.low, bar.high))
        text = f"{text} ({low} – {high})"
    return text


def _legend(figure: BarFigure) -> tuple[str, float]:
    """Names of the series above the plot, where there are several; broken into as many lines as they need."""
    if len(figure.series) == 1:
        return "", 0.0
    parts, x, y = [], 0.0, SIZE + LINE + 4.0
    for place, each in enumerate(figure.series):
        name = shortened(each.name, figure.width - LEGEND)
        wide = text_width(name) + LEGEND
        if x and x + wide > figure.width:
            x, y = 0.0, y + LINE + 4
        parts.append(rect(x, y - 9, 10, 10, filled(tone_at(place, each.tone))))
        parts.append(label(x + 15, y, name, paint("ch-text")))
        x += wide + 12
    return "".join(parts), y - SIZE


def _scale(figure: BarFigure, start: float, end: float, words: Words) -> Scale:
    values = [0.0]
    if figure.layout is Layout.STACKED:
        values += [sum(each.bars[i].value or 0.0 for each in figure.series) for i in range(len(figure.categories))]
    else:
        bars = [bar for each in figure.series for bar in each.bars]
        values += [value for bar in bars for value in (bar.value, bar.low, bar.high) if value is not None]
    axis = Axis(title=figure.value.title, unit=figure.value.unit, form=figure.value.form, from_zero=True)
    return scale_of(axis, values, start=start, end=end, words=words, spacing=SPACING[figure.direction])


def _drawn(figure: BarFigure, start: float, step: float) -> Iterator[Drawn]:
    """Every known bar in its place."""
    inner, stacked = step * BAND, figure.layout is Layout.STACKED
    size = inner if stacked else inner / len(figure.series)
    for category in range(len(figure.categories)):
        begin, under = start + category * step + (step - inner) / 2, 0.0
        for place, each in enumerate(figure.series):
            bar = each.bars[category]
            if bar.value is not None:
                at = begin if stacked else begin + place * size
                yield Drawn(bar, place, category, at, size, under, under + bar.value)
                under += bar.value if stacked else 0.0


def _upright(figure: BarFigure, words: Words, legend: float) -> tuple[str, float]:
    height = figure.height + legend
    top, bottom = TOP + legend, height - BOTTOM
    scale = _scale(figure, bottom, top, words)
    left = tick_room(scale.ticks)
    frame = Frame(width=figure.width, left=left, right=figure.width - 2.0, top=top, bottom=bottom)
    step = (frame.right - frame.left) / len(figure.categories)
    parts = [upright_axis(frame, scale, figure.value)]
    for drawn in _drawn(figure, frame.left, step):
        y, until = scale.place(drawn.high), scale.place(drawn.low)
        parts.append(_bar(figure, drawn, (drawn.begin, min(y, until), drawn.size, abs(until - y)), words))
        if drawn.bar.low is not None and drawn.bar.high is not None and figure.layout is GROUPED:
            middle = drawn.begin + drawn.size / 2
            low, high = scale.place(drawn.bar.low), scale.place(drawn.bar.high)
            parts.append(line(middle, low, middle, high, paint("ch-axis"), ' stroke-width="1.5"'))
            parts += [
                line(middle - 4, end, middle + 4, end, paint("ch-axis"), ' stroke-width="1.5"') for end in (low, high)
            ]
    zero = scale.place(0.0)
    parts.append(line(frame.left, zero, frame.right, zero, paint("ch-axis")))
    parts.append(_below(figure, frame, step))
    return "".join(parts), height


def _below(figure: BarFigure, frame: Frame, step: float) -> str:
    """Names of categories under their bars: each, or where they would meet every second, third and so on."""
    widest = max(text_width(name) for name in figure.categories)
    every = 1 if widest + 6 <= step else max(1, -(-int(min(widest, 72.0) + 6) // max(1, int(step))))
    room = step * every - 6
    parts: list[str] = []
    until = 0.0
    for place in range(0, len(figure.categories), every):
        middle = frame.left + step * (place + 0.5)
        name = shortened(figure.categories[place], room)
        half = text_width(name) / 2
        # A name that would leave the chart stands at its edge, if the others leave the room.
        if half > middle:
            until = 2 * half
            parts.append(label(0, frame.bottom + SIZE + 6, name, paint("ch-quiet")))
        elif middle - half < until + 2 and parts:
            continue
        elif middle + half <= frame.width:
            until = middle + half
            parts.append(label(middle, frame.bottom + SIZE + 6, name, paint("ch-quiet"), anchor="middle"))
        elif frame.width - text_width(name) > until + 6 or not parts:
            parts.append(label(frame.width, frame.bottom + SIZE + 6, name, paint("ch-quiet"), anchor="end"))
    title = shortened(figure.category.heading, frame.width)
    parts.append(label(frame.right, frame.bottom + BOTTOM - 5, title, paint("ch-quiet"), anchor="end"))
    return "".join(parts)


def _lying(figure: BarFigure, words: Words, legend: float) -> tuple[str, float]:
    rows = 1 if figure.layout is Layout.STACKED else len(figure.series)
    step = max(LYING_BAR * rows / BAND, 2.4 * LINE)
    top = TOP + legend
    bottom = top + step * len(figure.categories)
    widest = min(max(map(text_width, figure.categories)), figure.width * LABEL_SHARE)
    frame = Frame(width=figure.width, left=widest + GAP + 2, right=figure.width - 8.0, top=top, bottom=bottom)
    scale = _scale(figure, frame.left, frame.right, words)
    parts = [
        label(0, SIZE, shortened(figure.category.heading, frame.width), paint("ch-quiet")),
        lying_axis(frame, scale, figure.value, grid=True),
    ]
    for drawn in _drawn(figure, top, step):
        x, until = scale.place(drawn.low), scale.place(drawn.high)
        parts.append(_bar(figure, drawn, (min(x, until), drawn.begin, abs(until - x), drawn.size), words))
        if drawn.bar.low is not None and drawn.bar.high is not None and figure.layout is GROUPED:
            middle = drawn.begin + drawn.size / 2
            low, high = scale.place(drawn.bar.low), scale.place(drawn.bar.high)
            parts.append(line(low, middle, high, middle, paint("ch-axis"), ' stroke-width="1.5"'))
            parts += [
                line(end, middle - 4, end, middle + 4, paint("ch-axis"), ' stroke-width="1.5"') for end in (low, high)
            ]
    parts.append(line(scale.place(0.0), top, scale.place(0.0), bottom, paint("ch-axis")))
    for place, name in enumerate(figure.categories):
        lines = wrapped(name, widest, lines=2)
        first = top + step * (place + 0.5) + ASCENT - (len(lines) - 1) * LINE / 2
        parts += [
            label(frame.left - GAP, first + i * LINE, text, paint("ch-text"), anchor="end")
            for i, text in enumerate(lines)
        ]
    return "".join(parts), bottom + BOTTOM


def _bar(figure: BarFigure, drawn: Drawn, box: tuple[float, float, float, float], words: Words) -> str:
    """The bar, and its value written on it where a single row of few bars leaves the room."""
    series = figure.series[drawn.series]
    names = (
        (figure.categories[drawn.category], series.name)
        if len(figure.series) > 1
        else (figure.categories[drawn.category],)
    )
    text = f"{' · '.join(names)}: {bar_text(figure, drawn.bar, words)}"
    x, y, w, h = box
    shape = rect(x, y, max(w, 0.5), max(h, 0.5), filled(tone_at(drawn.series, series.tone), "ch-mark ch-bar"), "{}")
    mark = marked(shape, drawn.bar.href, text)
    if drawn.bar.low is not None or len(figure.categories) * len(figure.series) > MOST_VALUES:
        return mark
    said = short(drawn.bar.value or 0.0, words=words, form=figure.value.form)
    wide, tall = text_width(said) + 6, LINE + 2
    if figure.direction is Direction.UPRIGHT:
        fits = tall <= h and _widest(figure, words) <= w
        return mark + (_said(x + w / 2, y + SIZE + 2, said, "ch-on-bar") if fits else "")
    if wide <= w and tall <= h:
        return mark + _said(x + w - wide / 2 - 1, y + h / 2 + ASCENT, said, "ch-on-bar")
    if tall <= h and x + w + wide <= figure.width and figure.layout is GROUPED:
        return mark + _said(x + w + wide / 2 + 1, y + h / 2 + ASCENT, said, "ch-direct")
    return mark


def _widest(figure: BarFigure, words: Words) -> float:
    """How wide bars must be for the longest value, so that none is left without its own for being longer."""
    values = (bar.value or 0.0 for series in figure.series for bar in series.bars)
    return 6 + max(text_width(short(value, words=words, form=figure.value.form)) for value in values)


def _said(x: float, y: float, text: str, look: str) -> str:
    return label(x, y, text, paint(look), anchor="middle", rest=' aria-hidden="true"')
