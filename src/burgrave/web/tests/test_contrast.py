"""WCAG 2.2 contrast, computed from the tokens that the pages use."""

from __future__ import annotations

import re

import pytest

from burgrave.web.bundle import ASSETS

TOKENS = (ASSETS / "css" / "10-tokens.css").read_text("utf-8")
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
MIX = re.compile(r"--([\w-]+): color-mix\(in srgb, var\(--([\w-]+)\) (\d+)%, var\(--([\w-]+)\)\);")
THEMES = ("light", "dark")
TEXT_AA, GRAPHIC_AA = 4.5, 3.0

Colour = tuple[float, float, float]


def colours(theme: str) -> dict[str, Colour]:
    column = THEMES.index(theme) + 1
    found = {match[1]: rgb(match[column + 1]) for match in PAIR.finditer(TOKENS)}
    for name, over, share, under in (match.groups() for match in MIX.finditer(TOKENS)):
        part = int(share) / 100
        found[name] = tuple(a * part + b * (1 - part) for a, b in zip(found[over], found[under], strict=True))  # type: ignore[assignment]  # three in, three out
    return found


def rgb(code: str) -> Colour:
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def luminance(colour: Colour) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_published_extremes() -> None:
    assert contrast(rgb("#000000"), rgb("#ffffff")) == pytest.approx(21)
    assert contrast(rgb("#777777"), rgb("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("text", ["ink", "quiet", "accent", "act", "warn", "good", "going"])
@pytest.mark.parametrize("ground", ["ground", "surface", "sunken", "accent-wash"])
def test_every_text_colour_is_readable_on_every_ground(theme: str, text: str, ground: str) -> None:
    named = colours(theme)
    assert contrast(named[text], named[ground]) >= TEXT_AA


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", ["act", "warn", "good", "going"])
def test_a_state_is_readable_on_its_own_wash(theme: str, state: str) -> None:
    named = colours(theme)
    for text in (state, "ink", "accent"):
        assert contrast(named[text], named[f"{state}-wash"]) >= TEXT_AA


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_written_on_the_accent_is_readable(theme: str) -> None:
    named = colours(theme)
    assert contrast(named["on-accent"], named["accent"]) >= TEXT_AA


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["ground", "surface"])
def test_the_edge_of_a_control_and_the_focus_ring_stand_out(theme: str, ground: str) -> None:
    named = colours(theme)
    assert contrast(named["edge"], named[ground]) >= GRAPHIC_AA
    assert contrast(named["accent"], named[ground]) >= GRAPHIC_AA


def test_no_raw_colour_stands_outside_the_tokens() -> None:
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(")
    for path in sorted((ASSETS / "css").glob("*.css")):
        if path.name != "10-tokens.css":
            code = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
            assert not raw.findall(code), path.name
