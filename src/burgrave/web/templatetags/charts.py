"""Charts in templates."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from burgrave.engines.charts import Figure, Sparkline
from burgrave.web import charts

register = template.Library()


@register.simple_tag
def chart(figure: Figure) -> charts.Shown:
    """The drawing and its table; for ``c-chart``."""
    return charts.shown(figure)


@register.simple_tag
def sparkline(figure: Sparkline) -> SafeString:
    """A line the size of a word."""
    return charts.drawing(figure)


@register.filter
def lines_up(place: int, numeric: frozenset[int]) -> bool:
    """Whether the column of this place lines up to the right."""
    return place in numeric
