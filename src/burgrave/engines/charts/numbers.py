"""Numbers as people of each language read them on an axis: 1.2 k, 3.4 M; 1.2 万, 3.4 亿."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from burgrave.engines.charts.terms import Form, Words

LATIN = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
CHINESE = ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"))
SPANS = ((86_400.0, "d", "天"), (3_600.0, "h", "小时"), (60.0, "min", "分"), (1.0, "s", "秒"))
FIRST_SHORT = 1e4
FIRST_POWER = 1e15
SMALL = 1e-4
DIGITS = 3
THIN = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def short(value: float, *, words: Words, form: Form = Form.NUMBER) -> str:
    """The value with about three digits."""
    if form is Form.PERCENT:
        return _signed(value, f"{_rounded(abs(value) * 100)}{THIN}%")
    if form is Form.DURATION:
        return _signed(value, _span(abs(value), words=words))
    size = abs(value)
    if size >= FIRST_POWER or 0 < size < SMALL:
        return _signed(value, _power(size))
    for unit, name in CHINESE if words.is_chinese else LATIN:
        if size >= max(unit, FIRST_SHORT) * 0.9995:
            return _signed(value, f"{_rounded(size / unit)}{THIN}{name}")
    return _signed(value, _rounded(size) if size < FIRST_SHORT / 10 else f"{size:,.0f}")


def exact(value: float, *, words: Words, form: Form = Form.NUMBER) -> str:
    """The value as a table shows it: grouped, and no digit taken away that a person could miss."""
    if form is not Form.NUMBER:
        return short(value, words=words, form=form)
    size = abs(value)
    if size >= FIRST_POWER or 0 < size < SMALL:
        return _signed(value, _power(size))
    if size == round(size):
        return _signed(value, f"{size:,.0f}")
    return _signed(value, f"{size:,.4f}".rstrip("0").rstrip("."))


def tick_texts(ticks: Sequence[float], *, words: Words, form: Form = Form.NUMBER) -> tuple[str, ...]:
    """The ticks of one linear axis, all in the same unit and with the same places."""
    if form is not Form.NUMBER or len(ticks) < 2:  # noqa: PLR2004 - one tick has no step
        return tuple(short(tick, words=words, form=form) for tick in ticks)
    largest, step = max(map(abs, ticks)), min(b - a for a, b in pairwise(ticks))
    if largest >= FIRST_POWER or largest < SMALL:
        return tuple(short(tick, words=words) for tick in ticks)
    units = CHINESE if words.is_chinese else LATIN
    unit, name = next(((size, name) for size, name in units if largest >= max(size, FIRST_SHORT)), (1.0, ""))
    places = max(0, -math.floor(math.log10(step / unit) + 1e-9))
    suffix = f"{THIN}{name}" if name else ""
    return tuple(_signed(tick, f"{abs(tick) / unit:,.{places}f}{suffix if tick else ''}") for tick in ticks)


def _signed(value: float, text: str) -> str:
    return f"{MINUS}{text}" if value < 0 else text


def _rounded(size: float) -> str:
    if size == 0:
        return "0"
    places = max(0, DIGITS - 1 - math.floor(math.log10(size)))
    text = f"{size:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _power(size: float) -> str:
    mantissa, power = f"{size:.2e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"


def _span(seconds: float, *, words: Words) -> str:
    for unit, latin, chinese in SPANS:
        if seconds >= unit:
            return f"{_rounded(seconds / unit)}{THIN}{chinese if words.is_chinese else latin}"
    return f"{_rounded(seconds)}{THIN}{'秒' if words.is_chinese else 's'}"
