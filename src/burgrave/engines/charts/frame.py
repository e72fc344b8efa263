"""The plot area between two axes, with its ticks, grid and titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burgrave.engines.charts.scales import Scale, Tick
from burgrave.engines.charts.svg import SIZE, label, line, paint, text_width
from burgrave.engines.charts.terms import Axis
from burgrave.engines.charts.text import shortened

TOP, BOTTOM, GAP = 26, 42, 8
TICK_TO_LABEL = 6
BETWEEN_LABELS = 10
ASCENT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where the plot lies inside the drawing."""

    width: float
    left: float
    right: float
    top: float
    bottom: float


def tick_room(ticks: Sequence[Tick]) -> float:
    """How wide the texts of upright ticks are, with the gap to the axis."""
    return max((text_width(tick.text) for tick in ticks), default=0.0) + GAP + 2


def upright_axis(frame: Frame, scale: Scale, axis: Axis) -> str:
    """Grid lines with their values to the left, and the title above."""
    parts = [label(0, SIZE, shortened(axis.heading, frame.width), paint("ch-quiet"))]
    for tick in scale.ticks:
        y = scale.place(tick.value)
        parts.append(line(frame.left, y, frame.right, y, paint("ch-grid" if tick.text else "ch-minor")))
        parts.append(label(frame.left - GAP, y + ASCENT, tick.text, paint("ch-quiet"), anchor="end"))
    return "".join(parts)


def lying_axis(frame: Frame, scale: Scale, axis: Axis, *, grid: bool) -> str:
    """Ticks with their values below, as many as do not meet, and the title at the end."""
    parts = [line(frame.left, frame.bottom, frame.right, frame.bottom, paint("ch-axis"))]
    taken_until = -float(BETWEEN_LABELS)
    for tick in scale.ticks:
        x = scale.place(tick.value)
        until = frame.top if grid else frame.bottom + (TICK_TO_LABEL if tick.text else TICK_TO_LABEL / 2)
        look = paint("ch-grid" if tick.text else "ch-minor") if grid else paint("ch-axis")
        parts.append(line(x, frame.bottom, x, until, look))
        wide = text_width(tick.text)
        left = min(max(0.0, x - wide / 2), frame.width - wide)
        if tick.text and left >= taken_until + BETWEEN_LABELS and abs(left + wide / 2 - x) <= wide / 2 + 1:
            parts.append(label(left, frame.bottom + TICK_TO_LABEL + SIZE, tick.text, paint("ch-quiet")))
            taken_until = left + wide
    title = shortened(axis.heading, frame.width)
    parts.append(label(frame.right, frame.bottom + BOTTOM - 5, title, paint("ch-quiet"), anchor="end"))
    return "".join(parts)


def nothing(width: float, height: float, words: str) -> str:
    """What stands in place of a chart without data."""
    text = shortened(words, width)
    return label(width / 2, height / 2 + ASCENT, text, paint("ch-quiet"), anchor="middle")
