"""The one row that says what is loaded."""

from __future__ import annotations

from django.db import models

SAMPLE_PK = 1


class Sample(models.Model):
    id = models.PositiveSmallIntegerField(primary_key=True, default=SAMPLE_PK, editable=False)
    root = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    tongue = models.CharField(max_length=10)
    seed = models.BigIntegerField()
    scale = models.PositiveIntegerField()
    begun_at = models.DateTimeField()
    loaded_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"sample of seed {self.seed}"
