"""Alerts: what the rules found, grouped, on its way through triage."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from burgrave.incidents.terms import AlertState, Dismissal, Level


class TriageDesk(models.Model):
    """One row a unit: whoever raises its alerts holds the lock, so that two files never raise one thing twice."""

    unit = models.OneToOneField("people.Unit", primary_key=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"desk of unit {self.unit_id}"


class Alert(models.Model):
    """``level`` is the rule's word; ``priority`` weighs it with ``need``, the highest of the assets it names."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey("incidents.RuleVersion", on_delete=models.PROTECT, related_name="alerts")
    rule_key = models.CharField(max_length=200)
    computer = models.CharField(max_length=255, blank=True, default="")
    level = models.CharField(max_length=20, choices=[(level, level) for level in Level])
    level_rank = models.PositiveSmallIntegerField()
    need = models.PositiveSmallIntegerField(default=0)
    priority = models.CharField(max_length=20, choices=[(level, level) for level in Level])
    priority_rank = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, default=AlertState.NEW, choices=[(state, state) for state in AlertState])
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    matches = models.PositiveIntegerField()
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    dismissal = models.CharField(
        max_length=20, blank=True, default="", choices=[(reason, reason) for reason in Dismissal]
    )
    dismissal_note = models.TextField(blank=True, default="")
    is_confirmed = models.BooleanField(default=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    case = models.ForeignKey("incidents.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="alerts")
    # What Burgrave itself saw, for an alert that no event made: under a key, once; and when it was over.
    observed_key = models.CharField(max_length=200, null=True, blank=True, unique=True)
    observed = models.JSONField(default=dict, blank=True)
    about = models.CharField(max_length=100, blank=True, default="")
    cleared_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=AlertState.ESCALATED) | Q(case__isnull=False), name="escalated_alert_has_a_case"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "-priority_rank", "-raised_at"], name="alerts_queue"),
            models.Index(fields=["unit", "rule_key", "computer", "state"], name="alerts_alike"),
            models.Index(fields=["computer", "state"], name="alerts_by_computer"),
            # The queue of whoever sees all units, and what every facet of it is counted along.
            models.Index(
                fields=["priority_rank", "raised_at", "id", "state", "unit", "priority", "level", "assigned_to"],
                name="alerts_by_urgency",
            ),
            # What was decided about others of the rule, newest first, and what still waits.
            models.Index(fields=["rule_key", "decided_at", "raised_at"], name="alerts_of_rule"),
        ]

    def __str__(self) -> str:
        return f"alert {self.id} ({self.state})"


class AlertSource(models.Model):
    """The alert holds matches of this file."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="sources")
    event_file = models.ForeignKey("incidents.EventFile", on_delete=models.PROTECT, related_name="alert_sources")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "event_file"], name="alert_source_once")]

    def __str__(self) -> str:
        return f"alert {self.alert_id} from file {self.event_file_id}"


class CountedSource(models.Model):
    """Events of this file counted for the alert, one of a correlation, which another file brought to light."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="counted_sources")
    event_file = models.ForeignKey("incidents.EventFile", on_delete=models.PROTECT, related_name="counted_for")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "event_file"], name="counted_source_once")]

    def __str__(self) -> str:
        return f"alert {self.alert_id} counted events of file {self.event_file_id}"
