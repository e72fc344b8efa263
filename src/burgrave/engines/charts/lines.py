"""Lines with bands, over numbers or time, on linear or log axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from burgrave.engines.charts.frame import BOTTOM, TOP, Frame, lying_axis, nothing, tick_room, upright_axis
from burgrave.engines.charts.numbers import exact
from burgrave.engines.charts.placing import spread
from burgrave.engines.charts.scales import Scale, scale_of, seconds
from burgrave.engines.charts.svg import (
    document,
    filled,
    label,
    line,
    lined,
    marked,
    num,
    paint,
    path,
    text_width,
    tone_at,
)
from burgrave.engines.charts.terms import LineFigure, Point, Series, Sparkline, Threshold, Tone, Words, X
from burgrave.engines.charts.text import shortened

LABEL_HEIGHT = 15.0
LABEL_GAP = 14.0
LABEL_SHARE = 0.36
MOST_DOTS = 60
MOST_MARKS = 120
DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "4 2", "1 3", "10 2 2 2")
SPACING_X, SPACING_Y = 80, 44


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure in its frame, with both scales."""

    figure: LineFigure
    words: Words
    frame: Frame
    along: Scale
    upright: Scale

    def place(self, point: Point) -> tuple[float, float]:
        return self.along.place(point.x), self.upright.place(point.y or 0.0)


def render_lines(figure: LineFigure, words: Words) -> str:
    """The whole chart; its height grows where the names of its lines need more."""
    series = [each for each in figure.series if any(point.y is not None for point in each.points)]
    if not series:
        body = nothing(figure.width, figure.height, words.nothing)
        return document(figure, body, width=figure.width, height=figure.height)
    names = [*(each.name for each in series), *(each.name for each in figure.thresholds)]
    height = max(figure.height, TOP + BOTTOM + LABEL_HEIGHT * (len(names) + 1))
    room = min(max(map(text_width, names)), figure.width * LABEL_SHARE)
    top, bottom = float(TOP), height - BOTTOM
    values = [value for each in series for point in each.points for value in (point.y, point.low, point.high)]
    levels = [each.y for each in figure.thresholds]
    known = [value for value in (*values, *levels) if value is not None]
    upright = scale_of(figure.y, known, start=bottom, end=top, words=words, spacing=SPACING_Y)
    frame = Frame(
        width=figure.width,
        left=tick_room(upright.ticks),
        right=figure.width - room - LABEL_GAP - 2,
        top=top,
        bottom=bottom,
    )
    xs = [point.x for each in series for point in each.points]
    along = scale_of(figure.x, xs, start=frame.left, end=frame.right, words=words, spacing=SPACING_X)
    plot = Plot(figure, words, frame, along, upright)
    parts = [
        upright_axis(frame, upright, figure.y),
        lying_axis(frame, along, figure.x, grid=along.is_log),
        *(_band(each, place, plot) for place, each in enumerate(series)),
        *(_threshold(each, plot) for each in figure.thresholds),
        *(_line(each, place, plot) for place, each in enumerate(series)),
        _names(series, plot, room),
        *(_marks(each, place, plot) for place, each in enumerate(series)),
    ]
    return document(figure, "".join(parts), width=figure.width, height=height)


def x_text(x: X, figure: LineFigure, words: Words) -> str:
    """A place along the chart, in full."""
    if isinstance(x, datetime):
        return moment(x, words)
    return exact(x, words=words, form=figure.x.form)


def moment(at: datetime, words: Words) -> str:
    """A time in the reader's zone, to the minute."""
    return at.astimezone(words.zone).strftime("%Y-%m-%d %H:%M")


def value_text(point: Point, figure: LineFigure, words: Words) -> str:
    """The value with its interval and unit."""
    if point.y is None:
        return "–"
    text = exact(point.y, words=words, form=figure.y.form)
    if figure.y.unit:
        text = f"{text} {figure.y.unit}"
    if point.low is not None and point.high is not None:
        low, high = (exact(each, words=words, form=figure.y.form) for each in (point.low, point.high))
        text = f"{text} ({low} – {high})"
    return text


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """The stretches between gaps, by place."""
    run: list[Point] = []
    for point in sorted(points, key=lambda point: seconds(point.x)):
        if point.y is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _line(series: Series, place: int, plot: Plot) -> str:
    pieces = []
    for run in _runs(series.points):
        places = [f"{num(x)} {num(y)}" for x, y in map(plot.place, run)]
        pieces.append("M" + "L".join(places))
    dash = DASHES[1] if series.is_dashed else DASHES[place % len(DASHES)]
    rest = ' stroke-width="2" stroke-linejoin="round"' + (f' stroke-dasharray="{dash}"' if dash else "")
    return path("".join(pieces), lined(tone_at(place, series.tone)), rest)


