"""Which requirements apply and why, and the versions of Statements of Applicability."""

from __future__ import annotations

import uuid

from django.db import models

from burgrave.isms.terms import LINE_MAX, TITLE_MAX
from burgrave.isms.terms.applicability import ApplicabilityState, Applies


class Applicability(models.Model):
    """What a person decided about a requirement; the ledger holds what was decided before."""

    requirement_id = models.UUIDField(primary_key=True)
    framework_id = models.UUIDField(db_index=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    applies = models.CharField(max_length=20, choices=[(each, each) for each in Applies])
    reason = models.CharField(max_length=LINE_MAX)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    decided_by_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.requirement_id} {self.applies}"


class StatementOfApplicability(models.Model):
    """A version: generated, never typed. ``writers`` made it, or decided what it says since the approved one.

    An approved one has a ``statement`` of what was approved, with its ``signature`` in Base64 by the key of the ledger.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    framework_id = models.UUIDField()
    framework = models.CharField(max_length=50)
    framework_title = models.CharField(max_length=TITLE_MAX * 2)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=[(each, each) for each in ApplicabilityState])
    rows = models.JSONField()
    row_count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    writers = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=200, default="", blank=True)
    statement = models.TextField(default="", blank=True)
    signature = models.TextField(default="", blank=True)
    key_id = models.CharField(max_length=100, default="", blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["framework_id", "version"], name="isms_soa_version_once"),)

    def __str__(self) -> str:
        return f"{self.framework} {self.version}"
