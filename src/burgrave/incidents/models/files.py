"""Event files, what was found in them, and what could not be read."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models

from burgrave.incidents.terms import EventFileState


class EventFile(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=200, blank=True, default="")
    evidence_id = models.UUIDField()
    state = models.CharField(
        max_length=10, default=EventFileState.RECEIVED, choices=[(state, state) for state in EventFileState]
    )
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    refusal = models.TextField(blank=True, default="")
    ruleset_sha256 = models.CharField(max_length=64, blank=True, default="")
    rules = models.PositiveIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    unreadable = models.BigIntegerField(default=0)
    matches = models.BigIntegerField(default=0)
    alerts_raised = models.PositiveIntegerField(default=0)
    alerts_extended = models.PositiveIntegerField(default=0)
    # Since when its matches become alerts; and the alert that takes more of them than one transaction hands over.
    raising_at = models.DateTimeField(null=True, blank=True)
    handing_to_id = models.UUIDField(null=True, blank=True)
    # Where it comes from: a log source of a higher domain, what Sigma calls it, and the segment of a stream.
    log_source_id = models.UUIDField(null=True, blank=True)
    product = models.CharField(max_length=80, blank=True, default="")
    category = models.CharField(max_length=80, blank=True, default="")
    service = models.CharField(max_length=80, blank=True, default="")
    segment_id = models.UUIDField(null=True, blank=True, unique=True)
    late = models.BigIntegerField(default=0)
    early = models.BigIntegerField(default=0)
    # A segment whose raw bytes a retention of so many days removed; what was found in it stays.
    raw_removed_at = models.DateTimeField(null=True, blank=True)
    raw_removed_after_days = models.PositiveIntegerField(null=True, blank=True)
    # Of a table that was refused because no mapping knows its columns: by these it is found when one does.
    columns_sha256 = models.CharField(max_length=64, blank=True, default="", db_index=True)

    class Meta:
        constraints = [
            # A stream may say the same twice, and both times mean it; a file that is handed in again is the same file.
            models.UniqueConstraint(
                fields=["unit", "sha256"],
                condition=models.Q(segment_id__isnull=True),
                name="one_event_file_per_unit_and_digest",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "-received_at"], name="event_files_newest"),
            models.Index(fields=["log_source_id", "received_at", "events"], name="event_files_of_log_source"),
            # What is held of each stream, and what goes next.
            models.Index(
                fields=["log_source_id", "received_at", "size_bytes"],
                condition=models.Q(segment_id__isnull=False, raw_removed_at__isnull=True),
                name="event_files_held_raw",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class UnreadableRecord(models.Model):
    event_file = models.ForeignKey(EventFile, on_delete=models.CASCADE, related_name="unreadable_records")
    ordinal = models.BigIntegerField()
    position = models.CharField(max_length=200)
    reason = models.TextField()
    excerpt = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_file", "ordinal"], name="unreadable_record_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.reason}"


class MatchedEvent(models.Model):
    """An event that at least one rule matched, with its original. ``ordinal`` counts the events of the file from 0."""

    event_file = models.ForeignKey(EventFile, on_delete=models.CASCADE, related_name="matched_events")
    ordinal = models.BigIntegerField()
    record_id = models.CharField(max_length=100, blank=True, default="")
    at = models.DateTimeField(null=True, blank=True)
    computer = models.CharField(max_length=255, blank=True, default="")
    channel = models.CharField(max_length=255, blank=True, default="")
    event_code = models.CharField(max_length=50, blank=True, default="")
    provider = models.CharField(max_length=255, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    original = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_file", "ordinal"], name="matched_event_once")]

    def __str__(self) -> str:
        return f"record {self.record_id} of {self.channel}"


class Detection(models.Model):
    """One rule matched one event. Computer, time and digest repeat the event's, so that grouping reads one table.

    ``counted`` is what a correlation counted until this event, as `rules.correlating` writes it.
    """

    event_file = models.ForeignKey(EventFile, on_delete=models.CASCADE, related_name="detections")
    event = models.ForeignKey(MatchedEvent, on_delete=models.CASCADE, related_name="detections")
    rule = models.ForeignKey("incidents.RuleVersion", on_delete=models.PROTECT, related_name="detections")
    alert = models.ForeignKey(
        "incidents.Alert", null=True, blank=True, on_delete=models.PROTECT, related_name="detections"
    )
    fields = models.JSONField(default=dict)
    counted = models.JSONField(null=True, blank=True)
    computer = models.CharField(max_length=255, blank=True, default="")
    at = models.DateTimeField(null=True, blank=True)
    event_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "rule"], name="detection_once")]
        indexes = [
            models.Index(fields=["event_file", "rule", "computer", "at", "id"], name="detections_for_grouping"),
            models.Index(fields=["alert", "at", "id"], name="detections_of_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} matched event {self.event_id}"