def _band(series: Series, place: int, plot: Plot) -> str:
    pieces = []
    for run in _runs(series.points):
        known = [
            (plot.along.place(each.x), plot.upright.place(each.low), plot.upright.place(each.high))
            for each in run
            if each.low is not None and each.high is not None
        ]
        if len(known) > 1:
            there = [f"{num(x)} {num(high)}" for x, _low, high in known]
            back = [f"{num(x)} {num(low)}" for x, low, _high in reversed(known)]
            pieces.append("M" + "L".join([*there, *back]) + "Z")
        elif known:
            x, low, high = known[0]
            pieces.append(f"M{num(x - 3)} {num(high)}H{num(x + 3)}V{num(low)}H{num(x - 3)}Z")
    if not pieces:
        return ""
    return path("".join(pieces), filled(tone_at(place, series.tone), "ch-band"), ' fill-opacity="0.16"')


def _threshold(level: Threshold, plot: Plot) -> str:
    y, frame = plot.upright.place(level.y), plot.frame
    return line(
        frame.left, y, frame.right, y, lined(Tone.QUIET, "ch-level"), ' stroke-width="1.5" stroke-dasharray="2 2"'
    )


def _names(series: Sequence[Series], plot: Plot, room: float) -> str:
    """The name of each line at its end, moved apart where they would meet, with a thin line to what is named."""
    frame, ends = plot.frame, []
    for place, each in enumerate(series):
        x, y = plot.place(list(_runs(each.points))[-1][-1])
        ends.append((y, x, each.name, tone_at(place, each.tone)))
    ends += [(plot.upright.place(each.y), frame.right, each.name, Tone.QUIET) for each in plot.figure.thresholds]
    ends.sort(key=lambda end: end[0])
    wanted = [end[0] for end in ends]
    places = spread(wanted, [LABEL_HEIGHT] * len(ends), frame.top, frame.bottom)
    parts = []
    for (y, x, name, tone), at in zip(ends, places, strict=True):
        left = frame.right + LABEL_GAP
        if abs(y - at) > 1 or x < frame.right - 1:
            way = f"M{num(x + 4)} {num(y)}H{num(frame.right + 2)}L{num(left - 3)} {num(at)}"
            parts.append(path(way, paint("ch-leader"), ' stroke-opacity="0.6"'))
        parts.append(label(left, at + 4, shortened(name, room), filled(tone, "ch-direct")))
    return "".join(parts)


def _marks(series: Series, place: int, plot: Plot) -> str:
    """A dot for each value where they are few; otherwise unseen ones, evenly chosen, that the pointer and keys find."""
    points = [each for each in series.points if each.y is not None]
    dots = len(points) <= MOST_DOTS
    step = -(-len(points) // MOST_MARKS)
    tone = tone_at(place, series.tone)
    look = filled(tone, "ch-mark") if dots else filled(tone, "ch-mark ch-unseen") + ' fill-opacity="0"'
    stroke = ' stroke="#000000" stroke-opacity="0" stroke-width="10" r="3.2"'
    parts = []
    for point in points[::step]:
        x, y = plot.place(point)
        where = x_text(point.x, plot.figure, plot.words)
        text = f"{series.name} · {where}: {value_text(point, plot.figure, plot.words)}"
        text = f"{text} · {point.note}" if point.note else text
        parts.append(marked(f'<circle cx="{num(x)}" cy="{num(y)}" {look}{stroke}{{}}/>', point.href, text))
    return "".join(parts)


def render_sparkline(figure: Sparkline) -> str:
    """A small line and a dot on its last value; a dash where there is none."""
    w, h, edge = figure.width, figure.height, 3.0
    if not figure.values:
        return document(figure, line(edge, h / 2, w - edge, h / 2, paint("ch-axis")), width=w, height=h)
    low, high = min(figure.values), max(figure.values)
    share = [(value / (high - low) - low / (high - low)) if high > low else 0.5 for value in figure.values]
    stride = (w - 2 * edge) / max(1, len(share) - 1)
    places = [(edge + place * stride, h - edge - part * (h - 2 * edge)) for place, part in enumerate(share)]
    if len(places) == 1:
        places = [(w / 2, places[0][1])]
    drawn = "M" + "L".join(f"{num(x)} {num(y)}" for x, y in places)
    x, y = places[-1]
    body = path(drawn, lined(Tone.ONE), ' stroke-width="1.5" stroke-linejoin="round"')
    body += f'<circle cx="{num(x)}" cy="{num(y)}" r="2.5" {filled(Tone.ONE)}/>'
    return document(figure, body, width=w, height=h)
