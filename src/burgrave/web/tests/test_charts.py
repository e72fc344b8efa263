"""Charts on pages: the engine's colours are the tokens, every class has a rule, and all of it can be read."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from burgrave.engines.charts import COLOURS, Axis, LineFigure, Point, ScaleKind, Series, Tone
from burgrave.engines.charts.svg import HEAT, PAINTS, TONE_COLOURS
from burgrave.web import charts
from burgrave.web.bundle import ASSETS
from burgrave.web.gallery_charts import NOON
from burgrave.web.tests.test_contrast import GRAPHIC_AA, TEXT_AA, THEMES, colours, contrast, rgb

STYLES = (ASSETS / "css" / "80-charts.css").read_text("utf-8")
MIXED = re.compile(r"\.ch-heat-(\d) \{ fill: color-mix\(in srgb, var\(--accent\) (\d+)%")
SHARES = {int(step): int(share) / 100 for step, share in MIXED.findall(STYLES)} | {5: 1.0}


def heat(theme: str, step: int) -> tuple[float, float, float]:
    named, share = colours(theme), SHARES[step]
    red, green, blue = (a * share + b * (1 - share) for a, b in zip(named["accent"], named["surface"], strict=True))
    return red, green, blue


@pytest.mark.parametrize("name", COLOURS)
def test_the_engine_paints_with_the_light_tokens(name: str) -> None:
    assert rgb(COLOURS[name]) == colours("light")[name]


@pytest.mark.parametrize("step", range(6))
def test_the_engine_shades_cells_as_the_stylesheet_does_in_light(step: int) -> None:
    assert rgb(HEAT[step]) == pytest.approx(heat("light", step), abs=0.004)


def test_every_class_of_a_drawing_has_a_rule() -> None:
    names = {name for each in PAINTS for name in each.split()} | {f"ch-{tone}" for tone in TONE_COLOURS}
    missing = {name for name in names - {"ch-name"} if not re.search(rf"\.{name}\b", STYLES)}
    assert missing == set()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", sorted({*TONE_COLOURS.values()}))
def test_a_line_named_in_its_own_colour_can_be_read(theme: str, name: str) -> None:
    named = colours(theme)
    assert contrast(named[name], named["surface"]) >= TEXT_AA
    assert contrast(named[name], named["sunken"]) >= GRAPHIC_AA


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("step", range(6))
def test_what_is_written_on_a_shaded_cell_can_be_read(theme: str, step: int) -> None:
    on = re.search(rf"\.ch-on-heat-{step}\b[^{{]*\{{ fill: var\(--(\w+)\)", STYLES)
    assert on
    assert contrast(colours(theme)[on[1]], heat(theme, step)) >= TEXT_AA


def test_a_chart_speaks_the_readers_language_and_zone() -> None:
    figure = LineFigure(
        title="t",
        x=Axis(title="时间", scale=ScaleKind.TIME),
        y=Axis(title="n"),
        series=(Series(name="s", tone=Tone.ONE, points=(Point(x=NOON, y=120_000),)),),
    )
    with translation.override("zh-hans"), timezone.override(ZoneInfo("Asia/Shanghai")):
        shown = charts.shown(figure)
        assert charts.words().nothing == "尚无可显示的内容"
        assert charts.zone_name() == "Asia/Shanghai"
    assert "万" in shown.svg
    assert shown.table.rows[0][0].text == "2026-03-05 20:00"
    assert shown.fits
