"""Values into places, and the ticks that people expect on the way."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from burgrave.engines.charts.numbers import short, tick_texts
from burgrave.engines.charts.terms import Axis, Form, ScaleKind, Words, X

STEPS = (1, 2, 5, 10)
MINUTE, HOUR, DAY = 60, 3_600, 86_400
CLOCK_STEPS = tuple(
    (size * unit, unit)
    for unit, sizes in ((1, (1, 5, 15, 30)), (MINUTE, (1, 5, 15, 30)), (HOUR, (1, 3, 6, 12)))
    for size in sizes
)
DAY_STEPS = (1, 2, 7, 14)
MONTH_STEPS = (1, 3, 6)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_DECADES = 9
FLAT = 1e-9
TIME_BONUS = 2  # the next longer step of the calendar is often twice as long

Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place of an axis; without a text it is a minor one."""

    value: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """From ``low`` to ``high`` along ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[Tick, ...]
    is_log: bool = False

    def place(self, x: X) -> float:
        value = seconds(x)
        if self.is_log:
            share = math.log10(value) - math.log10(self.low)
            share /= math.log10(self.high) - math.log10(self.low)
        else:
            share = value / (self.high - self.low) - self.low / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def seconds(x: X) -> float:
    return x.timestamp() if isinstance(x, datetime) else x


def scale_of(axis: Axis, values: Iterable[X], *, start: float, end: float, words: Words, spacing: float) -> Scale:
    """The scale that covers the values, with a tick about every ``spacing``."""
    numbers = [seconds(value) for value in values]
    wanted = max(2, int(abs(end - start) / spacing))
    if axis.scale is ScaleKind.LOG:
        low, high = (min(numbers), max(numbers)) if numbers else (1.0, 10.0)
        return _log((low, high), (start, end), axis, words)
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 0.0)
    if axis.scale is ScaleKind.TIME:
        return _time((low, high), (start, end), wanted + TIME_BONUS, words)
    if axis.from_zero or not numbers:
        low, high = min(low, 0.0), max(high, 0.0)
    # Between one thing and two there is nothing to count.
    is_count = axis.from_zero and axis.form is Form.NUMBER and bool(numbers)
    least = 1.0 if is_count and all(map(float.is_integer, map(float, numbers))) else 0.0
    return _linear((low, high), (start, end), wanted, axis, words, least=least)


def _linear(data: Ends, ends: Ends, wanted: int, axis: Axis, words: Words, *, least: float) -> Scale:
    low, high = data
    size = max(abs(low), abs(high))
    if high - low <= FLAT * size or high == low:
        pad = size * 0.1 or 1.0
        low, high = (low - pad if low else low), high + pad
    step = max(least, nice_step(high / wanted - low / wanted))
    first, last = math.floor(low / step + FLAT), math.ceil(high / step - FLAT)
    values = [number * step for number in range(first, last + 1)]
    texts = tick_texts(values, words=words, form=axis.form)
    return Scale(values[0], values[-1], *ends, tuple(map(Tick, values, texts)))


def nice_step(rough: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next((step for step in STEPS if step * power >= rough * (1 - FLAT)), STEPS[-1])


def _log(data: Ends, ends: Ends, axis: Axis, words: Words) -> Scale:
    first, last = math.floor(math.log10(data[0]) + FLAT), math.ceil(math.log10(data[1]) - FLAT)
    last = max(last, first + 1)
    stride = -(-(last - first) // MOST_DECADES)
    last = first + stride * -(-(last - first) // stride)
    ticks = []
    for power in range(first, last + 1):
        decade = 10.0**power
        named = (power - first) % stride == 0
        ticks.append(Tick(decade, short(decade, words=words, form=axis.form) if named else ""))
        if stride == 1 and power < last:
            ticks.extend(Tick(decade * times) for times in range(2, 10))
    return Scale(10.0**first, 10.0**last, *ends, tuple(ticks), is_log=True)


def _time(data: Ends, ends: Ends, wanted: int, words: Words) -> Scale:
    low, high = data
    if high == low:
        low, high = low - HOUR / 2, high + HOUR / 2
    ticks = tuple(_calendar(low, high, wanted, words))
    return Scale(low, high, *ends, ticks)


def _calendar(low: float, high: float, wanted: int, words: Words) -> Iterator[Tick]:
    rough = (high - low) / wanted
    zone = words.zone
    first = datetime.fromtimestamp(low, zone).replace(tzinfo=None)
    clock = [each for each, _unit in CLOCK_STEPS]
    if rough <= clock[-1]:
        step = clock[bisect_left(clock, rough)]
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        begun = midnight + timedelta(seconds=int((first - midnight).total_seconds() // step * step))
        moments = _stepping(begun, timedelta(seconds=step), high, zone)
        yield from _named(moments, low, lambda at, opens: _clock_text(at, words, opens=opens, seconds=step < MINUTE))
    elif rough <= DAY_STEPS[-1] * DAY:
        days = DAY_STEPS[bisect_left(DAY_STEPS, rough / DAY)]
        begun = first.replace(hour=0, minute=0, second=0, microsecond=0)
        begun -= timedelta(days=(begun.weekday() if days >= 7 else begun.toordinal() % days))  # noqa: PLR2004 - a week
        moments = _stepping(begun, timedelta(days=days), high, zone)
        yield from _named(moments, low, lambda at, opens: _day_text(at, words, opens=opens))
    else:
        months = rough / (30 * DAY)
        if months <= MONTH_STEPS[-1]:
            moments = _months(first.year, MONTH_STEPS[bisect_left(MONTH_STEPS, months)], high, zone)
            yield from _named(moments, low, lambda at, opens: _month_text(at, words, opens=opens))
        else:
            years = max(1, round(nice_step(months / 12)))
            moments = _months(first.year // years * years, years * 12, high, zone)
            yield from _named(moments, low, lambda at, _opens: _year(at, words))


def _stepping(begun: datetime, step: timedelta, high: float, zone: tzinfo) -> Iterator[datetime]:
    """Wall-clock times of the zone, in order; a time that a change of the clock leaves out is left out."""
    at = begun
    while (moment := at.replace(tzinfo=zone)).timestamp() <= high:
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at:
            yield moment
        at += step


def _months(year: int, step: int, high: float, zone: tzinfo) -> Iterator[datetime]:
    count = max(year, 1) * 12
    while (moment := datetime(count // 12, count % 12 + 1, 1, tzinfo=zone)).timestamp() <= high:
        yield moment
        count += step


def _named(moments: Iterable[datetime], low: float, text: Callable[[datetime, bool], str]) -> Iterator[Tick]:
    opens = True
    for at in moments:
        if at.timestamp() >= low:
            yield Tick(at.timestamp(), text(at, opens))
            opens = False


def _clock_text(at: datetime, words: Words, *, opens: bool, seconds: bool) -> str:
    clock = at.strftime("%H:%M:%S" if seconds else "%H:%M")
    if at.hour == at.minute == at.second == 0:
        return _day_text(at, words, opens=False)
    return f"{_day_text(at, words, opens=False)} {clock}" if opens else clock


def _day_text(at: datetime, words: Words, *, opens: bool) -> str:
    year = _year(at, words) if opens or (at.month == 1 and at.day == 1) else ""
    if words.is_chinese:
        return f"{year}{at.month}月{at.day}日"
    return f"{at.day} {MONTHS[at.month - 1]}{' ' if year else ''}{year}"


def _month_text(at: datetime, words: Words, *, opens: bool) -> str:
    year = _year(at, words) if opens or at.month == 1 else ""
    if words.is_chinese:
        return f"{year}{at.month}月"
    return f"{MONTHS[at.month - 1]}{' ' if year else ''}{year}"


def _year(at: datetime, words: Words) -> str:
    return f"{at.year}年" if words.is_chinese else str(at.year)
