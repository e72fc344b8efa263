"""The release of ATT&CK that was brought last."""

from __future__ import annotations

from django.db import models


class AttackRelease(models.Model):
    """The one row: tactics in the order of the matrix, and techniques, as plain values of ``engines.attack``."""

    release = models.CharField(max_length=40, blank=True)
    tactics = models.JSONField(default=list)
    techniques = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    brought_at = models.DateTimeField()
    brought_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.release
