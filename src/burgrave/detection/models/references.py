"""What a text that is a correlation asks, and so which rules it uses."""

from __future__ import annotations

from django.db import models

from burgrave.detection.models.library import Version


class CorrelationText(models.Model):
    """The correlation of a text as the engine writes it; ``section["rules"]`` are the ids and names of its rules."""

    version = models.OneToOneField(Version, primary_key=True, on_delete=models.CASCADE, related_name="correlation")
    section = models.JSONField()

    def __str__(self) -> str:
        return str(self.version_id)
