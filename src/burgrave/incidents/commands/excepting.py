"""What exceptions to rules left out is counted by the day of the reading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import F

from burgrave.incidents import models


def count_excepted(counts: Mapping[str, tuple[int, int]], *, on: date) -> None:
    """For each filter so many matches more were left out, of so many more. Stands in the caller's transaction."""
    for key, (left_out, of) in sorted(counts.items()):
        row, _made = models.FilterTally.objects.get_or_create(filter_key=key[:200], read_on=on)
        models.FilterTally.objects.filter(pk=row.pk).update(left_out=F("left_out") + left_out, of=F("of") + of)
