"""Ratings of the maturity of processes; each is kept, the newest of an assessor counts."""

from __future__ import annotations

import uuid

from django.db import models


class Rating(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey("isms.Statement", on_delete=models.PROTECT, related_name="ratings")
    assessor = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    evidence = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["statement", "-at"], name="isms_rating_newest"),)

    def __str__(self) -> str:
        return f"{self.level}"
