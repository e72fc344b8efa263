"""What a correlation asks, in words that a page says in the reader's language: what is measured, and when it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Final

from burgrave.web.errors import Said

_MEASURED: Final[Mapping[str, str]] = {
    "event_count": Said("the number of events of its rules"),
    "value_count": Said("the number of different values of %(fields)s"),
    "value_sum": Said("the sum of %(fields)s"),
    "value_avg": Said("the average of %(fields)s"),
    "value_median": Said("the median of %(fields)s"),
    "value_percentile": Said("the percentile %(percentile)s of %(fields)s"),
    "temporal": Said("how many of its rules have an event"),
    "temporal_ordered": Said("how many of its rules have events in this order"),
}
_BOUNDS: Final[Mapping[str, str]] = {
    "gt": Said("more than %(number)s"),
    "gte": Said("at least %(number)s"),
    "lt": Said("less than %(number)s"),
    "lte": Said("at most %(number)s"),
    "eq": Said("exactly %(number)s"),
    "neq": Said("any but %(number)s"),
}


def measured_said(kind: str, *, fields: Iterable[str], percentile: str) -> Said | None:
    """What a correlation of this kind measures; None for a kind that is not known."""
    sentence = _MEASURED.get(kind)
    if sentence is None:
        return None
    return Said(sentence, {"fields": ", ".join(fields), "percentile": percentile})


def holds_said(bounds: Iterable[Sequence[str]], *, condition: str) -> str:
    """When it holds: by its bounds, each an operator and a number, else by its condition, as Sigma writes it."""
    words = [Said(_BOUNDS[operator], {"number": number}) for operator, number in bounds]
    return reduce(_and, words) if words else condition or Said("all of them")


def facts_said(
    *,
    kind: str,
    fields: Iterable[str],
    percentile: str,
    group_by: Iterable[str],
    within: str,
    bounds: Iterable[Sequence[str]],
    condition: str,
    generates: bool,
) -> tuple[tuple[str, str], ...]:
    """What a correlation asks, as facts with their labels. ``within`` is its timespan as the reader is to see it."""
    return (
        (Said("Measured"), measured_said(kind, fields=fields, percentile=percentile) or kind),
        (Said("For each value of"), ", ".join(group_by) or Said("everything together")),
        (Said("Within"), within),
        (Said("Holds at"), holds_said(bounds, condition=condition)),
        (
            Said("What it uses"),
            Said("reports by itself too") if generates else Said("does not report by itself"),
        ),
    )


def _and(some: Said, other: Said) -> Said:
    return Said("%(some)s and %(other)s", {"some": some, "other": other})
