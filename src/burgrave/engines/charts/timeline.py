"""What happened when, in lanes; every label has a row of its own as far as it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from burgrave.engines.charts.frame import ASCENT, BOTTOM, GAP, Frame, lying_axis, nothing
from burgrave.engines.charts.lines import moment
from burgrave.engines.charts.scales import Scale, scale_of
from burgrave.engines.charts.svg import document, filled, label, line, marked, num, paint, rect, text_width
from burgrave.engines.charts.terms import Happening, TimelineFigure, Words
from burgrave.engines.charts.text import shortened, wrapped

ROW, LANE_GAP, MARK = 22.0, 8.0, 5.0
LABEL_SHARE, LANE_SHARE = 0.5, 0.22
MOST_LABELS = 60
LINE = 14


class Side(Enum):
    """Where the label of a mark stands."""

    LEFT = "end"
    ON = "middle"
    RIGHT = "start"


@dataclass(frozen=True, slots=True)
class Placed:
    """A happening in its row, and where its label stands."""

    happening: Happening
    row: int
    begin: float
    end: float
    text: str
    side: Side


def render_timeline(figure: TimelineFigure, words: Words) -> str:
    """The whole timeline; its height follows from what lies beside each other."""
    if not figure.happenings:
        body = nothing(figure.width, figure.height, words.nothing)
        return document(figure, body, width=figure.width, height=figure.height)
    ordered = sorted(figure.happenings, key=lambda each: (each.at, each.label))
    lanes = list(dict.fromkeys(each.lane for each in figure.happenings))
    widest = min(max(map(text_width, lanes)), figure.width * LANE_SHARE)
    left = widest + 2 * GAP if widest else float(GAP)
    moments = [at for each in ordered for at in (each.at, ending(each, figure)) if at is not None]
    right = figure.width - 2.0 * GAP
    scale = scale_of(figure.axis, moments, start=left + MARK, end=right, words=words, spacing=96)
    labelled = {id(each) for each in ordered[:MOST_LABELS]}
    parts, y = [], 6.0
    for lane in lanes:
        placed = _placed([each for each in ordered if each.lane == lane], figure, scale, left, labelled)
        height = ROW * (1 + max(each.row for each in placed))
        parts.append(line(left, y + height + LANE_GAP / 2, figure.width, y + height + LANE_GAP / 2, paint("ch-grid")))
        lines = wrapped(lane, widest, lines=2)
        parts += [label(0, y + 15 + i * LINE, text, paint("ch-text")) for i, text in enumerate(lines)]
        height = max(height, LINE * len(lines) + 6.0)
        parts += [_drawn(each, y, figure, words) for each in placed]
        y += height + LANE_GAP
    hidden = len(ordered) - len(labelled)
    if hidden:
        text = words.more.replace("{count}", str(hidden))
        parts.append(label(left, y + 12, shortened(text, figure.width - left), paint("ch-quiet")))
        y += ROW
    frame = Frame(width=figure.width, left=left, right=right, top=6, bottom=y)
    grid = [line(scale.place(tick.value), 6, scale.place(tick.value), y, paint("ch-grid")) for tick in scale.ticks]
    body = "".join([*grid, *parts, lying_axis(frame, scale, figure.axis, grid=False)])
    return document(figure, body, width=figure.width, height=y + BOTTOM)


def ending(each: Happening, figure: TimelineFigure) -> datetime | None:
    """When the span ends as far as it is known; None for an event."""
    return max(figure.now, each.at) if each.goes_on and figure.now else each.until


def happening_text(each: Happening, words: Words) -> str:
    """Label, times and note in one line."""
    text = f"{each.label} · {moment(each.at, words)}"
    if each.until is not None:
        text = f"{text} – {moment(each.until, words)}"
    if each.goes_on:
        text = f"{text} – {words.until_now}"
    return f"{text} · {each.note}" if each.note else text


def _placed(
    happenings: Sequence[Happening], figure: TimelineFigure, scale: Scale, left: float, labelled: set[int]
) -> list[Placed]:
    """Each in the first row where mark and label meet nothing."""
    rows: list[list[tuple[float, float]]] = []
    done = []
    for each in happenings:
        begin = scale.place(each.at)
        until = ending(each, figure)
        end = begin if until is None else max(begin + 2, scale.place(until))
        text = shortened(each.label, figure.width * LABEL_SHARE) if id(each) in labelled else ""
        wide = text_width(text) + (MARK + 5 if text else 0)
        side = _side(begin, end, wide, left, figure.width)
        if side is Side.RIGHT and end + wide > figure.width:
            text = shortened(each.label, figure.width - end - MARK - 5)
            wide = text_width(text) + MARK + 5
        reach = (begin - MARK - (wide if side is Side.LEFT else 0), end + MARK + (wide if side is Side.RIGHT else 0))
        row = next(
            (i for i, taken in enumerate(rows) if all(reach[1] <= a or b <= reach[0] for a, b in taken)), len(rows)
        )
        if row == len(rows):
            rows.append([])
        rows[row].append(reach)
        done.append(Placed(each, row, begin, end, text, side))
    return done


def _drawn(placed: Placed, y: float, figure: TimelineFigure, words: Words) -> str:
    each, middle = placed.happening, y + placed.row * ROW + ROW / 2
    look = filled(each.tone, "ch-mark")
    if ending(each, figure) is None:
        m, back = num(MARK), num(-MARK)
        points = f"M{num(placed.begin)} {num(middle - MARK)}l{m} {m}l{back} {m}l{back} {back}z"
        shape = f'<path d="{points}" {look}{{}}/>'
    else:
        shape = rect(placed.begin, middle - 8, placed.end - placed.begin, 16, look, ' rx="2"{}')
    mark = marked(shape, each.href, happening_text(each, words))
    x = {
        Side.LEFT: placed.begin - MARK - 3,
        Side.ON: (placed.begin + placed.end) / 2,
        Side.RIGHT: placed.end + MARK + 3,
    }[placed.side]
    look = paint("ch-on-bar" if placed.side is Side.ON else "ch-direct")
    return mark + label(x, middle + ASCENT, placed.text, look, anchor=placed.side.value)


def _side(begin: float, end: float, wide: float, left: float, width: float) -> Side:
    """On the span where it is long enough, else to the right, else where there is room."""
    if end - begin >= wide + MARK:
        return Side.ON
    if end + wide > width and begin - wide >= left:
        return Side.LEFT
    return Side.RIGHT
