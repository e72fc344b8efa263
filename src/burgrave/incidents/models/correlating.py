"""What correlations remember of the streams of a unit: an older state, and the steps since."""

from __future__ import annotations

from uuid import uuid4

from django.db import models


class CorrelationMemory(models.Model):
    """One row a unit; whoever correlates one of its segments holds the lock.

    ``steps`` counts those that were ever taken, ``snapshot_step`` those that the snapshot holds. ``last_file_id`` is
    the event file whose hits were taken last.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    unit = models.OneToOneField("people.Unit", on_delete=models.CASCADE, related_name="+")
    steps = models.BigIntegerField(default=0)
    snapshot_step = models.BigIntegerField(default=0)
    log_bytes = models.BigIntegerField(default=0)
    snapshot_bytes = models.BigIntegerField(default=0)
    correlations = models.PositiveIntegerField(default=0)
    groups = models.BigIntegerField(default=0)
    hits = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    waiting = models.BigIntegerField(default=0)
    newest_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    dropped = models.JSONField(default=dict)
    last_file_id = models.UUIDField(null=True, blank=True)
    changed_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.hits} hits of unit {self.unit_id}"


class CorrelationSnapshot(models.Model):
    """The state as it was after ``CorrelationMemory.snapshot_step`` steps, compressed."""

    memory = models.OneToOneField(
        CorrelationMemory, primary_key=True, on_delete=models.CASCADE, related_name="snapshot"
    )
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"{len(self.body)} bytes of {self.memory_id}"


class CorrelationStep(models.Model):
    """What one segment handed in, or that nothing more was expected (``event_file_id`` is empty then)."""

    memory = models.ForeignKey(CorrelationMemory, on_delete=models.CASCADE, related_name="+")
    number = models.BigIntegerField()
    event_file_id = models.UUIDField(null=True, blank=True)
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["memory", "number"], name="correlation_step_once")]

    def __str__(self) -> str:
        return f"step {self.number} of {self.memory_id}"


class CorrelationFinding(models.Model):
    """What became certain by the hits of ``event_file``, until the event at its end is kept with it.

    That is the event ``ordinal`` of ``holder``, an older segment most often, which is read once more for it.
    """

    event_file = models.ForeignKey("incidents.EventFile", on_delete=models.CASCADE, related_name="+")
    holder = models.ForeignKey("incidents.EventFile", on_delete=models.CASCADE, related_name="+")
    ordinal = models.BigIntegerField()
    rule = models.ForeignKey("incidents.RuleVersion", on_delete=models.PROTECT, related_name="+")
    fields = models.JSONField(default=dict)
    counted = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_file", "holder", "ordinal", "rule"], name="correlation_finding_once")
        ]

    def __str__(self) -> str:
        return f"event {self.ordinal} of {self.holder_id}"
