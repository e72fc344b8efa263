"""What placeholders of rules stand for."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models


class Placeholder(models.Model):
    """The values of a placeholder in a unit; rules are given those of all units together."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=200)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    values = models.JSONField(default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "unit"], name="detection_placeholder_once")]

    def __str__(self) -> str:
        return self.name
