"""Trials of rules on kept events."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models

from burgrave.detection.terms.trials import Noise, TrialState


class Trial(models.Model):
    """Some rules, tried on the kept events of a time. ``units`` are those whose events were looked at."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=300)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    sources = models.JSONField(default=list)
    units = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=[(each, each) for each in TrialState])
    rules = models.PositiveIntegerField()
    kept = models.BigIntegerField(default=0)
    looked_at = models.BigIntegerField(default=0)
    is_cut = models.BooleanField(default=False)
    is_detailed = models.BooleanField(default=True)
    reason = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["-asked_at", "id"], name="detection_trials"),
            models.Index(fields=["is_detailed", "asked_at"], name="detection_trials_with_details"),
        ]

    def __str__(self) -> str:
        return self.name


class TriedRule(models.Model):
    """What one text of a rule would have found; ``details`` names events and values, and is forgotten in time."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="tried")
    rule = models.ForeignKey("detection.Rule", on_delete=models.CASCADE, related_name="tried")
    version = models.ForeignKey("detection.Version", on_delete=models.CASCADE, related_name="tried")
    live = models.ForeignKey("detection.Version", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_finished = models.BooleanField(default=False)
    noise = models.CharField(max_length=8, blank=True, default="", choices=[(each, each) for each in Noise])
    looked_at = models.BigIntegerField(default=0)
    matches = models.BigIntegerField(default=0)
    sampled = models.PositiveIntegerField(default=0)
    live_matches = models.BigIntegerField(null=True, blank=True)
    new_matches = models.BigIntegerField(null=True, blank=True)
    gone_matches = models.BigIntegerField(null=True, blank=True)
    left_out = models.BigIntegerField(default=0)
    days = models.JSONField(default=list)
    excepted = models.JSONField(default=list)
    details = models.JSONField(default=dict)
    fault = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trial", "rule"], name="detection_tried_once")]
        indexes = [
            models.Index(fields=["trial", "-matches", "id"], name="detection_tried_by_matches"),
            models.Index(fields=["version", "is_finished"], name="detection_tried_versions"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.matches}"
