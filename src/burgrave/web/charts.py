"""Charts on pages: the engine's drawings in the reader's language and zone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from burgrave.engines.charts import ChartTable, Figure, GraphFigure, Words, render, table_of

NARROW = 480
"""As wide as half of a wide page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A drawing with the table behind it. One that ``fits`` is scaled to its place as far as it can be read."""

    svg: SafeString
    table: ChartTable
    fits: bool
    is_narrow: bool


def words() -> Words:
    """What a chart itself says, for the reader of this request."""
    return Words(
        language=get_language() or "en",
        zone=timezone.get_current_timezone(),
        nothing=_("Nothing to show yet"),
        until_now=_("until now"),
        begins=_("Begins"),
        ends=_("Ends"),
        what=_("What"),
        lane=_("Where"),
        source=pgettext("end of an arrow", "From"),
        target=pgettext("end of an arrow", "To"),
        kind=_("Kind"),
        more=_("and {count} more in the table"),
    )


def shown(figure: Figure) -> Shown:
    """The figure as a page shows it."""
    said = words()
    return Shown(
        svg=drawing(figure, said),
        table=table_of(figure, words=said),
        fits=not isinstance(figure, GraphFigure),
        is_narrow=figure.width <= NARROW,
    )


def drawing(figure: Figure, said: Words | None = None) -> SafeString:
    """The drawing alone."""
    return mark_safe(render(figure, words=said or words()))  # noqa: S308 - the engine escapes every text of a figure


def zone_name() -> str:
    """The reader's zone, as the unit of an axis of time."""
    return timezone.get_current_timezone_name()
