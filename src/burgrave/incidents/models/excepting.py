"""What exceptions to rules left out."""

from __future__ import annotations

from django.db import models


class FilterTally(models.Model):
    """On one day's readings, how many matches of its rules a filter left out, of how many there were without it."""

    filter_key = models.CharField(max_length=200)
    read_on = models.DateField()
    left_out = models.BigIntegerField(default=0)
    of = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["filter_key", "read_on"], name="incidents_filter_tally_once")]
        indexes = [models.Index(fields=["read_on"], name="incidents_filter_tally_by_day")]

    def __str__(self) -> str:
        return f"{self.filter_key} on {self.read_on}"
