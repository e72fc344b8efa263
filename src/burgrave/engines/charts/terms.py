"""Figures as values: what is drawn, not how. Each refuses at once what no chart can show honestly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

MOST_SERIES = 8
MOST_POINTS = 20_000
MOST_NODES = 400
MOST_EDGES = 2_000
LARGEST = 1e300
SMALLEST = 1e-300

X = float | datetime


class ChartError(ValueError):
    """A figure cannot be drawn truthfully; str() says what was given and what is expected."""


class Tone(StrEnum):
    """What a colour repeats; the words beside it say the same."""

    AUTO = "auto"
    ONE = "s1"
    TWO = "s2"
    THREE = "s3"
    FOUR = "s4"
    FIVE = "s5"
    SIX = "s6"
    ACT = "act"
    WARN = "warn"
    GOOD = "good"
    GOING = "going"
    QUIET = "quiet"


class ScaleKind(StrEnum):
    """How values become places."""

    LINEAR = "linear"
    LOG = "log"
    TIME = "time"


class Form(StrEnum):
    """How a value is written."""

    NUMBER = "number"
    PERCENT = "percent"
    DURATION = "duration"


class Layout(StrEnum):
    """Where the bars of one category stand."""

    GROUPED = "grouped"
    STACKED = "stacked"


class Direction(StrEnum):
    """Where bars grow to."""

    UPRIGHT = "upright"
    LYING = "lying"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a chart itself says, in the reader's language, and the reader's zone."""

    language: str = "en"
    zone: tzinfo = UTC
    nothing: str = "Nothing to show yet"
    low: str = "from"
    high: str = "to"
    until_now: str = "until now"
    begins: str = "Begins"
    ends: str = "Ends"
    what: str = "What"
    lane: str = "Where"
    source: str = "From"
    target: str = "To"
    kind: str = "Kind"
    more: str = "and {count} more in the table"

    @property
    def is_chinese(self) -> bool:
        return self.language.lower().startswith("zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One direction of a chart. ``unit`` stands after the title."""

    title: str
    unit: str = ""
    scale: ScaleKind = ScaleKind.LINEAR
    form: Form = Form.NUMBER
    from_zero: bool = False

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A measured value; ``y`` None is a gap. ``low`` and ``high`` are the ends of its interval."""

    x: X
    y: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    href: str = ""

    def __post_init__(self) -> None:
        _check_moment(self.x)
        for value in (self.y, self.low, self.high):
            _check(value, "point")
        _check_interval(self.y, self.low, self.high)
        _check_href(self.href)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line, named at its end."""

    name: str
    points: tuple[Point, ...]
    tone: Tone = Tone.AUTO
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A level that values are compared with, drawn across the chart and named."""

    y: float
    name: str

    def __post_init__(self) -> None:
        _check(self.y, "threshold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What every chart has: a title that says what is seen, and a description for who cannot see it."""

    title: str
    description: str = ""
    width: int = 640
    height: int = 280

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ChartError("a chart needs a title that says what it shows")
        if not (40 <= self.width <= 4000 and 16 <= self.height <= 20_000):  # noqa: PLR2004 - the limits are said below
            raise ChartError(f"a chart is 40 to 4000 wide and 16 to 20000 high, got {self.width} x {self.height}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFigure(Figure):
    """Lines over numbers or time; an interval of points becomes a band. Log axes make it a loss curve."""

    x: Axis
    y: Axis
    series: tuple[Series, ...]
    thresholds: tuple[Threshold, ...] = ()

    def __post_init__(self) -> None:
        Figure.__post_init__(self)
        _check_count(len(self.series), MOST_SERIES, "lines")
        _check_count(sum(len(each.points) for each in self.series), MOST_POINTS, "points")
        if self.y.scale is ScaleKind.TIME:
            raise ChartError("the upright axis of a line chart measures; time goes along the other")
        for each in self.series:
            for point in each.points:
                _check_fits(point.x, self.x)
                for value in (point.y, point.low, point.high):
                    _check_fits(value, self.y)
        for level in self.thresholds:
            _check_fits(level.y, self.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar; None is a value that is not known."""

    value: float | None
    low: float | None = None
    high: float | None = None
    href: str = ""

    def __post_init__(self) -> None:
        for value in (self.value, self.low, self.high):
            _check(value, "bar")
        _check_interval(self.value, self.low, self.high)
        _check_href(self.href)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSeries:
    """One bar for each category."""

    name: str
    bars: tuple[Bar, ...]
    tone: Tone = Tone.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class BarFigure(Figure):
    """Bars for categories. They always begin at zero."""

    category: Axis
    value: Axis
    categories: tuple[str, ...]
    series: tuple[BarSeries, ...]
    layout: Layout = Layout.GROUPED
    direction: Direction = Direction.UPRIGHT

    def __post_init__(self) -> None:
        Figure.__post_init__(self)
        _check_count(len(self.series), MOST_SERIES, "series of bars")
        _check_count(len(self.categories) * len(self.series), MOST_POINTS, "bars")
        if self.value.scale is not ScaleKind.LINEAR:
            raise ChartError("bars begin at zero, which only a linear axis has; draw points on a log axis instead")
        for each in self.series:
            if len(each.bars) != len(self.categories):
                raise ChartError(
                    f"the series {each.name!r} has {len(each.bars)} bars for {len(self.categories)} categories"
                )
            if self.layout is Layout.STACKED and any((bar.value or 0) < 0 for bar in each.bars):
                raise ChartError(f"stacked bars add up, so none may be negative; the series {each.name!r} has one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A field of a matrix: its word or value, and how strong it is between 0 and 1 (None: no judgement)."""

    text: str
    share: float | None = None
    note: str = ""
    href: str = ""

    def __post_init__(self) -> None:
        _check(self.share, "cell")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ChartError(f"the share of a cell lies between 0 and 1, got {self.share:g}")
        _check_href(self.href)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixFigure(Figure):
    """A table with shaded cells; every cell says in words what its shade repeats."""

    row_title: str
    column_title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        Figure.__post_init__(self)
        _check_count(len(self.rows) * len(self.columns), MOST_POINTS, "cells")
        if len(self.cells) != len(self.rows) or any(len(row) != len(self.columns) for row in self.cells):
            raise ChartError(f"a matrix of {len(self.rows)} rows and {len(self.columns)} columns needs as many cells")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event, or with an end or ``goes_on`` a span of time, in a lane."""

    at: datetime
    label: str
    lane: str = ""
    until: datetime | None = None
    goes_on: bool = False
    tone: Tone = Tone.ONE
    note: str = ""
    href: str = ""

    def __post_init__(self) -> None:
        _check_moment(self.at)
        if self.until is not None:
            _check_moment(self.until)
            if self.until < self.at:
                raise ChartError(f"{self.label!r} ends before it begins: {self.at.isoformat()}")
            if self.goes_on:
                raise ChartError(f"{self.label!r} has an end and goes on; only one can be true")
        _check_href(self.href)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineFigure(Figure):
    """What happened when. ``now`` ends the spans that go on."""

    axis: Axis
    happenings: tuple[Happening, ...]
    now: datetime | None = None

    def __post_init__(self) -> None:
        Figure.__post_init__(self)
        _check_count(len(self.happenings), MOST_POINTS, "happenings")
        if self.now is not None:
            _check_moment(self.now)
        if self.now is None and any(each.goes_on for each in self.happenings):
            raise ChartError("a span that goes on is drawn until now, and the figure says no now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A thing of a graph. ``note`` is the second, quiet line."""

    key: str
    label: str
    note: str = ""
    tone: Tone = Tone.QUIET
    is_chosen: bool = False
    is_strong: bool = False
    href: str = ""

    def __post_init__(self) -> None:
        _check_href(self.href)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An arrow from ``source`` to ``target``; a strong one carries what the figure is about."""

    source: str
    target: str
    kind: str = ""
    label: str = ""
    note: str = ""
    is_strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFigure(Figure):
    """A directed graph in layers from left to right. Circles are allowed; their backward arrows are drawn as such."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def __post_init__(self) -> None:
        Figure.__post_init__(self)
        _check_count(len(self.nodes), MOST_NODES, "nodes")
        _check_count(len(self.edges), MOST_EDGES, "edges")
        keys = {node.key for node in self.nodes}
        if len(keys) != len(self.nodes):
            raise ChartError("two nodes of a graph have the same key")
        for edge in self.edges:
            if edge.source not in keys or edge.target not in keys:
                raise ChartError(f"the edge {edge.source!r} to {edge.target!r} ends at a node that is not given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline(Figure):
    """A line the size of a word; the last value is marked."""

    values: tuple[float, ...]
    unit: str = ""
    width: int = 96
    height: int = 24

    def __post_init__(self) -> None:
        Figure.__post_init__(self)
        _check_count(len(self.values), MOST_POINTS, "values")
        for value in self.values:
            _check(value, "sparkline")


def _check(value: float | None, of: str) -> None:
    if value is None:
        return
    if not math.isfinite(value):
        raise ChartError(f"a {of} needs a number, got {value}; leave out what is not known")
    if abs(value) > LARGEST or 0 < abs(value) < SMALLEST:
        raise ChartError(f"a {of} lies between {SMALLEST:g} and {LARGEST:g} in size, got {value:g}")


def _check_interval(value: float | None, low: float | None, high: float | None) -> None:
    if (low is None) != (high is None):
        raise ChartError("an interval has two ends; one is missing")
    if low is not None and high is not None and not low <= (low if value is None else value) <= high:
        raise ChartError(f"an interval holds its value, got {low:g} to {high:g} around {value}")


def _check_moment(x: X) -> None:
    if isinstance(x, datetime):
        if x.tzinfo is None:
            raise ChartError(f"a time needs its zone, got {x.isoformat()}")
    else:
        _check(x, "point")


def _check_fits(value: X | None, axis: Axis) -> None:
    if value is None:
        return
    if isinstance(value, datetime) is not (axis.scale is ScaleKind.TIME):
        raise ChartError(f"the axis {axis.title!r} is {axis.scale}, got {value!r}")
    if axis.scale is ScaleKind.LOG and not isinstance(value, datetime) and value <= 0:
        raise ChartError(f"a log axis has no place for {value:g}; the axis {axis.title!r} needs values above 0")


def _check_count(count: int, most: int, of: str) -> None:
    if count > most:
        raise ChartError(f"a chart with {count} {of} cannot be read; {most} at most")


def _check_href(href: str) -> None:
    if href and (href[0] not in "/#?" or href.startswith(("//", "/\\"))):
        raise ChartError(f"a mark links within this program, got {href!r}; expected / or # or ? at its beginning")
