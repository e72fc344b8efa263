"""What stays of the segments of streams whose rows are gone."""

from __future__ import annotations

from django.db import models


class SegmentDay(models.Model):
    """The segments of a stream that came on one day (UTC) and are only counted any more.

    ``sha256`` is over the line of the digest before, "" at first, and a line for the digest of each segment, sorted.
    """

    log_source_id = models.UUIDField()
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    segments = models.PositiveIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    late = models.BigIntegerField(default=0)
    early = models.BigIntegerField(default=0)
    unreadable = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    summed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log_source_id", "unit", "day"], name="segments_summed_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.segments} segments"
