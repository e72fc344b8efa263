"""Exceptions from clauses, and the decisions on them."""

from __future__ import annotations

import uuid

from django.db import models

from burgrave.policies.models.documents import Document
from burgrave.policies.terms.exceptions import CLAUSE_MAX, ExceptionState, RiskLevel


class ClauseException(models.Model):
    """A clause need not be followed for these assets, from the first to the last day.

    ``approved_by`` are those who agreed to what waits now; ``extends_to`` is the later end that waits,
    ``extender`` whoever asked for it last.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    serial = models.BigIntegerField(unique=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="exceptions", db_index=False)
    clause = models.CharField(max_length=CLAUSE_MAX)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+", db_index=False)
    requester = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    justification = models.TextField()
    risk = models.CharField(max_length=20, choices=[(each, each) for each in RiskLevel])
    compensation = models.TextField(default="", blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=20, choices=[(each, each) for each in ExceptionState])
    approved_by = models.JSONField(default=list)
    extends_to = models.DateField(null=True)
    extender = models.UUIDField(null=True)
    extension_reason = models.TextField(default="", blank=True)
    next_reminder_on = models.DateField(null=True)
    finding = models.UUIDField(null=True)
    requested_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["ends_on", "id"], name="policies_exception_by_end"),
            models.Index(fields=["state", "ends_on", "id"], name="policies_exception_by_state"),
            models.Index(fields=["unit", "ends_on", "id"], name="policies_exception_by_unit"),
            models.Index(fields=["document", "clause"], name="policies_exception_by_clause"),
        )

    def __str__(self) -> str:
        return f"EXC-{self.serial:04d}"


class ExceptionAsset(models.Model):
    """An asset for which the clause need not be followed."""

    exception = models.ForeignKey(ClauseException, on_delete=models.CASCADE, related_name="assets")
    asset = models.ForeignKey("assets.Asset", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["exception", "asset"], name="policies_exception_asset_once"),)

    def __str__(self) -> str:
        return f"{self.exception_id} {self.asset_id}"


class ExceptionDecision(models.Model):
    """What somebody decided on an exception, or on its extension; ``until`` is the last day that they agreed to."""

    exception = models.ForeignKey(ClauseException, on_delete=models.CASCADE, related_name="decisions")
    by = models.CharField(max_length=200, default="", blank=True)
    verdict = models.CharField(max_length=20)
    reason = models.TextField(default="", blank=True)
    until = models.DateField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.exception_id} {self.verdict}"
