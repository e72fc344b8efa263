"""Tables of findings and corrective actions."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from burgrave.assurance.models.frameworks import Requirement
from burgrave.assurance.terms.findings import (
    UNIQUE_KEY_MAX,
    ActionState,
    FindingOrigin,
    FindingSeverity,
    FindingState,
)
from burgrave.assurance.terms.shared import TITLE_MAX


class Counter(models.Model):
    """The last number given in a series, such as FND-2026. Its row lock keeps the numbers without gaps."""

    series = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"


class Finding(models.Model):
    """What does not fulfil a requirement. ``recovered_at``: since then it does, and a person may close it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField(max_length=30, unique=True)
    unique_key = models.CharField(max_length=UNIQUE_KEY_MAX, db_index=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=10, choices=[(each, each) for each in FindingOrigin])
    severity = models.CharField(max_length=12, choices=[(each, each) for each in FindingSeverity])
    severity_rank = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, default=FindingState.OPEN, choices=[(each, each) for each in FindingState])
    subject = models.CharField(max_length=120, default="", blank=True, db_index=True)
    title = models.CharField(max_length=TITLE_MAX)
    title_said = models.JSONField(null=True)
    detail = models.TextField(default="", blank=True)
    detail_said = models.JSONField(null=True)
    raised_at = models.DateTimeField()
    raised_by = models.CharField(max_length=200)
    recovered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, default="", blank=True)
    closing_note = models.TextField(default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["unique_key"], condition=Q(state="open"), name="assurance_finding_open_once"
            ),
        )
        indexes = (
            models.Index(fields=["state", "-severity_rank", "-raised_at", "id"], name="findings_list"),
            models.Index(fields=["-raised_at", "id"], name="findings_newest"),
        )

    def __str__(self) -> str:
        return self.number


class FindingSpan(models.Model):
    """A finding was open from ``since`` until ``until``; a reopened one has several."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="spans")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d}"


class FindingRequirement(models.Model):
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="requirement_rows")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="finding_rows")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["finding", "requirement"], name="assurance_finding_requirement_once"),
        )

    def __str__(self) -> str:
        return f"{self.finding_id} {self.requirement_id}"


class FindingAsset(models.Model):
    """An asset that a finding names. What was merged away is renamed when the news of it arrives."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="asset_rows")
    asset = models.ForeignKey("assets.Asset", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["finding", "asset"], name="assurance_finding_asset_once"),)

    def __str__(self) -> str:
        return f"{self.finding_id} {self.asset_id}"


class CorrectiveAction(models.Model):
    """What removes the cause of a finding."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField(max_length=30, unique=True)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="actions")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=TITLE_MAX)
    title_said = models.JSONField(null=True)
    state = models.CharField(max_length=12, default=ActionState.OPEN, choices=[(each, each) for each in ActionState])
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(null=True)
    root_cause = models.TextField(default="", blank=True)
    plan = models.TextField(default="", blank=True)
    done = models.TextField(default="", blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.TextField(default="", blank=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=200, default="", blank=True)
    reopenings = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["state", "due_on", "id"], name="actions_by_due_day"),
            models.Index(fields=["-opened_at", "id"], name="actions_newest"),
        )

    def __str__(self) -> str:
        return self.number
