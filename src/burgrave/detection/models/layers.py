"""Layers of the ATT&CK Navigator that people brought."""

from __future__ import annotations

from uuid import uuid4

from django.db import models


class AttackLayer(models.Model):
    """What the file says, as plain values of ``engines.attack``; its name is the one that it has here."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    said_name = models.TextField(blank=True)
    description = models.TextField(blank=True)
    attack_version = models.CharField(max_length=40, blank=True)
    format_version = models.CharField(max_length=40)
    marks = models.JSONField(default=list)
    gradient = models.JSONField(null=True)
    malformed = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    brought_at = models.DateTimeField()
    brought_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name
