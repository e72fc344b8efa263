"""Runs of procedures, and their steps."""

from __future__ import annotations

import uuid

from django.db import models

from burgrave.policies.models.documents import Document, Version
from burgrave.policies.terms.runs import RunState, StepState


class RunCadence(models.Model):
    """A procedure that is run again every ``every_days`` in a unit; ``lead`` is told of each new run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="cadences")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    lead = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    every_days = models.PositiveSmallIntegerField()
    due_days = models.PositiveSmallIntegerField()
    next_on = models.DateField(db_index=True)
    is_paused = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["document", "unit"], name="policies_cadence_once"),)

    def __str__(self) -> str:
        return f"{self.document_id} every {self.every_days} days"


class Run(models.Model):
    """A procedure that is gone through, by the version that was in force when it was started."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    serial = models.BigIntegerField(unique=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="runs")
    pinned = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="runs")
    cadence = models.ForeignKey(RunCadence, null=True, on_delete=models.SET_NULL, related_name="runs")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+", db_index=False)
    what_for = models.TextField(default="", blank=True)
    state = models.CharField(max_length=20, choices=[(each, each) for each in RunState], default=RunState.OPEN)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=200, default="", blank=True)
    starter = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(default="", blank=True)
    reminded_on = models.DateField(null=True)
    steps_count = models.PositiveSmallIntegerField(default=0)
    settled = models.PositiveSmallIntegerField(default=0)
    skipped = models.PositiveSmallIntegerField(default=0)
    deviated = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["due_on", "id"], name="policies_run_by_due"),
            models.Index(fields=["state", "due_on", "id"], name="policies_run_by_state"),
            models.Index(fields=["unit", "due_on", "id"], name="policies_run_by_unit"),
        )

    def __str__(self) -> str:
        return f"RUN-{self.serial:04d}"


class RunItem(models.Model):
    """A step of a run, with the words that the procedure had when it was started."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    identifier = models.CharField(max_length=120)
    text = models.TextField()
    role = models.TextField(default="", blank=True)
    asks_evidence = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=[(each, each) for each in StepState], default=StepState.OPEN)
    note = models.TextField(default="", blank=True)
    by = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField(null=True)
    evidence = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["run", "position"], name="policies_run_item_once"),)

    def __str__(self) -> str:
        return f"{self.run_id} {self.position}"


class Serial(models.Model):
    """The last number that was given out, of exceptions or of runs: one row each."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.last}"
