"""The pieces of an SVG: classes for the page's stylesheet, and attributes that paint the same without one.

A presentation attribute yields to any rule of a stylesheet. So one drawing carries the light theme for a printed page,
wears both themes on a page whose stylesheet names the classes, and needs no style that a strict policy would refuse.
"""

from __future__ import annotations

from functools import cache

from burgrave.engines.charts.terms import Figure, Tone
from burgrave.engines.charts.text import escaped, plain, width

SIZE = 12
FACES = "Noto Sans SC, Noto Sans, sans-serif"
COLOURS = {
    "surface": "#ffffff",
    "sunken": "#eceff3",
    "edge": "#878f9b",
    "quiet": "#545d6a",
    "ink": "#161a20",
    "accent": "#4149c4",
    "act": "#b42318",
    "warn": "#8a5200",
    "good": "#1a6b3f",
    "going": "#0a678c",
    "series-1": "#4149c4",
    "series-2": "#0b6e69",
    "series-3": "#8a5200",
    "series-4": "#9c2f73",
    "series-5": "#47661c",
    "series-6": "#545d6a",
}
"""The light theme, by the names of the page's tokens."""

LINE_OF_GRID = "#dbdde1"
HEAT = ("#f4f4fb", "#e4e6f7", "#d1d3f1", "#bbbdea", "#5c62cc", "#4149c4")
HEAT_TEXT = (*(COLOURS["ink"],) * 4, *(COLOURS["surface"],) * 2)
ORDER = (Tone.ONE, Tone.TWO, Tone.THREE, Tone.FOUR, Tone.FIVE, Tone.SIX, Tone.GOING, Tone.QUIET)
TONE_COLOURS = {
    Tone.ONE: "series-1",
    Tone.TWO: "series-2",
    Tone.THREE: "series-3",
    Tone.FOUR: "series-4",
    Tone.FIVE: "series-5",
    Tone.SIX: "series-6",
} | {tone: tone.value for tone in (Tone.ACT, Tone.WARN, Tone.GOOD, Tone.GOING, Tone.QUIET)}
PAINTS = {
    "ch-grid": f'stroke="{LINE_OF_GRID}"',
    "ch-minor": f'stroke="{LINE_OF_GRID}" stroke-opacity="0.5"',
    "ch-axis": f'stroke="{COLOURS["edge"]}"',
    "ch-text": f'fill="{COLOURS["ink"]}"',
    "ch-quiet": f'fill="{COLOURS["quiet"]}"',
    "ch-leader": f'stroke="{COLOURS["edge"]}" fill="none"',
    "ch-box": f'fill="{COLOURS["surface"]}" stroke="{COLOURS["edge"]}"',
    "ch-chosen": f'fill="{COLOURS["sunken"]}" stroke="{COLOURS["ink"]}" stroke-width="2"',
    "ch-strong": f'fill="{COLOURS["surface"]}" stroke="{COLOURS["accent"]}" stroke-width="2"',
    "ch-edge": f'stroke="{COLOURS["edge"]}" fill="none"',
    "ch-edge-strong": f'stroke="{COLOURS["accent"]}" stroke-width="2.5" fill="none"',
    "ch-head": f'fill="{COLOURS["edge"]}"',
    "ch-head-strong": f'fill="{COLOURS["accent"]}"',
    "ch-blank": f'fill="{COLOURS["surface"]}" stroke="{LINE_OF_GRID}"',
    "ch-on-bar": f'fill="{COLOURS["surface"]}" pointer-events="none"',
    "ch-direct": f'fill="{COLOURS["ink"]}"',
    "ch-text ch-name": f'fill="{COLOURS["ink"]}"',
    "ch-direct ch-edge-label": f'fill="{COLOURS["accent"]}"',
    "ch-ground": f'fill="{COLOURS["surface"]}"',
    **{f"ch-heat-{step}": f'fill="{colour}" stroke="{COLOURS["surface"]}"' for step, colour in enumerate(HEAT)},
    **{f"ch-on-heat-{step}": f'fill="{colour}"' for step, colour in enumerate(HEAT_TEXT)},
}
"""Each class, and what it looks like where no stylesheet says so."""


