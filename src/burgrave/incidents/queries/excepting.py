"""What exceptions to rules left out, by day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Max, Q, Sum

from burgrave.incidents import models
from burgrave.incidents.terms import FilterFigures, FilterTallyRow


def excepted_by_day(filter_key: str, *, since: date) -> tuple[FilterTallyRow, ...]:
    """What the filter left out on each day since then on which one of its rules matched. One statement."""
    rows = models.FilterTally.objects.filter(filter_key=filter_key, read_on__gte=since).order_by("read_on")
    return tuple(FilterTallyRow(read_on=row.read_on, left_out=row.left_out, of=row.of) for row in rows)


def excepted_figures(*, since: date, keys: Collection[str] | None = None) -> Mapping[str, FilterFigures]:
    """What each filter left out since then, of how many matches of its rules, and on which day last. One statement."""
    rows = models.FilterTally.objects.filter(read_on__gte=since).order_by()
    if keys is not None:
        rows = rows.filter(filter_key__in=keys)
    found = rows.values_list("filter_key").annotate(
        Sum("left_out"), Sum("of"), last=Max("read_on", filter=Q(left_out__gt=0))
    )
    return {key: FilterFigures(left_out=left_out, of=of, last_on=last) for key, left_out, of, last in found}
