"""Exceptions to rules."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models

from burgrave.detection.terms.exceptions import RuleExceptionState


class RuleException(models.Model):
    """Events that a rule finds and that are expected. The unit is the one whose alert it was made from."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    rule_id = models.CharField(max_length=200)
    rule_title = models.CharField(max_length=300)
    product = models.CharField(max_length=100, blank=True, default="")
    category = models.CharField(max_length=100, blank=True, default="")
    service = models.CharField(max_length=100, blank=True, default="")
    conditions = models.JSONField(default=list)
    source = models.TextField()
    reason = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author_name = models.CharField(max_length=200)
    alert_id = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=[(each, each) for each in RuleExceptionState])
    asked_at = models.DateTimeField()
    ends_on = models.DateField()
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        indexes = [
            models.Index(fields=["state", "ends_on", "id"], name="detection_exceptions_by_end"),
            models.Index(fields=["rule_id", "state"], name="detection_exceptions_of_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_title} until {self.ends_on}"