def tone_at(place: int, tone: Tone) -> Tone:
    """The tone itself, or for ``AUTO`` the one of that place."""
    return ORDER[place % len(ORDER)] if tone is Tone.AUTO else tone


@cache
def paint(name: str) -> str:
    """The attributes of a class."""
    return f'class="{name}" {PAINTS[name]}'


@cache
def filled(tone: Tone, also: str = "") -> str:
    return f'class="ch-fill ch-{tone}{" " if also else ""}{also}" fill="{COLOURS[TONE_COLOURS[tone]]}"'


@cache
def lined(tone: Tone, also: str = "") -> str:
    return f'class="ch-line ch-{tone}{" " if also else ""}{also}" fill="none" stroke="{COLOURS[TONE_COLOURS[tone]]}"'


def num(value: float) -> str:
    """A coordinate, to a tenth."""
    text = f"{value:.1f}"
    return "0" if text in {"-0.0", "0.0"} else text.removesuffix(".0")


def rect(x: float, y: float, w: float, h: float, look: str, rest: str = "") -> str:  # noqa: PLR0917 - the order of SVG
    return f'<rect x="{num(x)}" y="{num(y)}" width="{num(w)}" height="{num(h)}" {look}{rest}/>'


def line(x1: float, y1: float, x2: float, y2: float, look: str, rest: str = "") -> str:  # noqa: PLR0917 - the order of SVG
    return f'<line x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}" {look}{rest}/>'


def path(d: str, look: str, rest: str = "") -> str:
    return f'<path d="{d}" {look}{rest}/>'


def label(
    x: float, y: float, text: str, look: str, *, anchor: str = "start", size: float = SIZE, rest: str = ""
) -> str:
    """One line of text with its baseline at ``y``; nothing for an empty one."""
    if not text:
        return ""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    height = "" if size == SIZE else f' font-size="{num(size)}"'
    return f'<text x="{num(x)}" y="{num(y)}"{side}{height} {look}{rest}>{escaped(plain(text))}</text>'


def tip(text: str, *, focus: bool = True) -> str:
    """The attributes of a mark that says its value on hover, and to whoever reaches it by key."""
    said = escaped(plain(text))
    return f' data-tip="" aria-label="{said}" role="img"{FOCUS if focus else ""}'


FOCUS = ' tabindex="-1"'
FIRST_FOCUS = ' tabindex="0"'


def linked(href: str, mark: str, text: str) -> str:
    """The mark inside a link of its own, or as it is."""
    if not href:
        return mark
    return f'<a href="{escaped(href)}" class="ch-link" aria-label="{escaped(plain(text))}" data-tip="">{mark}</a>'


def marked(shape: str, href: str, text: str) -> str:
    """A shape ``<… {} />`` whose braces take the tip: a focusable mark, or the inside of a link."""
    return linked(href, shape.replace("{}", ""), text) if href else shape.replace("{}", tip(text))


def document(figure: Figure, body: str, *, width: float, height: float) -> str:
    """The whole drawing. The first mark takes the focus; arrow keys go on from there.

    A picture has no parts for a screen reader, so a drawing with links or marks to go to is a document of graphics.
    """
    is_live = FOCUS in body or "<a " in body
    role = "graphics-document" if is_live else "img"
    title, described = escaped(plain(figure.title)), escaped(plain(figure.description))
    said = f"<desc>{described}</desc>" if described else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {num(width)} {num(height)}" '
        f'width="{num(width)}" height="{num(height)}" role="{role}" aria-label="{title}" '
        f'font-family="{FACES}" font-size="{SIZE}"><title>{title}</title>{said}'
        f"{body.replace(FOCUS, FIRST_FOCUS, 1)}</svg>"
    )


def text_width(text: str, size: float = SIZE) -> float:
    return width(plain(text), size)
